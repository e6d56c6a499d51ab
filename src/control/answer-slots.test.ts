import { describe, expect, it } from 'vitest';
import { plainGuards } from '../steering/guards/rules.ts';
import { AnswerSlots, OTHER } from './answer-slots.ts';

describe('slots of answers', () => {
  it('gives each service, group and family one, always the same', () => {
    const slots = new AnswerSlots();
    const made = [
      slots.slot('web', 'zurich', 'ipv4'),
      slots.slot('web', 'zurich', 'ipv6'),
      slots.slot('mail', 'zurich', 'ipv4'),
    ];
    expect(made).toEqual([1, 2, 3]);
    expect(slots.slot('web', 'zurich', 'ipv6')).toBe(2);
    expect(slots.names[2]).toEqual({ service: 'web', group: 'zurich', family: 'ipv6' });
    expect(slots.names[OTHER]).toBeUndefined();
  });

  it('tells names apart that a separator would join', () => {
    const slots = new AnswerSlots();
    expect(slots.slot('a b', 'c', 'ipv4')).not.toBe(slots.slot('a', 'b c', 'ipv4'));
  });

  it('counts what comes too late as other, and keeps what it has', () => {
    const slots = new AnswerSlots(3);
    expect(['a', 'b', 'c', 'd', 'a'].map((service) => slots.slot(service, 'g', 'ipv4'))).toEqual([
      1,
      2,
      OTHER,
      OTHER,
      1,
    ]);
    expect(slots.names).toHaveLength(3);
  });

  it('keeps the slots of names when a reload numbers them anew', () => {
    const slots = new AnswerSlots();
    const network = (services: string[], groups: string[]) => ({
      sites: [],
      policies: [],
      clients: [],
      links: [],
      catchment: [],
      guards: plainGuards,
      services: services.map((id) => ({ id, vips: [] })),
      groups: groups.map((id) => ({
        id,
        parent: -1,
        routing: { ipv4: 'anycast' as const, ipv6: 'anycast' as const },
        instances: [],
        announce: { ipv4: [], ipv6: [] },
        prefixes: {},
        fallback: [],
        serves: [],
      })),
    });
    const first = slots.of(network(['web'], ['zurich', 'europe']));
    const zurich = first(0, 0, 'ipv4');
    const europe = first(0, 1, 'ipv4');
    const second = slots.of(network(['mail', 'web'], ['europe', 'zurich']));
    expect([second(1, 1, 'ipv4'), second(1, 0, 'ipv4')]).toEqual([zurich, europe]);
    expect(second(0, 0, 'ipv4')).not.toBe(europe);
  });
});

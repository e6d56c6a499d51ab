import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostListWriter, hostList, isPlace } from './host-list.ts';

const host = fc.record({
  transition: fc.integer({ min: 0, max: 0xffff }),
  name: fc.uint8Array({ minLength: 1, maxLength: 255 }),
});

describe('a host list', () => {
  it('reads back as it was written, whatever room it began with, also from any `next` on', () => {
    fc.assert(
      fc.property(fc.array(host, { maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (hosts, room) => {
        const writer = new HostListWriter(room);
        for (const { transition, name } of hosts) writer.add(transition, name);
        expect(writer.count).toBe(hosts.length);
        const read = [...hostList(writer.octets)];
        expect(read.map(({ transition, name }) => ({ transition, name: Uint8Array.from(name) }))).toEqual(hosts);
        const places = [0, ...read.map(({ next }) => next)];
        const all = Array.from({ length: writer.octets.length + 5 }, (_, offset) => offset);
        expect(all.filter((offset) => isPlace(writer.octets, offset))).toEqual(places);
        for (const offset of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
          expect(isPlace(writer.octets, offset)).toBe(false);
        read.forEach(({ next }, i) => {
          expect([...hostList(writer.octets, next)].map(({ transition }) => transition)).toEqual(
            hosts.slice(i + 1).map(({ transition }) => transition),
          );
        });
      }),
      { seed: 1 },
    );
  });

  it('may be empty', () => {
    expect([...hostList(new HostListWriter().octets)]).toEqual([]);
  });
});

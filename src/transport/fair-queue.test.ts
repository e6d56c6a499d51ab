import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue, NONE } from './fair-queue.ts';

const PLACES = 16;
const address = (network: number, host = 1): Uint8Array => Uint8Array.of(198, 51, network, host);
const take = (queue: FairQueue, of: Uint8Array): number => queue.take(of, 0, of.length);

describe('a flood from one network', () => {
  it('takes no place from others, and no more than a turn', () => {
    const queue = new FairQueue(PLACES, 1);
    const flood = Array.from({ length: 100 }, (_, i) => take(queue, address(1, i)));
    expect(flood.filter((place) => place !== NONE)).toHaveLength(PLACES);
    // Behind all of the flood in time, not in turn: of two turns one is its.
    const place = take(queue, address(2));
    expect(place).not.toBe(NONE);
    expect(queue.displaced).toBe(1);
    expect([queue.next(), queue.next()]).toContain(place);
  });

  it('gives up its newest, and its own newcomers get nothing', () => {
    const queue = new FairQueue(PLACES, 1);
    const places = Array.from({ length: PLACES }, (_, i) => take(queue, address(1, i)));
    expect(take(queue, address(1))).toBe(NONE);
    expect(take(queue, address(2))).toBe(places.at(-1));
    expect(take(queue, address(2))).toBe(places.at(-2));
    expect(queue.displaced).toBe(2);
  });

  it('is one of a /24 or a /56, whatever addresses it has in it', () => {
    const six = (network: number, host: number): Uint8Array =>
      Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, network, host, ...new Array(8).fill(host));
    const queue = new FairQueue(PLACES, 7);
    for (let i = 0; i < PLACES; i++) take(queue, six(1, i));
    expect(take(queue, six(1, 200))).toBe(NONE);
    expect(take(queue, six(2, 200))).not.toBe(NONE);
  });
});

it('gives every network its turn, and each its queries in their order', () => {
  const queue = new FairQueue(PLACES, 3);
  const first = [take(queue, address(1)), take(queue, address(1)), take(queue, address(1))];
  const second = [take(queue, address(2)), take(queue, address(2))];
  const order = Array.from({ length: 5 }, () => queue.next());
  expect(order.filter((place) => first.includes(place))).toEqual(first);
  expect(order.filter((place) => second.includes(place))).toEqual(second);
  // In turns as long as both have some.
  const turns = order.slice(0, 4).map((place) => first.includes(place));
  expect(turns).toEqual([turns[0], !turns[0], turns[0], !turns[0]]);
  expect([queue.next(), queue.waiting]).toEqual([NONE, 0]);
});

it('leaves out places that are taken from the beginning until they come back', () => {
  const queue = new FairQueue(4, 1, (place) => place === 2);
  const places = Array.from({ length: 3 }, () => take(queue, address(1)));
  expect(new Set(places)).toEqual(new Set([0, 1, 3]));
  expect(take(queue, address(1))).toBe(NONE);
  queue.release(2);
  expect(take(queue, address(1))).toBe(2);
});

it('never has a place twice, nor loses one, and no network starves while another has more (property)', () => {
  const step = fc.oneof(
    fc.record({ take: fc.integer({ min: 0, max: 5 }) }),
    fc.constant('next' as const),
    fc.constant('release' as const),
  );
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 300 }), (seed, steps) => {
      const queue = new FairQueue(PLACES, seed);
      const waiting = new Map<number, number>();
      const served: number[] = [];
      for (const one of steps) {
        if (one === 'next') {
          const place = queue.next();
          expect(place === NONE).toBe(waiting.size === 0);
          if (place === NONE) continue;
          expect(waiting.delete(place)).toBe(true);
          served.push(place);
        } else if (one === 'release') {
          const place = served.pop();
          if (place !== undefined) queue.release(place);
        } else {
          const before = queue.displaced;
          const place = take(queue, address(one.take));
          const isFull = waiting.size + served.length === PLACES;
          if (place === NONE) {
            expect(isFull).toBe(true);
            continue;
          }
          expect(served).not.toContain(place);
          // One gives way only when all are taken.
          expect(queue.displaced - before).toBe(isFull ? 1 : 0);
          expect(waiting.has(place)).toBe(isFull);
          waiting.set(place, one.take);
        }
        expect(queue.waiting).toBe(waiting.size);
      }
    }),
  );
});

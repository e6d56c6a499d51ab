import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepReading, Totals } from './totals.ts';

const WORKERS = 3;
const WORDS = 4;
const RANGE = 2 ** 32;

function rows(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORKERS * WORDS * 4);
}

describe('Totals', () => {
  it('are what was counted, however often words wrap, when each is read before it has grown by 2^32', () => {
    const count = fc.record({
      at: fc.nat({ max: WORKERS * WORDS - 1 }),
      // Small, any, and the largest there can be between two readings.
      by: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: RANGE - 1 }), fc.constant(RANGE - 1)),
      read: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(count, { maxLength: 100 }), (counts) => {
        const shared = rows();
        const words = new Uint32Array(shared);
        const totals = new Totals(shared, WORDS);
        const unread = new Array<number>(words.length).fill(0);
        const expected = new Array<number>(WORDS).fill(0);
        const read = (): void => {
          unread.fill(0);
          expect([...totals.read()]).toEqual(expected);
        };
        for (const { at, by, read: now } of counts) {
          if (unread[at] + by >= RANGE) read();
          words[at] += by;
          unread[at] += by;
          expected[at % WORDS] += by;
          if (now) read();
        }
        read();
      }),
    );
  });

  it('do not change when nothing is counted', () => {
    const shared = rows();
    new Uint32Array(shared).fill(7);
    const totals = new Totals(shared, WORDS);
    expect([...totals.read()]).toEqual([21, 21, 21, 21]);
    expect([...totals.read()]).toEqual([21, 21, 21, 21]);
  });
});

describe('keepReading', () => {
  it('loses no wrap while nobody asks, until it is ended', async () => {
    const shared = rows();
    const words = new Uint32Array(shared);
    const totals = new Totals(shared, WORDS);
    const ticks = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 50));
    const end = keepReading([totals], undefined, 1);
    words[0] = RANGE - 10;
    await ticks();
    words[0] += 15;
    await ticks();
    end();
    expect(totals.read()[0]).toBe(RANGE + 5);
    // Ended: two steps that come to 2^32 are no growth to who looks only now.
    words[0] += RANGE - 1;
    await ticks();
    words[0] += 1;
    expect(totals.read()[0]).toBe(RANGE + 5);
  });
});

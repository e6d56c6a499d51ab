import { expect, it } from 'vitest';
import { COUNTER_WORDS, limitedCounter } from '../answer/counters.ts';
import { ReplyKind } from '../answer/reply-kind.ts';
import { LimitWatch } from './limit-watch.ts';

const counters = (): { words: Float64Array; limit(kind: number, dropped: number, truncated: number): void } => {
  const words = new Float64Array(COUNTER_WORDS);
  return {
    words,
    limit(kind, dropped, truncated) {
      words[limitedCounter(kind, false)] += dropped;
      words[limitedCounter(kind, true)] += truncated;
    },
  };
};

it('tells at once that replies are limited, then once a minute how many, and when it is over', () => {
  const { words, limit } = counters();
  const watch = new LimitWatch(0);
  const told: unknown[] = [];
  const look = (from: number, to: number, each: () => void = () => {}): void => {
    for (let second = from; second <= to; second += 10) {
      each();
      const said = watch.look(words, second * 1000);
      if (said !== undefined) told.push([second, said]);
    }
  };
  look(10, 100);
  expect(told.splice(0)).toEqual([]);
  look(110, 110, () => limit(ReplyKind.NEGATIVE, 3, 2));
  expect(told.splice(0)).toEqual([[110, { dropped: 3, truncated: 2, kinds: { negative: 5 }, seconds: 10 }]]);
  look(120, 230, () => {
    limit(ReplyKind.NEGATIVE, 10, 0);
    limit(ReplyKind.ANSWER, 0, 1);
  });
  const minute = { dropped: 60, truncated: 6, kinds: { answers: 6, negative: 60 }, seconds: 60 };
  expect(told.splice(0)).toEqual([
    [170, minute],
    [230, minute],
  ]);
  look(240, 250, () => limit(ReplyKind.ERROR, 1, 0));
  look(260, 400);
  expect(told.splice(0)).toEqual([
    [290, { dropped: 2, truncated: 0, kinds: { errors: 2 }, seconds: 60 }],
    [350, 'over'],
  ]);
  // It begins anew.
  look(410, 410, () => limit(ReplyKind.ERROR, 0, 1));
  expect(told.splice(0)).toEqual([[410, { dropped: 0, truncated: 1, kinds: { errors: 1 }, seconds: 10 }]]);
});

import { describe, expect, it } from 'vitest';
import { type LoggedQuery, QueryLog } from './query-log.ts';

function log(every: number, now: () => number = () => 1): { log: QueryLog; sent: LoggedQuery[] } {
  const sent: LoggedQuery[] = [];
  return { log: new QueryLog(every, now, (query) => sent.push(query)), sent };
}

describe('QueryLog', () => {
  it('takes one of so many, whatever the batches', () => {
    const { log: ten } = log(10);
    const taken: number[] = [];
    let seen = 0;
    for (const batch of [3, 3, 3, 3, 8, 1, 9, 10, 1]) {
      const place = ten.take(batch);
      if (place >= 0) taken.push(seen + place);
      seen += batch;
    }
    expect(taken).toEqual([9, 19, 29, 39]);
  });

  it('takes at most one of a batch', () => {
    const { log: three } = log(3);
    expect([three.take(32), three.take(32), three.take(1)]).toEqual([2, 0, 0]);
  });

  it('takes none when it is off', () => {
    const { log: off } = log(0);
    for (let i = 0; i < 1000; i++) expect(off.take(32)).toBe(-1);
  });

  it('takes a hundred a second', () => {
    let second = 1;
    const { log: each } = log(1, () => second);
    const count = () => Array.from({ length: 500 }, () => each.take(1)).filter((place) => place >= 0).length;
    expect(count()).toBe(100);
    second = 2;
    expect(count()).toBe(100);
  });

  it('copies what it tells of, and tells of no query without a reply', () => {
    const { log: one, sent } = log(1);
    const buffer = Uint8Array.from([0, 1, 2, 3, 4]);
    const client = Uint8Array.from([127, 0, 0, 1]);
    one.send(buffer, 1, 3, client, 0);
    one.send(buffer, 1, 0, client, 0);
    buffer.fill(9);
    expect(sent).toEqual([{ message: Uint8Array.from([1, 2, 3]), client, channel: 0 }]);
  });
});

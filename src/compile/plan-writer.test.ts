import { describe, expect, it } from 'vitest';
import { bucketOf, FamilyIndex, steeredAnswer } from '../answer/steered.ts';
import { type AnswerSet, BUCKETS, type Plan, type Share } from '../steering/model.ts';
import { PlanArena } from '../tables/arena.ts';
import { PlanReader } from '../tables/plan-reader.ts';
import { parseName } from '../wire/name.ts';
import { PlanWriter, type SlotOf } from './plan-writer.ts';

const share = (upTo: number, last: number, group: number): Share => ({
  upTo,
  service: 0,
  group,
  address: Uint8Array.from([192, 0, 2, last]),
  ttl: 60,
  lastResort: false,
});

function read(sets: AnswerSet[], numbers = [1]): PlanReader {
  const arena = new PlanArena();
  const plan: Plan = { classes: 1, sets };
  new PlanWriter(arena).write(plan, numbers, Math.max(...numbers) + 1);
  const reader = new PlanReader();
  reader.use(arena);
  return reader;
}

const addressOf = (plan: PlanReader, answer: number): number => plan.octets[plan.recordAt(answer) + 15];

describe('a plan', () => {
  it('says which family a host lacks, and nothing of assignments it does not know', () => {
    const plan = read([[share(BUCKETS, 1, 0)], []], [2]);
    expect(plan.row(2, 0, FamilyIndex.IPV6)).toBe(0);
    expect(plan.row(2, 0, FamilyIndex.IPV4)).not.toBe(0);
    expect([
      plan.row(1, 0, FamilyIndex.IPV4),
      plan.row(3, 0, FamilyIndex.IPV4),
      plan.row(1e6, 0, FamilyIndex.IPV4),
    ]).toEqual([0, 0, 0]);
  });

  it('holds answers as they go on the wire', () => {
    const plan = read([[share(BUCKETS, 7, 3)], []]);
    const answer = plan.row(1, 0, FamilyIndex.IPV4);
    const at = plan.recordAt(answer);
    expect(Buffer.from(plan.octets.slice(at, at + 16)).toString('hex')).toBe('c00c000100010000003c0004c0000207');
    expect([plan.ttl(answer), plan.group(answer), plan.isLastResort(answer)]).toEqual([60, 3, false]);
  });

  it('counts two services apart though they answer with one address, and all together when nobody asks', () => {
    const web = share(BUCKETS, 1, 4);
    const sets = [[web], [], [{ ...web, service: 1 }], []];
    const written = (slots?: SlotOf): [number, number, number, number] => {
      const arena = new PlanArena();
      new PlanWriter(arena, slots).write({ classes: 1, sets }, [1, 2], 3);
      const plan = new PlanReader();
      plan.use(arena);
      const [first, second] = [1, 2].map((n) => plan.row(n, 0, FamilyIndex.IPV4));
      return [first, second, plan.slot(first), plan.slot(second)];
    };
    const [first, second, ...slots] = written((service, group, family) =>
      family === 'ipv4' ? service * 10 + group : 99,
    );
    expect(slots).toEqual([4, 14]);
    expect(first).not.toBe(second);
    const [one, other, ...none] = written();
    expect(none).toEqual([0, 0]);
    expect(one).toBe(other);
  });

  it('cuts shares at their bounds', () => {
    const plan = read([[share(100, 1, 0), share(60_000, 2, 1), share(BUCKETS, 3, 2)], []]);
    const row = plan.row(1, 0, FamilyIndex.IPV4);
    const at = (bucket: number): number => addressOf(plan, plan.answer(row, bucket));
    expect([0, 99, 100, 59_999, 60_000, BUCKETS - 1].map(at)).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('gives owners their shares within a percent, always the same one', () => {
    const plan = read([[share(BUCKETS * 0.2, 1, 0), share(BUCKETS, 2, 1)], []]);
    const counts = [0, 0, 0];
    for (let i = 0; i < 50_000; i++) {
      const name = parseName(`host${i}.example.net.`);
      const answer = steeredAnswer(plan, 1, 0, FamilyIndex.IPV4, name, 0, name.length);
      counts[addressOf(plan, answer)]++;
    }
    expect(Math.abs(counts[1] / 50_000 - 0.2)).toBeLessThan(0.01);
    // The same on every server, so this may never change.
    expect(bucketOf(parseName('www.example.net.'), 0, 17)).toBe(40_936);
  });
});

import { describe, expect, it } from 'vitest';
import { bucketOf, FamilyIndex, steeredAnswer } from '../answer/steered.ts';
import { type Answer, type AnswerSet, BUCKETS, type Plan } from '../steering/model.ts';
import { shareOut, split } from '../steering/shares.ts';
import { PlanArena } from '../tables/arena.ts';
import { ClientWord, FAILURE } from '../tables/plan-layout.ts';
import { PlanReader } from '../tables/plan-reader.ts';
import { parseName } from '../wire/name.ts';
import { PlanWriter, type SlotOf } from './plan-writer.ts';

const answer = (last: number, group: number): Answer => ({
  service: 0,
  group,
  address: Uint8Array.from([192, 0, 2, last]),
  ttl: 60,
  originalTtl: 300,
  lastResort: false,
});
const one = (last: number, group: number): AnswerSet => ({ answers: [answer(last, group)] });
const NONE: AnswerSet = { answers: [] };

/** A plan of one class: for each assignment what is answered by A and by AAAA. */
function planOf(...perAssignment: [AnswerSet, AnswerSet][]): Plan {
  const sets = perAssignment.flat();
  return {
    classes: 1,
    sets,
    origins: [],
    rows: Uint32Array.from(sets.keys()),
    clients: perAssignment.map(() => undefined),
  };
}

function read(plan: Plan, numbers = [1]): PlanReader {
  const arena = new PlanArena();
  new PlanWriter(arena).write(plan, numbers, Math.max(...numbers) + 1);
  const reader = new PlanReader();
  reader.use(arena);
  return reader;
}

const addressOf = (plan: PlanReader, answer: number): number => plan.octets[plan.recordAt(answer) + 15];

describe('a plan', () => {
  it('says which family a host lacks, and nothing of assignments it does not know', () => {
    const plan = read(planOf([one(1, 0), NONE]), [2]);
    expect(plan.row(2, 0, FamilyIndex.IPV6)).toBe(0);
    expect(plan.row(2, 0, FamilyIndex.IPV4)).not.toBe(0);
    expect([
      plan.row(1, 0, FamilyIndex.IPV4),
      plan.row(3, 0, FamilyIndex.IPV4),
      plan.row(1e6, 0, FamilyIndex.IPV4),
    ]).toEqual([0, 0, 0]);
  });

  it('holds answers as they go on the wire', () => {
    const plan = read(planOf([one(7, 3), NONE]));
    const found = plan.row(1, 0, FamilyIndex.IPV4);
    const at = plan.recordAt(found);
    expect(Buffer.from(plan.octets.slice(at, at + 16)).toString('hex')).toBe('c00c000100010000003c0004c0000207');
    expect([plan.ttl(found), plan.group(found), plan.isLastResort(found)]).toEqual([60, 3, false]);
  });

  it('counts two services apart though they answer with one address, and all together when nobody asks', () => {
    const web = answer(1, 4);
    const both = planOf([{ answers: [web] }, NONE], [{ answers: [{ ...web, service: 1 }] }, NONE]);
    const written = (slots?: SlotOf): [number, number, number, number] => {
      const arena = new PlanArena();
      new PlanWriter(arena, slots).write(both, [1, 2], 3);
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
    const [same, other, ...none] = written();
    expect(none).toEqual([0, 0]);
    expect(same).toBe(other);
  });

  it('gives each bucket what the map says, and sets of equal shares one map', () => {
    const map = new Uint8Array(BUCKETS).fill(1, 100, 60_000).fill(2, 60_000);
    const shared = (salt: number): AnswerSet => ({
      answers: [answer(1, 0), answer(2, 1), answer(3, 2)],
      spread: { by: 'host', salt, map },
    });
    const arena = new PlanArena();
    new PlanWriter(arena).write(planOf([shared(7), NONE], [shared(8), NONE]), [1, 2], 3);
    const plan = new PlanReader();
    plan.use(arena);
    for (const [number, salt] of [
      [1, 7],
      [2, 8],
    ]) {
      const row = plan.row(number, 0, FamilyIndex.IPV4);
      const at = (bucket: number): number => addressOf(plan, plan.answer(row, bucket));
      expect([0, 99, 100, 59_999, 60_000, BUCKETS - 1].map(at)).toEqual([1, 1, 2, 2, 3, 3]);
      expect(plan.salt(row)).toBe(salt);
    }
    expect(arena.sets.u8.length).toBeLessThan(BUCKETS * 2 + (1 << 20));
  });

  it('tells how clients count, and a failure from an answer', () => {
    const failing: AnswerSet = { answers: [], failure: true };
    const plan = planOf([failing, one(1, 0)], [one(1, 0), NONE], [one(1, 0), NONE]);
    const clients = [undefined, { policy: 4, bucket: false }, { policy: -1, bucket: true }];
    const reader = read({ ...plan, clients }, [1, 2, 3]);
    expect(reader.row(1, 0, FamilyIndex.IPV4)).toBe(FAILURE);
    expect([0, 1, 2, 3, 4].map((n) => reader.client(n))).toEqual([0, 0, 5, ClientWord.BUCKET, 0]);
  });

  it.each([
    [
      'a weight',
      shareOut([
        { key: 'a', weight: 1 },
        { key: 'b', weight: 4 },
      ]),
    ],
    ['a percentage', split(80)],
  ])('gives owners their shares within a percent, by %s', (_what, map) => {
    const plan = read(planOf([{ answers: [answer(1, 0), answer(2, 1)], spread: { by: 'host', salt: 5, map } }, NONE]));
    const counts = [0, 0, 0];
    for (let i = 0; i < 50_000; i++) {
      const name = parseName(`host${i}.example.net.`);
      const found = steeredAnswer(plan, 1, 0, FamilyIndex.IPV4, name, 0, name.length);
      counts[addressOf(plan, found)]++;
    }
    expect(Math.abs(counts[1] / 50_000 - 0.2)).toBeLessThan(0.01);
  });

  it('puts a name into the same bucket on every server, so this may never change', () => {
    expect(bucketOf(0, parseName('www.example.net.'), 0, 17)).toBe(40_936);
  });
});

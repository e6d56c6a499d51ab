import { describe, expect, it } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { steer, TestZone } from '../../test/support/records.ts';
import type { Verdict } from '../steering/model.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { type Decision, Decisions, tidyDecisions } from './decisions.ts';

const down: Verdict = { state: 'down', since: 0, cause: 'tcp: refused' };
const verdicts = (...keys: string[]): Map<string, Verdict> => new Map(keys.map((key) => [`web/${key}`, down]));

async function open(store: MemoryStore): Promise<{
  published: Published;
  decisions: Decisions;
  told: Decision[];
  warnings: string[];
  judge(...keys: string[]): Promise<void>;
}> {
  const published = new Published();
  const told: Decision[] = [];
  const warnings: string[] = [];
  const decisions = new Decisions(published.publisher, store, {
    decided: (decision) => told.push(decision),
    warning: (message) => warnings.push(message),
  });
  await published.load([new TestZone('a.test.', [steer('one.a.test.', 'zurich')])]);
  const judge = async (...keys: string[]): Promise<void> => {
    await published.publisher.exclusive(() => published.publisher.judge(verdicts(...keys), undefined));
    // Stored after answers are new, and nobody waits for it.
    await new Promise((later) => setTimeout(later, 1));
  };
  return { published, decisions, told, warnings, judge };
}

const short = ({ group, family, before, after }: Decision): string => `${group} ${family}: ${before} -> ${after}`;

describe('decisions', () => {
  it('are told and kept when verdicts change answers, newest first', async () => {
    const { decisions, told, judge } = await open(new MemoryStore());
    expect(told).toEqual([]);
    await judge('zurich/ipv6');
    await judge('zurich/ipv6', 'switzerland/ipv6');
    await judge();
    const own = told.filter(({ group }) => group === 'zurich').map(short);
    expect(own).toEqual([
      'zurich ipv6: zurich -> switzerland',
      'zurich ipv6: switzerland -> europe',
      'zurich ipv6: europe -> zurich',
    ]);
    const kept = await decisions.list(100, undefined);
    expect(kept.map(({ decision }) => decision)).toEqual([...told].reverse());
    expect(kept[0].decision.generation).toBeGreaterThan(kept[kept.length - 1].decision.generation);
    const [first, second] = await decisions.list(2, undefined);
    expect(await decisions.list(1, first.key)).toEqual([second]);
  });

  it('are none when nothing changes, or only a load happens', async () => {
    const { published, told, judge } = await open(new MemoryStore());
    await judge('europe/ipv4');
    const before = told.length;
    await judge('europe/ipv4');
    await published.load([new TestZone('a.test.', [steer('one.a.test.', 'europe'), steer('two.a.test.', 'zurich')])]);
    expect(told.length).toBe(before);
  });

  it('that can not be stored are told of', async () => {
    const store = new MemoryStore();
    const { told, warnings, judge } = await open(store);
    await store.close();
    await judge('zurich/ipv6');
    expect(told.map(short)).toContain('zurich ipv6: zurich -> switzerland');
    expect(warnings).toEqual([expect.stringMatching(/^decisions could not be stored: /)]);
  });

  it('of a day of flapping do not fill the disk', async () => {
    const store = new MemoryStore();
    const { decisions, warnings, judge } = await open(store);
    for (let i = 0; i < 1100; i++) await judge(...(i % 2 === 0 ? ['zurich/ipv6', 'switzerland/ipv6'] : []));
    expect((await decisions.list(10_000, undefined)).length).toBeLessThanOrEqual(4000);
    expect(warnings.some((text) => text.includes('too many'))).toBe(true);
    await tidyDecisions(store, 10);
    const newest = await decisions.list(100, undefined);
    expect(newest).toHaveLength(10);
    await tidyDecisions(store, 10);
    expect(await decisions.list(100, undefined)).toEqual(newest);
  });
});

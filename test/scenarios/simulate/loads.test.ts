/** Loads that follow decisions, late and with noise, and decisions that follow loads. */
import { describe, expect, it } from 'vitest';
import { answeredAt, percentText, usedAt } from '../../support/simulator/figures.ts';
import { DAY, MINUTE } from '../../support/simulator/scenario.ts';
import { type Run, simulate } from '../../support/simulator/simulate.ts';
import * as peak from './peak-loss.ts';
import * as trap from './see-saw.ts';

const seeds = [1, 2, 3];
const HIGH = 0.8;
/** What is asked for grows between two steps, and is measured with noise. */
const LATE = 0.02;

/** By link the most of its capacity that was used from a time until another. */
function mostUsed({ used, links }: Run, from: number, to: number): Record<string, number> {
  const within = used.filter(({ at }) => at >= from && at < to);
  return Object.fromEntries(links.map(({ id }, link) => [id, Math.max(...within.map(({ ratios }) => ratios[link]))]));
}

/** How the part of requests changed that answers lead to a group, one change after another until a time: negative ones left it. */
function changesOf({ answered, groups }: Run, group: string, until: number): number[] {
  const at = groups.indexOf(group) * 2;
  const parts = answered.filter((each) => each.at <= until).map(({ shares }) => shares[at] + shares[at + 1]);
  return parts.slice(1).map((part, i) => part - parts[i]);
}

function sum(list: readonly number[]): number {
  return list.reduce((all, each) => all + each, 0);
}

function percents(of: Record<string, number>): string {
  return Object.entries(of)
    .map(([name, ratio]) => `${name} ${percentText(ratio)}`)
    .join(', ');
}

/** Long before and after the hours in which there is too little room. */
const SETTLED = 15 * MINUTE;

describe.each(seeds)('a day with the largest site lost at the hour of peak (seed %i)', (seed) => {
  const run = simulate(peak.peakLoss, seed);
  const alarms = run.journal.of('overload');

  it('breaks no rule', () => expect(run.broken).toEqual([]));

  it('has no link over its limit after voluntary steps, and none that was led there', () => {
    const before = mostUsed(run, 0, peak.LOST);
    console.log(`until Frankfurt is lost, at most: ${percents(before)}`);
    const { 'zrh-a': hot, ...others } = before;
    expect(hot).toBeGreaterThan(HIGH - LATE);
    expect(hot).toBeLessThan(HIGH + LATE);
    for (const [link, ratio] of Object.entries(others)) expect(ratio, link).toBeLessThanOrEqual(HIGH);
    // Without steering it would be more.
    expect(usedAt(run, peak.LOST - MINUTE)['zrh-a']).toBeLessThan(HIGH + LATE);
    expect(alarms.filter(({ at }) => at < peak.LOST)).toEqual([]);
    const after = mostUsed(run, peak.BACK + SETTLED, DAY);
    console.log(`once it is back, at most: ${percents(after)}`);
    for (const [link, ratio] of Object.entries(after)) expect(ratio, link).toBeLessThan(HIGH + LATE);
  });

  it('is overloaded as little as can be while it is lost, with an alarm at once', () => {
    const at = peak.LOST + SETTLED;
    const used = usedAt(run, at);
    const left = run.links.flatMap(({ id, capacity }) => (id.startsWith('fra') ? [] : [{ id, room: capacity.out }]));
    const [worst, mean] = [
      Math.max(...left.map(({ id }) => used[id])),
      left.reduce((sum, { id, room }) => sum + used[id] * room, 0) / left.reduce((sum, { room }) => sum + room, 0),
    ];
    const alarm = alarms.find((each) => each.at >= peak.LOST);
    console.log(`lost: ${percents(used)}; the mean is ${percentText(mean)}; ${alarm?.text}`);
    // No spread whatever could have the fullest link below the mean of those that are left.
    expect(mean).toBeGreaterThan(HIGH);
    expect(worst - mean).toBeLessThan(0.07);
    expect(alarm!.at - peak.LOST).toBeLessThan(MINUTE);
    const plain = simulate({ ...peak.peakLoss, network: peak.UNSTEERED, duration: at + MINUTE }, seed);
    const ladder = Math.max(...Object.values(usedAt(plain, at)));
    console.log(`by the ladder alone: ${percentText(ladder)}`);
    expect(ladder).toBeGreaterThan(1.3);
  });

  it('ends with all at home', () => {
    const shares = answeredAt(run, DAY);
    for (const [group, percent] of Object.entries(peak.PARTS))
      expect(shares[group], group).toBeCloseTo(percent / 100, 6);
  });
});

describe.each(seeds)('two groups that could shed to each other (seed %i)', (seed) => {
  const run = simulate(trap.seeSaw, seed);

  it('break no rule', () => expect(run.broken).toEqual([]));

  it('do not send names to and fro while loads go up and down', () => {
    const changes = changesOf(run, 'zurich', trap.CALM);
    const [left, came] = [changes.filter((each) => each < 0), changes.filter((each) => each > 0)];
    const turns = changes.filter((each, i) => i > 0 && each > 0 !== changes[i - 1] > 0).length;
    const used = mostUsed(run, 60 * MINUTE, trap.CALM);
    console.log(
      `left Zurich: ${percentText(-sum(left))} in ${left.length} steps, went home: ${percentText(sum(came))} in ${came.length}; ${turns} turn; then at most ${percents(used)}`,
    );
    expect(-sum(left)).toBeGreaterThan(0.01);
    // Once the wave has shown what Geneva can't bear, that goes home, and that is all: eight waves more change nothing.
    expect(turns).toBeLessThanOrEqual(1);
    expect(sum(came)).toBeLessThan(-sum(left) / 3);
    expect(Math.max(...Object.values(used))).toBeLessThan(0.9);
    expect(run.journal.of('answer').filter(({ at }) => at > 2 * 60 * MINUTE && at < trap.CALM)).toEqual([]);
  });

  it('have their own names back when less is asked for', () => {
    expect(sum(changesOf(run, 'zurich', trap.seeSaw.duration))).toBeCloseTo(0, 6);
    expect(run.journal.of('overload').at(-1)?.text ?? '').not.toMatch(/^alarm/);
  });
});

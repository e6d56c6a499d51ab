/** What a run comes to, in numbers. */
import { families } from '../../../src/steering/model.ts';
import type { Entry } from './journal.ts';
import type { Run } from './simulate.ts';

/** By group, the part of requests it got at a time: 0 to 1, both families together. Requests without an answer are `none`. */
export function sharesAt(run: Run, at: number): Record<string, number> {
  return byGroup(run, run.traffic.sharesAt(run.traffic.sliceOf(at)));
}

/** By group, the part of requests that what was answered at a time would send there. */
export function answeredAt(run: Run, at: number): Record<string, number> {
  const last = run.answered.findLast((each) => each.at <= at);
  return byGroup(run, last?.shares ?? []);
}

function byGroup({ groups }: Run, places: readonly number[]): Record<string, number> {
  const shares: Record<string, number> = {};
  groups.forEach((group, g) => {
    shares[group] = families.reduce((sum, _, f) => sum + (places[g * families.length + f] ?? 0), 0);
  });
  const none = places[groups.length * families.length] ?? 0;
  if (none > 0) shares.none = none;
  return shares;
}

/** Of all requests of a slice of time, the part that fails: what went to a target that fails, and what had no answer. 0 to 1. @param service whose targets they go to */
export function failedAt(run: Run, slice: number, service = 'web'): number {
  const { traffic, groups, behaviour } = run;
  const shares = traffic.sharesAt(slice);
  const [from, to] = [slice * traffic.slice, (slice + 1) * traffic.slice];
  let failed = shares[groups.length * families.length];
  for (const [g, group] of groups.entries())
    for (const [f, family] of families.entries()) {
      const share = shares[g * families.length + f];
      if (share > 0) failed += share * behaviour.failingOver(`${service}/${group}/${family}`, from, to);
    }
  return failed;
}

/** The part of all requests of the run that failed. */
export function failedOverall(run: Run): number {
  let failed = 0;
  let all = 0;
  for (let slice = 0; slice < run.traffic.slices; slice++) {
    const requests = run.traffic.at(slice).reduce((sum, each) => sum + each, 0);
    failed += requests * failedAt(run, slice);
    all += requests;
  }
  return all === 0 ? 0 : failed / all;
}

/** By link, the part of its capacity that was used at a time, in the direction that is worse. */
export function usedAt({ used, links }: Run, at: number): Record<string, number> {
  const ratios = used.findLast((each) => each.at <= at)?.ratios ?? [];
  return Object.fromEntries(links.map(({ id }, link) => [id, ratios[link] ?? 0]));
}

export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : percent.toFixed(percent >= 1 ? 1 : 2)} %`;
}

/** What happened, but for that targets are up when they are looked at for the first time. */
export function newsOf({ journal, seen }: Run): Entry[] {
  return journal.entries.filter(({ kind, target, text, at }) => {
    const isFirst = kind === 'seen' && seen.get(target ?? '')?.[1].at === at;
    return !(isFirst && text.includes(' seen up:'));
  });
}

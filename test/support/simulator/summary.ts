/** A run in some lines of text. */
import { failedAt, failedOverall, newsOf, percentText, sharesAt, usedAt } from './figures.ts';
import { durationText, type Entry, timeText } from './journal.ts';
import type { Run } from './simulate.ts';

/** Events told; a week has thousands. */
const MOST = 24;
/** Of those, so many of the end. */
const LAST = 6;

export function summary(run: Run): string {
  const { scenario, seed, probes, plans, traffic } = run;
  const zero = scenario.zero ?? 0;
  const lines = [
    `${scenario.id}: ${scenario.title}`,
    `  seed ${seed}, ${durationText(scenario.duration)} of virtual time, ${probes} probes, ${plans} plans`,
  ];
  const told = newsOf(run);
  const shown = told.length <= MOST ? told : [...told.slice(0, MOST - LAST), undefined, ...told.slice(-LAST)];
  for (const entry of shown)
    lines.push(entry === undefined ? `  … ${told.length - MOST} more` : entryText(entry, run, zero));
  for (const at of scenario.tell) {
    const shares = Object.entries(sharesAt(run, at)).filter(([, share]) => share >= 0.0005);
    const words = shares.sort(([, a], [, b]) => b - a).map(([group, share]) => `${group} ${percentText(share)}`);
    lines.push(`  ${timeText(at - zero).padStart(10)}  requests: ${words.join(', ')}`);
    const links = Object.entries(usedAt(run, at)).map(([link, ratio]) => `${link} ${percentText(ratio)}`);
    if (run.used.length > 0) lines.push(`  ${' '.repeat(10)}  links: ${links.join(', ')}`);
  }
  const worst = Math.max(...Array.from({ length: traffic.slices }, (_, i) => failedAt(run, i)));
  const slice = durationText(traffic.slice);
  lines.push(
    `  failed: ${percentText(failedOverall(run))} of all requests, ${percentText(worst)} in the worst ${slice}`,
  );
  for (const broken of run.broken) lines.push(`  BROKEN: ${broken}`);
  return lines.join('\n');
}

function entryText({ at, kind, target, text }: Entry, { journal }: Run, zero: number): string {
  const time = timeText(at - zero).padStart(10);
  if (kind !== 'seen') return `  ${time}  ${text}`;
  const event = text.includes(' seen down:') ? 'fails' : 'recovers';
  const cause = journal.of(event, target).findLast((entry) => entry.at <= at);
  return `  ${time}  ${text}${cause === undefined ? '' : `, ${durationText(at - cause.at)} after it ${event === 'fails' ? 'began' : 'ended'}`}`;
}

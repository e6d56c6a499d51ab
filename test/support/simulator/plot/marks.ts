/** What happened, as numbers above the plot and a list below it. */
import { newsOf } from '../figures.ts';
import { type Entry, timeText } from '../journal.ts';
import type { Run } from '../simulate.ts';

/** A number and what it stands for. */
export interface Mark {
  readonly at: number;
  readonly lines: readonly string[];
}

const MOST_LINES = 14;
/** What is nearer than this part of the duration gets one number. */
const NEAR = 0.012;
const LONGEST = 136;

/** Events worth a mark. Where there are many, the first of each kind; the list says how many there are in all. */
export function marksOf(run: Run): { marks: readonly Mark[]; left: number } {
  const { scenario } = run;
  const told = newsOf(run);
  const kept = told.length <= MOST_LINES ? told : firstOfEach(told);
  const marks: { at: number; lines: string[] }[] = [];
  for (const entry of kept) {
    const last = marks.at(-1);
    const words = `${timeText(entry.at - (scenario.zero ?? 0))}  ${entry.text}`;
    const shown = words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
    if (last !== undefined && entry.at - last.at < scenario.duration * NEAR) last.lines.push(shown);
    else marks.push({ at: entry.at, lines: [shown] });
  }
  return { marks, left: told.length - kept.length };
}

/** What operators do and cut-offs before all; of the others, the first of each kind as far as there is room. */
function firstOfEach(entries: readonly Entry[]): Entry[] {
  const isRare = ({ kind }: Entry): boolean =>
    ['done', 'held', 'released', 'routes', 'guard', 'overload'].includes(kind);
  const known = new Set<string>();
  const others = entries.filter((entry) => {
    const { kind, text, target } = entry;
    const [, group, family] = (target ?? '').split('/');
    // A site that withdraws its routes has a finding for each.
    const what = kind === 'found' ? text.slice(0, text.indexOf(':')) : `${family} ${text.includes(' seen up:')}`;
    const key = `${kind} ${kind === 'fails' ? group : what}`;
    if (isRare(entry) || known.has(key)) return false;
    known.add(key);
    return true;
  });
  const kept = new Set([...entries.filter(isRare), ...others].slice(0, MOST_LINES));
  return entries.filter((entry) => kept.has(entry));
}

/** How targets really are, and what checks say of them: two bars a target, so that detection is the distance between them. */
import type { Run, Seen } from '../simulate.ts';
import { failingColour, INK, STATES } from './colours.ts';
import type { TimeScale } from './scale.ts';
import { rect, text } from './svg.ts';

/** Height of a lane: two bars, and the room between it and the next. */
export const LANE = 22;
const BAR = 7;
/** More would fill the page. */
const MOST = 12;
/** Pieces a failure that gets worse is drawn in. */
const PIECES = 60;

/** Targets that failed, or were seen to. */
export function lanesOf(run: Run): string[] {
  const seen = [...run.seen].flatMap(([target, states]) =>
    states.some(({ state }) => state === 'down') ? [target] : [],
  );
  return [...new Set([...run.behaviour.targets, ...seen])].sort().slice(0, MOST);
}

export function lanes(run: Run, targets: readonly string[], scale: TimeScale, top: number): string {
  return targets.map((target, i) => lane(run, target, scale, top + i * LANE)).join('\n');
}

function lane(run: Run, target: string, scale: TimeScale, top: number): string {
  const { behaviour, seen, scenario } = run;
  const bar = (from: number, to: number, y: number, colour: string): string =>
    rect(scale.x(from), y, Math.max(0.8, scale.x(to) - scale.x(from)), BAR, colour);
  const really = [bar(0, scenario.duration, top, STATES.up)];
  for (const { from, to, failing } of behaviour.spansOf(target)) {
    if (from >= scenario.duration) continue;
    const pieces = typeof failing === 'number' ? 1 : PIECES;
    for (let i = 0; i < pieces; i++) {
      const [start, end] = [from + ((to - from) * i) / pieces, from + ((to - from) * (i + 1)) / pieces];
      really.push(bar(start, end, top, failingColour(behaviour.really(target, start).failing)));
    }
  }
  const says = statesOf(seen.get(target) ?? [], scenario.duration).map(({ from, to, state }) =>
    bar(from, to, top + BAR + 1, STATES[state]),
  );
  const label = text(scale.left - 8, top + 10, target.replace(/^web\//, ''), {
    'text-anchor': 'end',
    fill: INK,
    'font-size': 11,
  });
  return [label, ...really, ...says].join('\n');
}

function statesOf(seen: readonly Seen[], duration: number): { from: number; to: number; state: Seen['state'] }[] {
  return seen.map(({ at, state }, i) => ({ from: at, to: seen[i + 1]?.at ?? duration, state }));
}

/** When the server took itself to be cut off. */
export function heldBars({ held }: Run, scale: TimeScale, top: number, height: number): string {
  return held
    .map(({ from, to }) => {
      const [x, width] = [scale.x(from), Math.max(1, scale.x(to) - scale.x(from))];
      return rect(x, top, width, height, '#000000', { 'fill-opacity': 0.18 });
    })
    .join('\n');
}

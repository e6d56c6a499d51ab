/** Shares of requests by group over time, one upon the other, and where the server's answers would have the borders. */
import { families } from '../../../../src/steering/model.ts';
import type { Run } from '../simulate.ts';
import { groupColour, INK, NONE, PAPER } from './colours.ts';
import type { TimeScale } from './scale.ts';
import { element, number, through } from './svg.ts';

/** Above this many changes single steps can't be seen: the mean of each slice is drawn. */
const MOST_STEPS = 300;
/** What has less of all requests at every time is not drawn. */
const LEAST = 0.001;

export interface Layer {
  readonly name: string;
  readonly colour: string;
  /** 0 to 1 by places of traffic: their part of it. */
  of(places: readonly number[]): number;
}

/** The groups that got requests, those furthest down the ladder first. */
export function layersOf(run: Run): Layer[] {
  const { groups, traffic } = run;
  const layers = groups.map((name, g): Layer => {
    const first = g * families.length;
    return { name, colour: groupColour(g), of: (places) => families.reduce((sum, _, f) => sum + places[first + f], 0) };
  });
  layers.reverse();
  layers.push({ name: 'no answer', colour: NONE, of: (places) => places[groups.length * families.length] });
  const seen = Array.from({ length: traffic.slices }, (_, i) => traffic.sharesAt(i));
  return layers.filter((layer) => seen.some((places) => layer.of(places) > LEAST));
}

/** The areas, and the server's borders upon them. */
export function stack(run: Run, layers: readonly Layer[], scale: TimeScale, top: number, height: number): string {
  const { traffic } = run;
  const y = (share: number): number => top + height * (1 - Math.min(1, share));
  const lower = new Float64Array(traffic.slices);
  const areas = layers.map((layer) => {
    const above: [number, number][] = [];
    const below: [number, number][] = [];
    for (let i = 0; i < traffic.slices; i++) {
      const from = lower[i];
      lower[i] += layer.of(traffic.sharesAt(i));
      // The ends lie on the edges, all others in the middle of their slice.
      const time = i === 0 ? 0 : i === traffic.slices - 1 ? scale.duration : (i + 0.5) * traffic.slice;
      above.push([scale.x(time), y(lower[i])]);
      below.push([scale.x(time), y(from)]);
    }
    return element('path', { d: `${through([...above, ...below.reverse()])}Z`, fill: layer.colour });
  });
  const borders = layers.slice(0, -1).map((_, i) => {
    const share = (places: readonly number[]): number =>
      layers.slice(0, i + 1).reduce((sum, { of }) => sum + of(places), 0);
    const d = answeredPath(run, share, scale, y);
    return (
      element('path', { d, fill: 'none', stroke: PAPER, 'stroke-width': 4, 'stroke-opacity': 0.7 }) +
      element('path', { d, fill: 'none', stroke: INK, 'stroke-width': 1.6, 'stroke-dasharray': '5 3' })
    );
  });
  return areas.join('\n') + borders.join('\n');
}

function answeredPath(
  run: Run,
  share: (places: readonly number[]) => number,
  scale: TimeScale,
  y: (share: number) => number,
): string {
  const { answered, traffic } = run;
  if (answered.length > MOST_STEPS) {
    const points = meansOf(run, share).map((mean, i): [number, number] => [
      scale.x((i + 0.5) * traffic.slice),
      y(mean),
    ]);
    return through(points);
  }
  let path = '';
  for (const { at, shares } of answered) {
    const [x, h] = [number(scale.x(at)), number(y(share(shares)))];
    path += path === '' ? `M${x} ${h}` : `H${x}V${h}`;
  }
  return `${path}H${number(scale.right)}`;
}

/** By slice of traffic, the mean over time. */
function meansOf({ answered, traffic, scenario }: Run, share: (places: readonly number[]) => number): number[] {
  const means = new Array<number>(traffic.slices).fill(0);
  answered.forEach(({ at, shares }, i) => {
    const until = answered[i + 1]?.at ?? scenario.duration;
    const value = share(shares);
    for (let slice = traffic.sliceOf(at); slice <= traffic.sliceOf(until); slice++) {
      const part = Math.min(until, (slice + 1) * traffic.slice) - Math.max(at, slice * traffic.slice);
      means[slice] += (value * Math.max(0, part)) / traffic.slice;
    }
  });
  return means;
}

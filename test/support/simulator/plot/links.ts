/** How full links are over time, each in the direction that is worse, beside its high watermark. */
import type { Run } from '../simulate.ts';
import { FAILED, FAINT, groupColour, INK } from './colours.ts';
import type { TimeScale } from './scale.ts';
import { element, line, rect, text, through } from './svg.ts';

export const LINKS = 130;

/** The top of the scale, as a part of the capacity; undefined where no loads are measured. */
export function linksTop({ used }: Run): number | undefined {
  if (used.length === 0) return undefined;
  const highest = Math.max(...used.flatMap(({ ratios }) => ratios));
  return [1, 1.25, 1.5, 2].find((each) => highest <= each) ?? Math.ceil(highest);
}

/** Links of a site have one line if they carry alike: a site's traffic is spread by capacity. */
export function linkCurves(run: Run, scale: TimeScale, top: number, most: number): string {
  const { used, links } = run;
  const y = (ratio: number): number => top + LINKS * (1 - ratio / most);
  const shown = links.flatMap((link, i) => (links.findIndex(({ site }) => site === link.site) === i ? [i] : []));
  const curves = shown.map((i) => {
    const points = used.map(({ at, ratios }): [number, number] => [scale.x(at), y(ratios[i])]);
    return element('path', { d: through(points), fill: 'none', stroke: groupColour(i), 'stroke-width': 1.6 });
  });
  const highs = [...new Set(links.map(({ high }) => high))].map((high) =>
    line(scale.left, y(high), scale.right, y(high), { stroke: FAILED, 'stroke-width': 1, 'stroke-dasharray': '2 3' }),
  );
  const full = line(scale.left, y(1), scale.right, y(1), { stroke: FAILED, 'stroke-width': 0.8 });
  return [
    rect(scale.left, top, scale.right - scale.left, LINKS, '#f6f6f6'),
    ...highs,
    full,
    ...curves,
    names(run, shown, scale, top - 6),
  ].join('\n');
}

function names({ links }: Run, shown: readonly number[], scale: TimeScale, y: number): string {
  let x = scale.left;
  const words = shown.map((i) => {
    const entry =
      line(x, y - 4, x + 16, y - 4, { stroke: groupColour(i), 'stroke-width': 2.4 }) +
      text(x + 21, y, links[i].id, { 'font-size': 11, fill: INK });
    x += 38 + links[i].id.length * 6.4;
    return entry;
  });
  return [...words, text(x, y, 'dotted: high watermark', { 'font-size': 11, fill: FAINT })].join('\n');
}

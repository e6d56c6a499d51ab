/** A run as a picture: where requests went, what failed, how targets were and were seen, and what happened when. */
import { failedAt, percentText } from '../figures.ts';
import { durationText } from '../journal.ts';
import type { Run } from '../simulate.ts';
import { FAILED, FAINT, INK, PAPER, STATES } from './colours.ts';
import { heldBars, LANE, lanes, lanesOf } from './lanes.ts';
import { LINKS, linkCurves, linksTop } from './links.ts';
import { marksOf } from './marks.ts';
import { TimeScale } from './scale.ts';
import { type Layer, layersOf, stack } from './stack.ts';
import { element, line, rect, text, through, wrap } from './svg.ts';

/** As wide as a README is shown. */
const WIDTH = 880;
const LEFT = 120;
const RIGHT = WIDTH - 20;
const STACK = 230;
const FAILURES = 56;
const LINE = 16;

/** @returns SVG; the same run gives the same octets */
export function plot(run: Run): string {
  const { scenario } = run;
  const scale = new TimeScale(LEFT, RIGHT, scenario.duration, scenario.zero ?? 0);
  const layers = layersOf(run);
  const { marks, left } = marksOf(run);
  const parts: string[] = [];
  let y = 28;
  parts.push(text(20, y, scenario.title, { 'font-size': 17, 'font-weight': 'bold' }));
  for (const words of wrap(scenario.about, 124)) parts.push(text(20, (y += LINE + 2), words, { fill: FAINT }));
  parts.push(legend(layers, (y += 24)));

  const top = (y += 38);
  parts.push(stack(run, layers, scale, top, STACK), percentAxis(top, STACK, 'share of requests', 1));
  parts.push(watched(run, layers, scale, top));
  y += STACK;
  const failures = failureCurve(run, scale, y + 14);
  if (failures !== '') {
    parts.push(failures);
    y += 14 + FAILURES;
  }
  const fullest = linksTop(run);
  if (fullest !== undefined) {
    parts.push(linkCurves(run, scale, y + 30, fullest), percentAxis(y + 30, LINKS, 'of links used', fullest));
    y += 30 + LINKS;
  }
  parts.push(timeAxis(scale, top, y));
  y += 36;
  const targets = lanesOf(run);
  if (targets.length > 0) {
    parts.push(lanesHead(y, run.held.length > 0), lanes(run, targets, scale, y + 10));
    if (run.held.length > 0) parts.push(heldBars(run, scale, y + 6, targets.length * LANE));
    y += 16 + targets.length * LANE;
  }
  const bottom = y;
  y += 12;
  marks.forEach(({ at, lines }, i) => {
    parts.push(mark(scale.x(at), top, bottom, i + 1));
    lines.forEach((words, n) => {
      if (n === 0) parts.push(badge(30, y - 4, i + 1));
      parts.push(text(46, y, words, { 'font-size': 11.5, style: 'white-space: pre' }));
      y += LINE;
    });
  });
  if (left > 0) {
    parts.push(text(46, y, `… and ${left} more`, { 'font-size': 11.5, fill: FAINT }));
    y += LINE;
  }
  const height = y;
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
    'font-family': 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
    'font-size': 12,
    fill: INK,
    role: 'img',
  };
  const body = [element('title', {}, scenario.title), rect(0, 0, WIDTH, height, PAPER), ...parts];
  return `${element('svg', attributes, `\n${body.join('\n')}\n`)}\n`;
}

function legend(layers: readonly Layer[], y: number): string {
  let x = LEFT;
  const entries = layers.map(({ name, colour }) => {
    const entry = rect(x, y - 10, 12, 12, colour) + text(x + 17, y, name);
    x += 34 + name.length * 7;
    return entry;
  });
  const dashed = line(x, y - 4, x + 28, y - 4, { stroke: INK, 'stroke-width': 1.6, 'stroke-dasharray': '5 3' });
  return [...entries, dashed, text(x + 34, y, 'what the server answers')].join('\n');
}

/** The share of the group that is watched, if it lies at the bottom, as points with a number. */
function watched(run: Run, layers: readonly Layer[], scale: TimeScale, top: number): string {
  const { traffic, scenario } = run;
  if (scenario.watch === undefined || layers[0]?.name !== scenario.watch) return '';
  const points = scenario.tell.map((time) => {
    const share = layers[0].of(traffic.sharesAt(traffic.sliceOf(time)));
    if (share < 0.005) return '';
    const [x, y] = [scale.x(time), top + STACK * (1 - share)];
    const words = `${percentText(share)} after ${durationText(time - (scenario.zero ?? 0))}`;
    const isLate = x > RIGHT - 120;
    return (
      element('circle', { cx: x, cy: y, r: 3.5, fill: PAPER, stroke: INK, 'stroke-width': 1.2 }) +
      text(x + (isLate ? -4 : 6), y + 16, words, { 'text-anchor': isLate ? 'end' : 'start', 'font-weight': 'bold' })
    );
  });
  return points.join('\n');
}

function percentAxis(top: number, height: number, label: string, most: number): string {
  const ticks = most === 1 ? [0, 0.25, 0.5, 0.75, 1] : [0, most / 2, most];
  const written = ticks.map((share) => {
    const y = top + height * (1 - share / most);
    const percent = `${Math.round(share * 10_000) / 100} %`;
    return (
      line(LEFT, y, RIGHT, y, { stroke: PAPER, 'stroke-opacity': 0.45, 'stroke-width': 0.8 }) +
      line(LEFT - 4, y, LEFT, y, { stroke: FAINT }) +
      text(LEFT - 8, y + 4, percent, { 'text-anchor': 'end', 'font-size': 11 })
    );
  });
  const middle = top + height / 2;
  const title = text(24, middle, label, {
    'text-anchor': 'middle',
    transform: `rotate(-90 24 ${Math.round(middle)})`,
    fill: FAINT,
  });
  return [...written, title].join('\n');
}

function timeAxis(scale: TimeScale, top: number, bottom: number): string {
  const ticks = scale.ticks.map(({ time, label }) => {
    const x = scale.x(time);
    return (
      line(x, top, x, bottom, { stroke: INK, 'stroke-opacity': 0.12, 'stroke-width': 0.8 }) +
      line(x, bottom, x, bottom + 4, { stroke: FAINT }) +
      text(Math.min(x, RIGHT - 14), bottom + 17, label, { 'text-anchor': 'middle', 'font-size': 11 })
    );
  });
  return [...ticks, line(scale.left, bottom, scale.right, bottom, { stroke: FAINT })].join('\n');
}

/** The part of requests that fail; nothing where none did. */
function failureCurve(run: Run, scale: TimeScale, top: number): string {
  const { traffic, scenario } = run;
  const failed = Array.from({ length: traffic.slices }, (_, i) => failedAt(run, i));
  const highest = Math.max(...failed);
  if (highest === 0) return '';
  const most = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((each) => highest <= each) ?? 1;
  const bottom = top + FAILURES;
  const points = failed.map((share, i): [number, number] => [
    scale.x(i === 0 ? 0 : i === traffic.slices - 1 ? scenario.duration : (i + 0.5) * traffic.slice),
    bottom - (FAILURES * share) / most,
  ]);
  const area = through([[scale.left, bottom], ...points, [scale.right, bottom]]);
  return [
    rect(scale.left, top, scale.right - scale.left, FAILURES, '#f6f6f6'),
    element('path', { d: `${area}Z`, fill: FAILED, 'fill-opacity': 0.35, stroke: FAILED, 'stroke-width': 1 }),
    percentAxis(top, FAILURES, 'failing', most === 1 ? 0.999999 : most),
  ].join('\n');
}

function lanesHead(y: number, isHeld: boolean): string {
  const swatch = (x: number, colour: string, words: string): string =>
    rect(x, y - 8, 10, 8, colour) + text(x + 15, y, words, { 'font-size': 11, fill: FAINT });
  return [
    text(LEFT, y, 'upper bar: how the target really is; lower bar: what checks say', { 'font-size': 11, fill: FAINT }),
    swatch(478, STATES.up, 'well'),
    swatch(528, '#f9bf73', 'some requests fail'),
    swatch(658, STATES.down, 'down'),
    swatch(712, STATES.unknown, 'unknown'),
    ...(isHeld ? [swatch(784, '#808080', 'held')] : []),
  ].join('\n');
}

function mark(x: number, top: number, bottom: number, count: number): string {
  return (
    line(x, top - 8, x, bottom, { stroke: INK, 'stroke-width': 0.9, 'stroke-opacity': 0.75 }) +
    badge(x, top - 16, count)
  );
}

function badge(x: number, y: number, count: number): string {
  return (
    element('circle', { cx: x, cy: y, r: 8, fill: INK }) +
    text(x, y + 3.5, String(count), { 'text-anchor': 'middle', 'font-size': 10, fill: PAPER })
  );
}

/** A chart of a throughput run as SVG: for each workload a bar a server. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './throughput.ts';
import type { Workload } from './workload.ts';

const FOLDER = join(import.meta.dirname, 'results');
const WIDTH = 820;
const LABEL = 210;
const BAR = 16;
const GAP = 4;
const HEAD = 26;

export function saveChart(name: string, workloads: readonly Workload[], rows: readonly Row[]): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.svg`), chartText(workloads, rows));
}

/** Bars of a workload are drawn to the fastest of it: workloads differ too much for one scale. */
export function chartText(workloads: readonly Workload[], rows: readonly Row[]): string {
  const parts: string[] = [];
  let y = 10;
  for (const { id, title } of workloads) {
    const shown = rows.filter(({ workload }) => workload === id);
    const most = Math.max(...shown.map(({ repliesPerSecond }) => repliesPerSecond));
    y += HEAD;
    parts.push(text(10, y - 9, `${id}: ${title}`, 'font-weight="bold"'));
    for (const { server, own: ours, repliesPerSecond, cpuMicrosecondsPerReply } of shown) {
      const length = Math.round((repliesPerSecond / most) * (WIDTH - LABEL - 190));
      const colour = ours ? '#2a6fdb' : '#9aa4b1';
      const note = `${Math.round(repliesPerSecond / 1000)} k/s, ${cpuMicrosecondsPerReply.toFixed(2)} µs CPU`;
      parts.push(
        text(LABEL - 8, y + BAR - 4, server, 'text-anchor="end"'),
        `<rect x="${LABEL}" y="${y}" width="${length}" height="${BAR}" fill="${colour}"/>`,
        text(LABEL + length + 6, y + BAR - 4, note),
      );
      y += BAR + GAP;
    }
  }
  const height = y + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12" role="img">`,
    '<title>Replies per second on one core</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, words: string, more = ''): string {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" fill="#1c2430"${more === '' ? '' : ` ${more}`}>${safe}</text>`;
}

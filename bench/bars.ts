/** What a workload's figures must show, and whether they do. The fastest of our transports is judged; the others' ratios stand beside it. */
import type { LatencyRow, Placement } from './latency.ts';
import type { Format, LoadFigures } from './load.ts';
import type { Row } from './throughput.ts';
import type { Workload } from './workload.ts';

/** @returns what is below its bar, in words */
export function judge(workload: Workload, rows: readonly Row[]): string[] {
  const shown = rows.filter(({ workload: id }) => id === workload.id);
  const [own] = shown.filter((row) => row.own);
  const peers = shown.filter(({ own, id }) => !own && workload.peers.includes(id));
  const faults: string[] = [];
  for (const { server, ratios, cpuMicrosecondsPerReply } of peers) {
    if (ratios[0] < workload.bar) faults.push(`${ratios[0].toFixed(2)} × ${server}, bar ${workload.bar}`);
    if (workload.cpuBar && own.cpuMicrosecondsPerReply >= cpuMicrosecondsPerReply)
      faults.push(
        `${own.cpuMicrosecondsPerReply.toFixed(2)} µs a reply, ${server} ${cpuMicrosecondsPerReply.toFixed(2)}`,
      );
  }
  const { beside } = workload;
  const other = beside === undefined ? undefined : rows.find((row) => row.workload === beside.id && row.own);
  if (beside !== undefined && other !== undefined && own.repliesPerSecond < beside.bar * other.repliesPerSecond)
    faults.push(
      `${(own.repliesPerSecond / other.repliesPerSecond).toFixed(2)} × our own ${beside.id}, bar ${beside.bar}`,
    );
  return faults;
}

/** For a heading: the bar, and what is below it. */
export function verdictText(workload: Workload, rows: readonly Row[]): string {
  const judged = rows.some(({ workload: id, own }) => id === workload.id && !own);
  if (!judged) return '';
  const faults = judge(workload, rows);
  return ` (bar ${workload.bar}: ${faults.length === 0 ? 'met' : `not met: ${faults.join('; ')}`})`;
}

/** Seconds and MiB for a million hosts. What a hundred edits leave may be no more than the measuring's own unrest. */
const LOAD_BARS = {
  text: { ready: 2.5, edit: 1 },
  yaml: { ready: 6, edit: 2 },
} as const;
const RESIDENT_BAR = 250;
const PEAK_BAR = 350;
const GROWTH_BAR = 8;

/** @returns what of a load is above its bar, in words */
export function judgeLoad(format: Format, figures: LoadFigures): string[] {
  const bars: [what: string, is: number, bar: number][] = [
    ['ready', figures.ready, LOAD_BARS[format].ready],
    ['one host edited', figures.edit, LOAD_BARS[format].edit],
    ['resident', Math.max(figures.resident, figures.wholeResident), RESIDENT_BAR],
    ['peak', Math.max(figures.wholePeak, figures.editsPeak), PEAK_BAR],
    ['left by edits', figures.growth, GROWTH_BAR],
  ];
  return bars.filter(([, is, bar]) => is > bar).map(([what, is, bar]) => `${what} ${is}, bar ${bar}`);
}

/** How many times the 99.9th percentile beside reloads and moves may be that of an idle server. */
const LATENCY_BARS: Readonly<Record<Placement, number>> = { 'other core': 2, 'same core': 5 };

/** @returns what of latencies is above its bar, in words */
export function judgeLatency(rows: readonly LatencyRow[]): string[] {
  return rows.flatMap(({ control, beside, p999, lost }) => {
    const where = `control on the ${control}`;
    const faults = lost > 0 ? [`${lost} queries lost, ${where}, beside ${beside}`] : [];
    const idle = rows.find((row) => row.control === control && row.beside === 'nothing');
    const ratio = beside === 'nothing' || idle === undefined ? 1 : p999 / idle.p999;
    if (ratio > LATENCY_BARS[control])
      faults.push(`p99.9 ${ratio.toFixed(1)} × idle, ${where}, bar ${LATENCY_BARS[control]}`);
    return faults;
  });
}

/** The benchmarks work: each workload for a moment, every server answering rightly. Nothing is judged. */
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge, judgeLatency, judgeLoad } from '../../bench/bars.ts';
import { chartText } from '../../bench/chart.ts';
import type { LatencyRow } from '../../bench/latency.ts';
import { removeLeftNamespaces } from '../../bench/namespaces.ts';
import type { Row } from '../../bench/throughput.ts';
import { PROTECTED, WORKLOADS } from '../../bench/workload.ts';
import { ROOT } from '../support/console.ts';
import { itNeeds } from '../support/needs.ts';

describe('npm run bench', () => {
  itNeeds(
    'kxdpgun',
    'dig',
    'dnsperf',
    'gdnsd',
    'knotd',
    'nsd',
    'ip',
    'netns',
  )(
    'runs each workload beside other servers',
    () => {
      const output = execFileSync(process.execPath, [join(ROOT, 'bench/main.ts'), 'smoke'], { encoding: 'utf8' });
      const cookies = PROTECTED.filter(({ id }) => id === 'W4');
      expect(cookies).toHaveLength(1);
      for (const { id, title } of [...WORKLOADS.filter((workload) => workload.id !== 'W2'), ...cookies]) {
        const text = output.slice(output.indexOf(`*${id}: ${title}*`));
        expect(text, id).toMatch(
          /^\*W.*\n\n\| server .*\n\| ---.*\n\| steerd .*\| .* \| [1-9]\d* \| 1\.00 \| .*\d+\.\d\d \|/,
        );
      }
    },
    600_000,
  );
});

describe('the chart of a run', () => {
  it('has a bar for each server of each workload', () => {
    const row = {
      version: '1',
      ratios: [1],
      cpuMicrosecondsPerReply: 2,
      kernelMicrosecondsPerReply: 1,
      loss: 0,
      roundsMarked: 0,
    };
    const rows = WORKLOADS.slice(0, 2).flatMap(({ id }) => [
      { ...row, own: true, workload: id, id: 'xdp', server: 'steerd', repliesPerSecond: 200_000 },
      { ...row, own: false, workload: id, id: 'nsd', server: 'a & b', repliesPerSecond: 100_000 },
    ]);
    const svg = chartText(WORKLOADS.slice(0, 2), rows);
    expect(svg.match(/<rect /g)).toHaveLength(5);
    expect(svg).toContain('a &amp; b');
    expect(svg).toContain('100 k/s, 2.00 µs CPU');
  });
});

describe('a run is below its bar', () => {
  const workload = {
    ...WORKLOADS[1],
    peers: ['nsd'],
    others: ['gdnsd'],
    bar: 1.2,
    cpuBar: true,
    beside: { id: 'W1', bar: 0.9 },
  };
  const of = (server: string, ratio: number, cpu: number, more: Partial<Row> = {}): Row => ({
    workload: 'W2',
    id: 'nsd',
    server,
    version: '1',
    own: server === 'steerd',
    repliesPerSecond: 100_000,
    ratios: [ratio],
    cpuMicrosecondsPerReply: cpu,
    kernelMicrosecondsPerReply: 1,
    loss: 0,
    roundsMarked: 0,
    ...more,
  });

  it.each<[string, readonly Row[], number]>([
    [
      'not when it is fast enough, and near enough to the other workload',
      [of('b', 1.2, 6), of('steerd', 1, 5, { workload: 'W1', repliesPerSecond: 111_000 })],
      0,
    ],
    ['by the replies of any peer', [of('a', 1.3, 6), of('b', 1.19, 6)], 1],
    ['by CPU time', [of('a', 1.3, 5)], 1],
    ['by the other workload', [of('a', 1.3, 6), of('steerd', 1, 5, { workload: 'W1', repliesPerSecond: 112_000 })], 1],
    ['not by one that is only shown', [of('c', 0.5, 1, { id: 'gdnsd' })], 0],
    ['not by our other transports', [of('steerd (node:dgram)', 0.5, 1, { own: true })], 0],
  ])('%s', (_what, others, faults) => {
    expect(judge(workload, [of('steerd', 1, 5), ...others])).toHaveLength(faults);
  });
});

describe('a load is above its bar', () => {
  const good = {
    ready: 2.5,
    resident: 250,
    startPeak: 400,
    edit: 1,
    whole: 9,
    wholePeak: 350,
    wholeResident: 250,
    growth: 8,
    editsPeak: 350,
  };

  it.each([
    ['not when it is on it', {}, 0],
    ['by the time until it is ready', { ready: 2.6 }, 1],
    ['by the time of an edit', { edit: 1.1 }, 1],
    ['by what a reload leaves', { wholeResident: 251 }, 1],
    ['by the peak of a reload', { wholePeak: 351 }, 1],
    ['by what many edits leave', { growth: 9 }, 1],
  ])('%s', (_what, figures, faults) => {
    expect(judgeLoad('text', { ...good, ...figures })).toHaveLength(faults);
    expect(judgeLoad('yaml', { ...good, ready: 6, edit: 2 })).toEqual([]);
  });
});

describe('a latency is above its bar', () => {
  const row = { perSecond: 1, p50: 1, p99: 1, longest: 1, reloads: 1, moves: 1, stolen: 0, missed: 0 };
  const of = (control: LatencyRow['control'], p999: number, lost = 0): LatencyRow[] => [
    { ...row, control, beside: 'nothing', p999: 1, lost: 0 },
    { ...row, control, beside: 'reloads and moves', p999, lost },
  ];

  it.each<[string, LatencyRow[], number]>([
    ['not when it is on it', [...of('other core', 2), ...of('same core', 5)], 0],
    ['beside control threads on another core', of('other core', 2.1), 1],
    ['beside those on the same', [...of('other core', 1), ...of('same core', 5.1)], 1],
    ['when a query is lost', of('same core', 1, 1), 1],
  ])('%s', (_what, rows, faults) => {
    expect(judgeLatency(rows)).toHaveLength(faults);
  });
});

describe('what a killed run has left', () => {
  itNeeds('ip', 'netns')('is removed by the next, that of a run under way is not', async () => {
    const ended = spawn('true');
    await new Promise((end) => ended.once('exit', end));
    const [left, used] = [`steerd-bench-s${ended.pid}`, `steerd-bench-l${process.pid}`];
    for (const name of [left, used]) execFileSync('ip', ['netns', 'add', name]);
    try {
      const server = spawn('ip', ['netns', 'exec', left, 'sleep', '600']);
      const over = new Promise((end) => server.once('exit', (_code, signal) => end(signal)));
      await expect
        .poll(() => execFileSync('ip', ['netns', 'pids', left], { encoding: 'utf8' }).trim())
        .toBe(String(server.pid));
      removeLeftNamespaces();
      expect(await over).toBe('SIGKILL');
      const there = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
      expect(there).not.toContain(left);
      expect(there).toContain(used);
    } finally {
      execFileSync('ip', ['netns', 'del', used]);
    }
  });
});

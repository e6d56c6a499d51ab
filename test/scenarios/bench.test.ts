/** The benchmarks work: each workload for a moment, every server answering rightly. Nothing is judged. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chartText } from '../../bench/chart.ts';
import { WORKLOADS } from '../../bench/workload.ts';
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
      for (const { id, title } of WORKLOADS.filter((workload) => workload.id !== 'W2')) {
        const text = output.slice(output.indexOf(`*${id}: ${title}*`));
        expect(text, id).toMatch(
          /^\*W.*\n\n\| server .*\n\| ---.*\n\| steerd \| .* \| [1-9]\d* \| 1\.00 \| \d+\.\d\d \|/,
        );
      }
    },
    600_000,
  );
});

describe('the chart of a run', () => {
  it('has a bar for each server of each workload', () => {
    const row = { version: '1', ratio: 1, cpuMicrosecondsPerReply: 2, loss: 0, roundsMarked: 0 };
    const rows = WORKLOADS.slice(0, 2).flatMap(({ id }) => [
      { ...row, workload: id, server: 'steerd', repliesPerSecond: 200_000 },
      { ...row, workload: id, server: 'a & b', repliesPerSecond: 100_000 },
    ]);
    const svg = chartText(WORKLOADS.slice(0, 2), rows);
    expect(svg.match(/<rect /g)).toHaveLength(5);
    expect(svg).toContain('a &amp; b');
    expect(svg).toContain('100 k/s, 2.00 µs CPU');
  });
});

/** Replies per second on one saturated core, and CPU time a reply, side by side in one run. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTENDERS, type Contender, startContender } from './contenders.ts';
import { cpuSeconds, machine, median, stolenTicks } from './machine.ts';
import { Namespaces, SERVER_ADDRESS } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import { ZONE } from './zone.ts';

export interface ThroughputOptions {
  readonly hosts: number;
  readonly rounds: number;
  readonly seconds: number;
}

interface Round {
  readonly replies: number;
  readonly microseconds: number;
  readonly stolen: boolean;
}

const LOAD_CORE = 1;
/** More than any server here answers, so that it never waits for work. */
const OFFERED = 600_000;
/** Share of a round's ticks the hypervisor may take before it is marked. */
const STEAL_LIMIT = 0.02;

export async function throughput(options: ThroughputOptions): Promise<void> {
  const contenders = CONTENDERS.filter((c) => c.version !== undefined);
  const missing = CONTENDERS.filter((c) => c.version === undefined).map((c) => c.name);
  if (missing.length > 0) console.log(`not installed, so left out: ${missing.join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'steerd-bench-'));
  const namespaces = new Namespaces();
  const queries = join(folder, 'queries');
  writeFileSync(
    queries,
    Array.from({ length: options.hosts }, (_, i) => `host${i + 1}.${ZONE}. A\nhost${i + 1}.${ZONE}. AAAA\n`).join(''),
  );
  const rounds = new Map<Contender, Round[]>(contenders.map((c) => [c, []]));
  try {
    for (let r = 0; r < options.rounds; r++) {
      for (const contender of contenders) {
        const round = await runRound(
          contender,
          join(folder, contender.name.replaceAll(/\W+/g, '-')),
          namespaces,
          queries,
          options,
        );
        rounds.get(contender)?.push(round);
        const mark = round.stolen ? '  (CPU time was stolen)' : '';
        console.log(
          `round ${r + 1} ${contender.name.padEnd(18)} ${Math.round(round.replies / 1000)} k/s  ${round.microseconds.toFixed(2)} µs${mark}`,
        );
      }
    }
  } finally {
    namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  }

  const own = rounds.get(contenders[0]) ?? [];
  const ownReplies = median(own.map((x) => x.replies));
  const rows = [...rounds].map(([contender, list]) => ({
    server: contender.name,
    version: contender.version ?? '',
    repliesPerSecond: Math.round(median(list.map((x) => x.replies))),
    // Paired within a round, so that the machine's drift cancels out.
    ratio: Number(median(list.map((x, i) => own[i].replies / x.replies)).toFixed(2)),
    cpuMicrosecondsPerReply: Number(median(list.map((x) => x.microseconds)).toFixed(2)),
    roundsMarked: list.filter((x) => x.stolen).length,
  }));
  const result = { benchmark: 'throughput', machine: machine(), ...options, ownReplies: Math.round(ownReplies), rows };
  const text = table(
    ['server', 'version', 'replies/s', 'steerd is × faster', 'CPU µs/reply', 'rounds marked'],
    rows.map((row) => [
      row.server,
      row.version,
      String(row.repliesPerSecond),
      row.ratio.toFixed(2),
      row.cpuMicrosecondsPerReply.toFixed(2),
      String(row.roundsMarked),
    ]),
  );
  const title = `Throughput: ${options.hosts} steered hosts, A and AAAA, one core, ${options.rounds} rounds of ${options.seconds} s`;
  saveResult('throughput', result, title, text, 'npm run bench -- throughput');
}

async function runRound(
  contender: Contender,
  folder: string,
  namespaces: Namespaces,
  queries: string,
  options: ThroughputOptions,
): Promise<Round> {
  const server = startContender(contender, folder, namespaces.server, options.hosts);
  try {
    await untilRight(namespaces, options.hosts);
    const pid = server.pid as number;
    const stolen = stolenTicks();
    const before = cpuSeconds(pid);
    const output = execFileSync(
      'ip',
      [
        'netns',
        'exec',
        namespaces.load,
        'kxdpgun',
        '-t',
        String(options.seconds),
        '-Q',
        String(OFFERED),
        '-b',
        '32',
        '-F',
        String(LOAD_CORE),
        '-i',
        queries,
        SERVER_ADDRESS,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const cpu = cpuSeconds(pid) - before;
    const replies = Number(/total replies:\s+(\d+)/.exec(output)?.[1] ?? 0);
    const wrong = /responded (?!NOERROR)(\w+)/.exec(output)?.[1];
    if (replies === 0 || wrong !== undefined)
      throw new Error(`${contender.name} answered wrongly (${wrong ?? 'nothing'}):\n${output}`);
    return {
      replies: replies / options.seconds,
      microseconds: (cpu / replies) * 1e6,
      stolen: stolenTicks() - stolen > options.seconds * 100 * STEAL_LIMIT,
    };
  } finally {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }
}

/** Waits until the server gives the right A and AAAA for the first and the last host. */
async function untilRight(namespaces: Namespaces, hosts: number): Promise<void> {
  const ask = (name: string, type: string): string => {
    try {
      const args = [
        'netns',
        'exec',
        namespaces.load,
        'dig',
        `@${SERVER_ADDRESS}`,
        name,
        type,
        '+short',
        '+tries=1',
        '+timeout=1',
      ];
      return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  for (let tries = 0; tries < 100; tries++) {
    const answers = [1, hosts].flatMap((i) => [ask(`host${i}.${ZONE}`, 'A'), ask(`host${i}.${ZONE}`, 'AAAA')]);
    if (answers.join(' ') === '192.0.2.64 2001:db8::64 192.0.2.64 2001:db8::64') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the server does not answer rightly');
}

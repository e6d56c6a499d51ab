/** Replies per second on one saturated core, and CPU time a reply, beside other servers in one run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, verdictText } from './bars.ts';
import { saveChart } from './chart.ts';
import { type Contender, endContender, startContender } from './contenders/contender.ts';
import { DGRAM, OURS, OURS_PROTECTED, PEERS } from './contenders/index.ts';
import { askUntilRight, loadOf, warmUp, writeQuestions } from './generators.ts';
import { cpuTime, machine, median, stolenTicks } from './machine.ts';
import { Namespaces } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import type { Workload } from './workload.ts';

export interface ThroughputOptions {
  /** Of its results. */
  readonly name: 'throughput' | 'protected';
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly seconds: number;
  /** How often a workload is run until its bar is met. */
  readonly tries: number;
  /** Whether results are kept, and bars judged. */
  readonly keep: boolean;
  /** How long each is asked before anything is counted. */
  readonly warmSeconds: number;
  /** Ids of those that take part; undefined: all. */
  readonly servers?: readonly string[];
}

interface Round {
  readonly replies: number;
  readonly microseconds: number;
  readonly kernelMicroseconds: number;
  /** Queries without a reply, as a part of all. */
  readonly loss: number;
  /** Why it says little; undefined for a good one. */
  readonly mark: string | undefined;
}

export interface Row {
  readonly workload: string;
  readonly id: string;
  readonly server: string;
  readonly version: string;
  /** Whether it is one of our transports. */
  readonly own: boolean;
  readonly repliesPerSecond: number;
  /** By each of our transports how many times faster it is, median of the rounds' ratios: paired within a round, the machine's drift cancels out. */
  readonly ratios: readonly number[];
  readonly cpuMicrosecondsPerReply: number;
  /** How much of it the kernel had: what no server's own code can save. */
  readonly kernelMicrosecondsPerReply: number;
  readonly loss: number;
  readonly roundsMarked: number;
}

/** Share of a round's ticks the hypervisor may take before it is marked. */
const STEAL_LIMIT = 0.02;
/** Part of its core that a server uses at least while it is saturated; else it was the load that was slow, and replies a second say nothing of the server. */
const BUSY = 0.85;

/** @returns whether every bar was met */
export async function throughput(options: ThroughputOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-bench-'));
  const rows: Row[] = [];
  try {
    for (const workload of options.workloads) {
      for (let attempt = 1; ; attempt++) {
        const found = await runWorkload(workload, options, join(folder, `${workload.id}-${attempt}`));
        const faults = judge(workload, [...rows, ...found]);
        if (faults.length === 0 || attempt >= options.tries || !options.keep) {
          rows.push(...found);
          break;
        }
        console.log(`${workload.id}: ${faults.join('; ')}; once more`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const text = options.workloads.map((workload) => workloadText(workload, rows)).join('\n\n');
  if (!options.keep) {
    console.log(`\n${text}`);
    return true;
  }
  const result = {
    benchmark: options.name,
    machine: machine(),
    rounds: options.rounds,
    seconds: options.seconds,
    rows,
  };
  const { name } = options;
  saveChart(name, options.workloads, rows);
  const how = name === 'protected' ? ' with cookies, rate limits and signing' : '';
  const title = `Throughput on one core${how}, ${options.rounds} rounds of ${options.seconds} s`;
  saveResult(name, result, title, text, `npm run bench -- ${name}`);
  return options.workloads.every((workload) => judge(workload, rows).length === 0);
}

async function runWorkload(workload: Workload, options: ThroughputOptions, folder: string): Promise<Row[]> {
  const isWanted = (id: string): boolean => options.servers?.includes(id) ?? true;
  const beside = [...workload.peers, ...(workload.others ?? [])];
  const named = PEERS.filter(({ id }) => beside.includes(id) && isWanted(id));
  const peers = named.filter(({ version }) => version !== undefined);
  const missing = named.filter(({ version }) => version === undefined);
  console.log(`${workload.id}: ${workload.title}`);
  if (missing.length > 0)
    console.log(`  not installed: ${missing.map(({ debian, name }) => debian ?? name).join(', ')}`);
  const ours = [...OURS, ...OURS_PROTECTED].filter(({ id }) => workload.ours.includes(id) && isWanted(id));
  const contenders = [...ours, ...peers];
  const rounds = new Map<Contender, Round[]>(contenders.map((c) => [c, []]));
  const questions = writeQuestions(folder, workload);
  const namespaces = new Namespaces();
  try {
    for (let r = 0; r < options.rounds; r++) {
      for (const contender of contenders) {
        const round = await runRound(contender, join(folder, contender.id), namespaces, questions, workload, options);
        rounds.get(contender)?.push(round);
        const mark = round.mark === undefined ? '' : `  (${round.mark})`;
        console.log(
          `  round ${r + 1} ${contender.name.padEnd(22)} ${(round.replies / 1000).toFixed(1)} k/s  ${round.microseconds.toFixed(2)} µs${mark}`,
        );
      }
    }
  } finally {
    namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  const replies = (contender: Contender): number[] => rounds.get(contender)!.map((round) => round.replies);
  return [...rounds].map(([contender, list]) => ({
    workload: workload.id,
    id: contender.id,
    server: contender.name,
    version: contender.version ?? '',
    own: [...OURS, ...OURS_PROTECTED, DGRAM].includes(contender),
    repliesPerSecond: Math.round(median(replies(contender))),
    ratios: ours.map((own) => rounded(median(list.map((round, i) => replies(own)[i] / round.replies)))),
    cpuMicrosecondsPerReply: rounded(median(list.map(({ microseconds }) => microseconds))),
    kernelMicrosecondsPerReply: rounded(median(list.map(({ kernelMicroseconds }) => kernelMicroseconds))),
    loss: Number(median(list.map(({ loss }) => loss)).toFixed(3)),
    roundsMarked: list.filter(({ mark }) => mark !== undefined).length,
  }));
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

async function runRound(
  contender: Contender,
  folder: string,
  namespaces: Namespaces,
  questions: string,
  workload: Workload,
  { seconds, warmSeconds }: ThroughputOptions,
): Promise<Round> {
  const server = startContender(contender, folder, namespaces.server, workload.content);
  try {
    const isSigned = workload.content.signed === true && !workload.others?.includes(contender.id);
    await askUntilRight(namespaces, workload.content, contender.name, isSigned);
    const pid = server.pid as number;
    const load = loadOf(workload);
    // A server that has run for a while is what is compared: caches are warm, and code that is compiled while it runs is.
    if (warmSeconds > 0) warmUp(namespaces, questions, workload, warmSeconds, contender.name);
    const stolen = stolenTicks();
    const before = cpuTime(pid);
    const { replies, sent, seconds: took } = load(namespaces, questions, workload, seconds, contender.name);
    const after = cpuTime(pid);
    const cpu = after.all - before.all;
    const wasStolen = stolenTicks() - stolen > seconds * 100 * STEAL_LIMIT;
    const mark = wasStolen ? 'CPU time was stolen' : cpu / took < BUSY ? 'the load did not fill it' : undefined;
    const [microseconds, kernelMicroseconds] = [cpu, after.kernel - before.kernel].map(
      (time) => (time / replies) * 1e6,
    );
    return { replies: replies / took, microseconds, kernelMicroseconds, loss: 1 - replies / sent, mark };
  } finally {
    await endContender(server);
    namespaces.clear();
    // The folder holds the zone; a million hosts of each server are much.
    rmSync(folder, { recursive: true, force: true });
  }
}

function workloadText(workload: Workload, rows: readonly Row[]): string {
  const shown = rows.filter(({ workload: id }) => id === workload.id);
  // Those that ratios are to come first.
  const ours = shown.slice(0, shown[0]?.ratios.length ?? 0);
  const marked = shown.some(({ roundsMarked }) => roundsMarked > 0);
  const text = table(
    [
      'server',
      'version',
      'replies/s',
      ...ours.map(({ server }) => `${server} is × faster`),
      'CPU µs/reply',
      'of it the kernel’s',
      ...(marked ? ['rounds marked'] : []),
    ],
    shown.map((row) => [
      row.server,
      row.version,
      String(row.repliesPerSecond),
      ...row.ratios.map((ratio) => ratio.toFixed(2)),
      row.cpuMicrosecondsPerReply.toFixed(2),
      row.kernelMicrosecondsPerReply.toFixed(2),
      ...(marked ? [String(row.roundsMarked)] : []),
    ]),
  );
  return `*${workload.id}: ${workload.title}*${verdictText(workload, rows)}\n\n${text}`;
}

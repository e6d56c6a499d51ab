/** From a change to new answers on the wire, with the commit apart: moves of one host a call and of all by one call, and verdicts. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadCommand } from './load-process.ts';
import { machine } from './machine.ts';
import type { Changed, ChangeTime } from './move-client.ts';
import { Namespaces, SERVER_ADDRESS } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import { whenReady } from './server-process.ts';
import { ZONE } from './workload.ts';

export interface MovesOptions {
  /** Steered hosts, a run each. */
  readonly sizes: readonly number[];
  /** Moves of one host in each run. */
  readonly moves: number;
}

const ROOT = resolve(import.meta.dirname, '..');
const SERVER_CORE = 0;
/** Calls that move all hosts: an odd number, so that they end in Europe, whose target then goes down and up. */
const WHOLE_MOVES = 15;
const VERDICTS = 200;
/** Until the names of a million hosts are in the store. */
const SETTLE_MS = 5000;

type Load = 'idle' | 'saturated';

interface Row {
  readonly hosts: number;
  readonly load: Load;
  readonly changed: string;
  /** Milliseconds. */
  readonly commit50: number;
  readonly commit99: number;
  /** From the durable commit to the first new answer on the wire, and to the last. */
  readonly after50: number;
  readonly after99: number;
  readonly last50: number;
  readonly last99: number;
  /** From the request. */
  readonly answer50: number;
  readonly answerLast50: number;
  readonly reply50: number;
}

export async function moves(options: MovesOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-moves-'));
  const namespaces = new Namespaces();
  const rows: Row[] = [];
  try {
    for (const hosts of options.sizes)
      rows.push(...(await runSize(join(folder, `${hosts}`), namespaces, hosts, options.moves)));
  } finally {
    namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
  const text = table(
    [
      'steered hosts',
      'server',
      'changed',
      'commit with its sync, p50 / p99 (ms)',
      'durable to first new answer, p50 / p99 (ms)',
      'durable to last, p50 / p99 (ms)',
      'request to first new answer, last, reply, p50 (ms)',
    ],
    rows.map((row) => [
      String(row.hosts),
      row.load,
      row.changed,
      `${ms(row.commit50)} / ${ms(row.commit99)}`,
      `${ms(row.after50)} / ${ms(row.after99)}`,
      `${ms(row.last50)} / ${ms(row.last99)}`,
      `${ms(row.answer50)}, ${ms(row.answerLast50)}, ${ms(row.reply50)}`,
    ]),
  );
  const note =
    'Answers are asked for every 0.1 ms, so that much of the second figure is the asking. The last new answer is that of the last host in the zone file, whose cell is the last to be written. A verdict is a report of a check that takes the group of all hosts down, or up again: durable is the report, from then on the observation is judged and a plan is made and published. Saturated: more queries than the one core can answer, which it shares with the API and the store.';
  const title = `From a change through the API to new answers: one UDP worker, server on one core, ${options.moves} moves a run`;
  saveResult(
    'moves',
    { benchmark: 'moves', machine: machine(), ...options, wholeMoves: WHOLE_MOVES, verdicts: VERDICTS, rows },
    title,
    `${text}\n\n${note}`,
    'npm run bench -- moves',
  );
}

async function runSize(folder: string, namespaces: Namespaces, hosts: number, count: number): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  const network = readFileSync(join(ROOT, 'zones/network.yaml'), 'utf8');
  const checked = network.replace('web: { vip: 64 }', 'web: { vip: 64, checks: { hand: { type: manual } } }');
  if (checked === network) throw new Error('zones/network.yaml has another service web now');
  // Hundreds of verdicts in a row are what damping is there to stop.
  writeFileSync(join(folder, 'network.yaml'), `${checked}guards: { damping: { enabled: false } }\n`);
  const lines = Array.from({ length: hosts }, (_, i) => `host${i + 1} 60 IN STEER web anycast\n`);
  writeFileSync(join(folder, `${ZONE}.zone`), `$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines.join('')}`);
  const state = join(folder, 'state');
  const env = {
    ...process.env,
    STEERD_ZONES: folder,
    STEERD_STATE_DIR: state,
    STEERD_LISTEN: `${SERVER_ADDRESS}:53`,
    STEERD_API_LISTEN: `${SERVER_ADDRESS}:8053`,
    STEERD_API_RATE_LIMIT: '1000000',
    STEERD_RELOAD_WATCH: 'false',
    STEERD_LOG_LEVEL: 'debug',
    STEERD_LOG_FORMAT: 'json',
  };
  const command = [process.execPath, join(ROOT, 'bin/steerd.mjs'), 'serve', '--json'];
  const log = join(folder, 'log');
  const server = spawn('ip', ['netns', 'exec', namespaces.server, 'taskset', '-c', String(SERVER_CORE), ...command], {
    stdio: ['ignore', 'pipe', openSync(log, 'w')],
    env,
  });
  try {
    await whenReady(server);
    const token = readFileSync(join(state, 'operator.token'), 'utf8').trim();
    if (hosts === 1_000_000) await new Promise((settled) => setTimeout(settled, SETTLE_MS));
    const rows: Row[] = [];
    for (const load of ['idle', 'saturated'] as const) {
      const run = async (changed: string, what: Changed, changes: number): Promise<void> => {
        const flood = load === 'saturated';
        const times = await runClient(namespaces, { token, hosts, what, changes, flood });
        const row = rowOf(hosts, load, changed, times, commitsIn(log));
        rows.push(row);
        console.log(JSON.stringify(row));
      };
      await run('1 host', 'host', count);
      if (hosts < 1_000_000) continue;
      await run('all hosts', 'all', WHOLE_MOVES);
      await run('verdict', 'verdict', VERDICTS);
    }
    return rows;
  } finally {
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGTERM');
    await ended;
  }
}

/** A commit as the server's log tells of it: when it was durable, and how long it took. */
interface Commit {
  readonly at: number;
  readonly milliseconds: number;
}

/** All commits of a server by its log. It is read when a run is over: who reads it meanwhile runs on one of the two cores, as soon as something is committed. */
function commitsIn(log: string): Commit[] {
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as Commit & { event: string });
  return events.filter(({ event }) => event === 'committed');
}

function rowOf(
  hosts: number,
  load: Load,
  changed: string,
  times: readonly ChangeTime[],
  commits: readonly Commit[],
): Row {
  const of = (values: readonly number[], share: number): number => {
    const sorted = [...values].sort((a, b) => a - b);
    return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(3));
  };
  // The commit of a change is the last one before its first new answer.
  const own = times.map(({ answeredAt, lastAt }) => {
    const commit = commits.findLast(({ at }) => at <= answeredAt);
    if (commit === undefined) throw new Error('an answer was new before anything was committed');
    return { milliseconds: commit.milliseconds, after: answeredAt - commit.at, last: lastAt - commit.at };
  });
  const commit = own.map(({ milliseconds }) => milliseconds);
  const after = own.map((one) => one.after);
  const last = own.map((one) => one.last);
  const median = (key: 'answer' | 'last' | 'reply'): number =>
    of(
      times.map((time) => time[key]),
      0.5,
    );
  return {
    hosts,
    load,
    changed,
    commit50: of(commit, 0.5),
    commit99: of(commit, 0.99),
    after50: of(after, 0.5),
    after99: of(after, 0.99),
    last50: of(last, 0.5),
    last99: of(last, 0.99),
    answer50: median('answer'),
    answerLast50: median('last'),
    reply50: median('reply'),
  };
}

async function runClient(
  namespaces: Namespaces,
  task: { token: string; hosts: number; what: Changed; changes: number; flood: boolean },
): Promise<ChangeTime[]> {
  const whole = { ...task, place: namespaces.loadPlace, api: `http://${SERVER_ADDRESS}:8053` };
  const args = ['netns', 'exec', namespaces.load, ...loadCommand('move-client.ts', JSON.stringify(whole))];
  const { stdout } = await promisify(execFile)('ip', args, { encoding: 'utf8', timeout: 600_000, maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as ChangeTime[];
}

/** Moves: from the request to the first new answer on the wire, with the commit apart; one host a call, and all by one call. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { machine } from './machine.ts';
import type { MoveTime } from './move-client.ts';
import { Namespaces, SERVER_ADDRESS } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import { ZONE } from './workload.ts';

export interface MovesOptions {
  /** Steered hosts, a run each. */
  readonly sizes: readonly number[];
  /** Moves of one host in each run. */
  readonly moves: number;
}

const ROOT = resolve(import.meta.dirname, '..');
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const OFFERED = 600_000;
/** Calls that move all hosts; their median is told. */
const WHOLE_MOVES = 5;

type Load = 'idle' | 'saturated';

interface Row {
  readonly hosts: number;
  readonly load: Load;
  readonly moves: string;
  /** Milliseconds. */
  readonly commit50: number;
  readonly commit99: number;
  /** From the durable commit to the first new answer on the wire. */
  readonly after50: number;
  readonly after99: number;
  /** From the request. */
  readonly answer50: number;
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
      'moved',
      'commit with its sync, p50 / p99 (ms)',
      'durable to first new answer, p50 / p99 (ms)',
      'request to first new answer, p50 (ms)',
      'request to reply, p50 (ms)',
    ],
    rows.map((row) => [
      String(row.hosts),
      row.load,
      row.moves,
      `${ms(row.commit50)} / ${ms(row.commit99)}`,
      `${ms(row.after50)} / ${ms(row.after99)}`,
      ms(row.answer50),
      ms(row.reply50),
    ]),
  );
  const note =
    'Answers are asked for every 0.1 ms, so that much of the second figure is the asking. Saturated: more queries than the one core can answer, which it shares with the API and the store.';
  const title = `Moves through the API: one UDP worker, server on one core, ${options.moves} moves a run`;
  saveResult(
    'moves',
    { benchmark: 'moves', machine: machine(), ...options, rows },
    title,
    `${text}\n\n${note}`,
    'npm run bench -- moves',
  );
}

async function runSize(folder: string, namespaces: Namespaces, hosts: number, count: number): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(ROOT, 'zones/network.yaml'), join(folder, 'network.yaml'));
  const lines = Array.from({ length: hosts }, (_, i) => `host${i + 1} 60 IN STEER web anycast\n`);
  writeFileSync(join(folder, `${ZONE}.zone`), `$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines.join('')}`);
  const queries = join(folder, 'queries');
  writeFileSync(
    queries,
    Array.from({ length: Math.min(hosts, 100_000) }, (_, i) => `host${i + 1}.${ZONE}. A\n`).join(''),
  );
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
  const server = spawn('ip', ['netns', 'exec', namespaces.server, 'taskset', '-c', String(SERVER_CORE), ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const commits = commitsOf(server);
  try {
    await ready(server);
    const token = readFileSync(join(state, 'operator.token'), 'utf8').trim();
    const run = (moved: number, all: boolean) => runClient(namespaces, { token, hosts, moves: moved, all });
    const rows: Row[] = [];
    for (const load of ['idle', 'saturated'] as const) {
      const flood = load === 'saturated' ? startFlood(namespaces, queries) : undefined;
      try {
        if (flood !== undefined) await new Promise((warm) => setTimeout(warm, 1000));
        rows.push(rowOf(hosts, load, '1 host', await run(count, false), commits));
        if (hosts === 1_000_000) rows.push(rowOf(hosts, load, 'all hosts', await run(WHOLE_MOVES, true), commits));
      } finally {
        flood?.kill('SIGKILL');
      }
      for (const row of rows.filter((r) => r.load === load))
        console.log(
          `${row.hosts} hosts, ${load}, ${row.moves}: durable to answer p50 ${row.after50.toFixed(2)} p99 ${row.after99.toFixed(2)} ms; commit p50 ${row.commit50.toFixed(2)} ms`,
        );
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

/** All commits of a server, as they happen. */
function commitsOf(server: ChildProcess): Commit[] {
  const commits: Commit[] = [];
  let text = '';
  server.stderr?.on('data', (piece: Buffer) => {
    const lines = (text + piece.toString()).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const told = JSON.parse(line) as Commit & { event: string };
      if (told.event === 'committed') commits.push(told);
    }
  });
  return commits;
}

function rowOf(hosts: number, load: Load, moved: string, times: readonly MoveTime[], commits: readonly Commit[]): Row {
  const of = (values: readonly number[], share: number): number => {
    const sorted = [...values].sort((a, b) => a - b);
    return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(3));
  };
  // The commit of a move is the last one before its first new answer.
  const own = times.map(({ answeredAt }) => {
    const commit = commits.findLast(({ at }) => at <= answeredAt);
    if (commit === undefined) throw new Error('an answer was new before anything was committed');
    return { milliseconds: commit.milliseconds, after: answeredAt - commit.at };
  });
  const commit = own.map(({ milliseconds }) => milliseconds);
  const after = own.map((one) => one.after);
  return {
    hosts,
    load,
    moves: moved,
    commit50: of(commit, 0.5),
    commit99: of(commit, 0.99),
    after50: of(after, 0.5),
    after99: of(after, 0.99),
    answer50: of(
      times.map(({ answer }) => answer),
      0.5,
    ),
    reply50: of(
      times.map(({ reply }) => reply),
      0.5,
    ),
  };
}

/** The client comes before the flood on their core, or what is measured is its waiting. */
async function runClient(
  namespaces: Namespaces,
  task: { token: string; hosts: number; moves: number; all: boolean },
): Promise<MoveTime[]> {
  const whole = { ...task, dns: { host: SERVER_ADDRESS, port: 53 }, api: `http://${SERVER_ADDRESS}:8053` };
  const client = [process.execPath, join(ROOT, 'bench/move-client.ts'), JSON.stringify(whole)];
  const args = ['netns', 'exec', namespaces.load, 'nice', '-n', '-20', 'taskset', '-c', String(LOAD_CORE), ...client];
  const { stdout } = await promisify(execFile)('ip', args, { encoding: 'utf8', timeout: 600_000, maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as MoveTime[];
}

/** More queries than the server can answer, until it is killed. */
function startFlood(namespaces: Namespaces, queries: string): ChildProcess {
  const args = ['-t', '600', '-Q', String(OFFERED), '-b', '32', '-F', String(LOAD_CORE), '-i', queries, SERVER_ADDRESS];
  return spawn('ip', ['netns', 'exec', namespaces.load, 'kxdpgun', ...args], { stdio: 'ignore' });
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    server.stdout?.once('data', () => done());
    server.once('exit', (code) => fail(new Error(`steerd ended with ${code}`)));
  });
}

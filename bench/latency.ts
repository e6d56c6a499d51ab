/**
 * How long replies take at half the rate that saturates, when nothing else happens and beside reloads of a million hosts and moves, with the control threads on
 * another core than the packet workers and on the same.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { judgeLatency } from './bars.ts';
import type { LatencyLoad, LatencyTask } from './latency-load.ts';
import { commandOn, LOAD_CORE, loadCommand } from './load-process.ts';
import { machine, stolenTicks } from './machine.ts';
import type { MoverTask } from './mover.ts';
import { Namespaces, SERVER_ADDRESS } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import { whenReady } from './server-process.ts';
import { ZONE } from './workload.ts';

export interface LatencyOptions {
  readonly hosts: number;
  /** Of each measurement. */
  readonly seconds: number;
}

const ROOT = resolve(import.meta.dirname, '..');
const SERVER_CORE = '0';
const SATURATE_SECONDS = 3;
const HICCUP_SECONDS = 5;
const MOVES_PER_SECOND = 100;
/** By then a start has tidied up behind itself. */
const SETTLE_MS = 4000;
/** Between two looks whether a reload is over. */
const LOOK_MS = 2;

export type Placement = 'other core' | 'same core';
export type Beside = 'nothing' | 'reloads and moves';

/** Milliseconds. */
export interface LatencyRow {
  readonly control: Placement;
  readonly beside: Beside;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly longest: number;
  readonly lost: number;
  readonly missed: number;
  readonly reloads: number;
  readonly moves: number;
  readonly stolen: number;
}

/** @returns whether every bar was met */
export async function latencyBench(options: LatencyOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-bench-'));
  const namespaces = new Namespaces();
  const rows: LatencyRow[] = [];
  let hiccups: readonly number[] = [];
  try {
    hiccups = await waits();
    const files = writeZones(folder, options.hosts);
    for (const control of ['other core', 'same core'] as const)
      rows.push(...(await runPlacement(join(folder, control.split(' ')[0]), files, namespaces, control, options)));
  } finally {
    namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
  const text = table(
    [
      'control threads',
      'beside',
      'queries/s',
      'p50 (ms)',
      'p99',
      'p99.9',
      'longest',
      'lost',
      'missed',
      'reloads',
      'moves',
    ],
    rows.map((row) => [
      `on ${row.control === 'same core' ? 'the same core' : 'another core'}`,
      row.beside,
      String(row.perSecond),
      ms(row.p50),
      ms(row.p99),
      ms(row.p999),
      ms(row.longest),
      String(row.lost),
      String(row.missed),
      String(row.reloads),
      String(row.moves),
    ]),
  );
  const faults = judgeLatency(rows);
  const note = `Each reload changes all hosts; the next begins when one is answered from. ${MOVES_PER_SECOND} moves a second of one host each. The load shares its core with the control threads where they have another one; replies it missed came while it had not its core for too long. A thread that does nothing but look at the clock waits for its core, with nothing else running, ${hiccups.map(ms).join(' and ')} ms (p99.9, server's core and load's). Bars: ${faults.length === 0 ? 'met' : `not met: ${faults.join('; ')}`}.`;
  const title = `Latency at half the rate that saturates: ${options.hosts} steered hosts, one UDP worker, ${options.seconds} s each`;
  saveResult(
    'latency',
    { benchmark: 'latency', machine: machine(), ...options, movesPerSecond: MOVES_PER_SECOND, hiccups, rows },
    title,
    `${text}\n\n${note}`,
    'npm run bench -- latency',
  );
  return faults.length === 0;
}

/** What the machine itself makes threads wait, the server's core and the load's at once. */
function waits(): Promise<number[]> {
  const waitOn = async (core: string): Promise<number> => {
    const [command, ...args] = commandOn(core, 'hiccups.ts', String(HICCUP_SECONDS));
    const { stdout } = await promisify(execFile)(command, args);
    return Number(stdout);
  };
  return Promise.all([SERVER_CORE, LOAD_CORE].map(waitOn));
}

/** @returns zone files that differ in every host */
function writeZones(folder: string, hosts: number): string[] {
  return ['anycast', 'europe'].map((group) => {
    const file = join(folder, group);
    const lines = Array.from({ length: hosts }, (_, i) => `host${i + 1} 60 IN STEER web ${group}\n`);
    writeFileSync(file, `$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines.join('')}`);
    return file;
  });
}

async function runPlacement(
  folder: string,
  files: readonly string[],
  namespaces: Namespaces,
  control: Placement,
  { hosts, seconds }: LatencyOptions,
): Promise<LatencyRow[]> {
  const zones = join(folder, 'zones');
  mkdirSync(zones, { recursive: true });
  copyFileSync(join(ROOT, 'zones/network.yaml'), join(zones, 'network.yaml'));
  const zone = join(zones, `${ZONE}.zone`);
  put(files[0], zone);
  const cores = control === 'same core' ? SERVER_CORE : `${SERVER_CORE},${LOAD_CORE}`;
  const command = ['taskset', '-c', cores, process.execPath, join(ROOT, 'bin/steerd.mjs'), 'serve', '--json'];
  const state = join(folder, 'state');
  const server = spawn('ip', ['netns', 'exec', namespaces.server, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      STEERD_ZONES: zones,
      STEERD_STATE_DIR: state,
      STEERD_LISTEN: `${SERVER_ADDRESS}:53`,
      STEERD_API_LISTEN: `${SERVER_ADDRESS}:8053`,
      STEERD_API_RATE_LIMIT: '1000000',
      STEERD_RELOAD_WATCH: 'false',
      STEERD_LOG_FORMAT: 'json',
    },
  });
  const loads = countLoads(server);
  try {
    await whenReady(server);
    if (control === 'other core') separate(server.pid as number);
    await sleep(SETTLE_MS);
    const saturated = await ask(namespaces, hosts, 0, SATURATE_SECONDS);
    const perSecond = Math.round(saturated.replies / SATURATE_SECONDS / 2);
    const measure = async (
      beside: Beside,
      reloads: () => number,
      moves: () => Promise<number>,
    ): Promise<LatencyRow> => {
      const stolen = stolenTicks();
      const { p50, p99, p999, longest, lost, missed } = await ask(namespaces, hosts, perSecond, seconds);
      const done = { reloads: reloads(), moves: await moves(), stolen: stolenTicks() - stolen };
      const row = { control, beside, perSecond, p50, p99, p999, longest, lost, missed, ...done };
      console.log(JSON.stringify(row));
      return row;
    };
    const none = async (): Promise<number> => 0;
    const idle = await measure('nothing', () => 0, none);
    const token = readFileSync(join(state, 'operator.token'), 'utf8').trim();
    const api = `http://${SERVER_ADDRESS}:8053`;
    const mover = startMover(namespaces, { api, token, hosts, perSecond: MOVES_PER_SECOND });
    const reloading = keepReloading(server, loads, files, zone);
    const busy = await measure('reloads and moves', reloading.stop, mover.stop);
    await reloading.over;
    return [idle, busy];
  } finally {
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGTERM');
    await ended;
  }
}

/** Puts a file in the place of another, as editors do. */
function put(file: string, place: string): void {
  linkSync(file, `${place}.next`);
  renameSync(`${place}.next`, place);
}

/** Packet workers on the server's core, everything else on the load's. */
function separate(pid: number): void {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const name = readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8');
    const core = /^(udp|stream)-/.test(name) ? SERVER_CORE : LOAD_CORE;
    execFileSync('taskset', ['-pc', core, thread], { stdio: 'ignore' });
  }
}

/** Reloads, one as soon as the one before is answered from. */
function keepReloading(
  server: ChildProcess,
  loads: () => number,
  files: readonly string[],
  place: string,
): { stop: () => number; over: Promise<void> } {
  const before = loads();
  let stopped = false;
  const over = (async () => {
    for (let next = 1; !stopped; next++) {
      const seen = loads();
      put(files[next % files.length], place);
      server.kill('SIGHUP');
      while (loads() === seen && server.exitCode === null) await sleep(LOOK_MS);
    }
  })();
  return {
    stop() {
      stopped = true;
      return loads() - before;
    },
    over,
  };
}

/** Counts a server's loads, as its log tells of them. */
function countLoads(server: ChildProcess): () => number {
  let count = 0;
  let text = '';
  server.stderr?.on('data', (piece: Buffer) => {
    const lines = (text + piece.toString()).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const { event, msg } = JSON.parse(line) as { event: string; msg: string };
      if (event === 'loaded') count++;
      if (event === 'reload_refused') throw new Error(msg);
    }
  });
  return () => count;
}

async function ask(
  { load, loadPlace: place }: Namespaces,
  hosts: number,
  perSecond: number,
  seconds: number,
): Promise<LatencyLoad> {
  const task: LatencyTask = { place, hosts, perSecond, seconds };
  const command = loadCommand('latency-load.ts', JSON.stringify(task));
  const { stdout } = await promisify(execFile)('ip', ['netns', 'exec', load, ...command]);
  return JSON.parse(stdout) as LatencyLoad;
}

function startMover(namespaces: Namespaces, task: MoverTask): { stop: () => Promise<number> } {
  const command = loadCommand('mover.ts', JSON.stringify(task));
  const mover = spawn('ip', ['netns', 'exec', namespaces.load, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  mover.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  const ended = new Promise((done) => mover.once('exit', done));
  return {
    async stop() {
      mover.kill('SIGTERM');
      await ended;
      return (JSON.parse(text) as { made: number }).made;
    },
  };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

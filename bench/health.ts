/** A thousand targets checked by HTTP every second, from the core that also answers queries: are checks late, are queries lost, and what does it cost? */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cpuSeconds, machine, stolenTicks } from './machine.ts';
import { Namespaces, SERVER_ADDRESS } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import { ZONE } from './workload.ts';

export interface HealthOptions {
  readonly targets: number;
  readonly seconds: number;
}

const ROOT = resolve(import.meta.dirname, '..');
const SERVER_CORE = '0';
const LOAD_CORE = '1';
const API_PORT = 8053;
/** Queries a second; the last is far more than a core answers. */
const OFFERED = [0, 10_000, 20_000, 40_000, 400_000] as const;
/** VIPs: benchmark addresses (RFC 2544), which exist in the namespaces only. */
const VIPS = '198.18.0.0/16';

interface Row {
  /** Whether there are checks; without, for comparison. */
  readonly checks: boolean;
  readonly offered: number;
  readonly replies: number;
  /** Of those offered, in percent; undefined where more is offered than can be answered. */
  readonly lost: number | undefined;
  readonly observations: number;
  readonly discarded: number;
  readonly failed: number;
  readonly down: number;
  /** Cores used by the server. */
  readonly cpu: number;
  readonly stolen: number;
}

export async function healthBench({ targets, seconds }: HealthOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-bench-health-'));
  const namespaces = new Namespaces();
  const children: ChildProcess[] = [];
  const rows: Row[] = [];
  try {
    execFileSync('ip', ['-n', namespaces.load, 'route', 'add', 'local', VIPS, 'dev', 'lo']);
    children.push(startNginx(folder, namespaces));
    for (const checks of [false, true]) {
      const server = startServer(join(folder, String(checks)), namespaces, targets, checks);
      children.push(server);
      await untilReady(namespaces, checks ? targets : 0);
      for (const offered of OFFERED) {
        const row = await run(join(folder, String(checks)), namespaces, server.pid as number, offered, seconds);
        rows.push({ checks, ...row, down: checks ? targets - row.up : 0 });
        console.log(JSON.stringify(rows.at(-1)));
      }
      await end(server);
    }
  } finally {
    for (const child of children) await end(child);
    namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  const text = table(
    [
      'checks',
      'queries/s offered',
      'replies/s',
      'lost',
      'checks/s',
      'discarded',
      'failed',
      'targets down',
      'cores used',
      'ticks stolen',
    ],
    rows.map((row) => [
      row.checks ? 'every second' : 'none',
      String(row.offered),
      String(row.replies),
      row.lost === undefined ? '-' : `${row.lost.toFixed(3)} %`,
      String(row.observations),
      String(row.discarded),
      String(row.failed),
      String(row.down),
      row.cpu.toFixed(2),
      String(row.stolen),
    ]),
  );
  const result = { benchmark: 'health', machine: machine(), targets, seconds, rows };
  const title = `Health: ${targets} targets checked by HTTP every second, from the one core that answers queries too, ${seconds} s each`;
  saveResult('health', result, title, text, 'npm run bench -- health');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

function startNginx(folder: string, namespaces: Namespaces): ChildProcess {
  const place = join(folder, 'nginx');
  mkdirSync(place);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${place}/${name};`,
  );
  writeFileSync(
    join(place, 'nginx.conf'),
    `daemon off; worker_processes 1; user root; pid ${place}/pid; error_log ${place}/error.log;
events { worker_connections 8192; }
http { access_log off; ${paths.join(' ')} server { listen 80 backlog=4096; location / { return 200 "fine\\n"; } } }
`,
  );
  const command = ['nginx', '-p', place, '-c', join(place, 'nginx.conf'), '-e', join(place, 'error.log')];
  return spawn('ip', ['netns', 'exec', namespaces.load, 'taskset', '-c', LOAD_CORE, ...command], { stdio: 'ignore' });
}

function startServer(folder: string, namespaces: Namespaces, targets: number, checks: boolean): ChildProcess {
  const zones = join(folder, 'zones');
  mkdirSync(zones, { recursive: true });
  const page = checks ? ', checks: { page: { type: http, interval: 1s, path: /healthz } }' : '';
  const numbers = Array.from({ length: targets }, (_, i) => i + 1);
  const services = numbers.map((i) => `  s${i}: { vips: { all: { ipv4: 198.18.${i >> 8}.${i & 255} } }${page} }`);
  writeFileSync(
    join(zones, 'network.yaml'),
    `sites: { a: { country: CH } }\ngroups: { all: { routing: anycast, prefixes: { ipv4: ${VIPS} } } }\nservices:\n${services.join('\n')}\n`,
  );
  const hosts = numbers.map((i) => `host${i} 60 IN STEER s${i} all`);
  writeFileSync(join(zones, `${ZONE}.zone`), `$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n${hosts.join('\n')}\n`);
  writeFileSync(join(folder, 'queries'), numbers.map((i) => `host${i}.${ZONE}. A\n`).join(''));
  const command = [process.execPath, join(ROOT, 'bin/steerd.mjs'), 'serve', '--json'];
  // ip, taskset and the server replace each other in one process, so its pid is the server's.
  return spawn('ip', ['netns', 'exec', namespaces.server, 'taskset', '-c', SERVER_CORE, ...command], {
    stdio: 'ignore',
    env: {
      ...process.env,
      STEERD_ZONES: zones,
      STEERD_STATE_DIR: join(folder, 'state'),
      STEERD_LISTEN: `${SERVER_ADDRESS}:53`,
      STEERD_API_LISTEN: `127.0.0.1:${API_PORT}`,
      STEERD_RELOAD_WATCH: 'false',
      STEERD_LOG_LEVEL: 'error',
    },
  });
}

/** Sums of metrics by name and labels. */
function scrape(namespaces: Namespaces): (pattern: RegExp) => number {
  const url = `http://127.0.0.1:${API_PORT}/metrics`;
  const text = execFileSync('ip', ['netns', 'exec', namespaces.server, 'curl', '-s', url], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return (pattern) =>
    text
      .split('\n')
      .filter((line) => pattern.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Waits until it answers, and so many targets are up. */
async function untilReady(namespaces: Namespaces, targets: number): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    try {
      if (scrape(namespaces)(/^steerd_target_state\{.*state="up"/) === targets) return;
    } catch {
      // Not there yet.
    }
    await sleep(500);
  }
  throw new Error('the targets do not come up');
}

async function run(
  folder: string,
  namespaces: Namespaces,
  pid: number,
  offered: number,
  seconds: number,
): Promise<Omit<Row, 'checks' | 'down'> & { readonly up: number }> {
  const before = scrape(namespaces);
  const [cpu, stolen, began] = [cpuSeconds(pid), stolenTicks(), performance.now()];
  const output =
    offered === 0 ? await sleep(seconds * 1000).then(() => '') : await flood(folder, namespaces, offered, seconds);
  const took = (performance.now() - began) / 1000;
  const used = (cpuSeconds(pid) - cpu) / took;
  const ticks = stolenTicks() - stolen;
  const after = scrape(namespaces);
  const grown = (pattern: RegExp): number => after(pattern) - before(pattern);
  const sent = Number(/total queries:\s+(\d+)/.exec(output)?.[1] ?? 0);
  const replies = Number(/total replies:\s+(\d+)/.exec(output)?.[1] ?? 0);
  return {
    offered,
    replies: Math.round(replies / seconds),
    lost: offered === 0 || offered === OFFERED[OFFERED.length - 1] ? undefined : ((sent - replies) / sent) * 100,
    observations: Math.round(grown(/^steerd_checks_total/) / took),
    discarded: grown(/^steerd_checks_discarded_total/),
    failed: grown(/^steerd_checks_total\{.*result="failed"/),
    up: after(/^steerd_target_state\{.*state="up"/),
    cpu: used,
    stolen: ticks,
  };
}

function flood(folder: string, namespaces: Namespaces, offered: number, seconds: number): Promise<string> {
  const args = [
    '-t',
    String(seconds),
    '-Q',
    String(offered),
    '-b',
    '16',
    '-F',
    LOAD_CORE,
    '-i',
    join(folder, 'queries'),
  ];
  const child = spawn('ip', ['netns', 'exec', namespaces.load, 'kxdpgun', ...args, SERVER_ADDRESS], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  return new Promise((done) => child.once('exit', () => done(output)));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

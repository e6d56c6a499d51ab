/** Dynamic updates of many clients beside queries: how many a second are stored and answered, and how long each takes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseName } from '../src/wire/name.ts';
import { UdpClient } from '../test/support/ask.ts';
import { freePort } from '../test/support/peers.ts';
import { UpdateClient } from '../test/support/update-client.ts';
import { cpuSeconds, machine, stolenTicks } from './machine.ts';
import { saveResult, table } from './results.ts';
import { ZONE } from './workload.ts';

export interface UpdatesOptions {
  readonly seconds: number;
  /** Steered hosts in the zone that is updated. */
  readonly hosts: readonly number[];
}

const ROOT = resolve(import.meta.dirname, '..');
const SERVER_CORE = '0';
const LOAD_CORE = '1';
const CLIENTS = 64;
/** Queries a second beside. */
const OFFERED = [0, 10_000, 40_000] as const;
const SECRET = Buffer.alloc(32, 9);
const KEY = { name: parseName('acme'), algorithm: 'hmac-sha256', secret: SECRET } as const;
const WARM_MS = 2000;

interface Row {
  readonly hosts: number;
  readonly offered: number;
  readonly updates: number;
  readonly median: number;
  readonly p99: number;
  readonly replies: number;
  readonly lost: number | undefined;
  readonly cpu: number;
  readonly stolen: number;
}

export async function updatesBench({ seconds, hosts }: UpdatesOptions): Promise<void> {
  const rows: Row[] = [];
  for (const count of hosts) {
    const folder = mkdtempSync(join(tmpdir(), 'steerd-bench-updates-'));
    const port = await freePort();
    const server = start(folder, port, count);
    try {
      await untilReady(port);
      for (const offered of OFFERED) {
        const row = { hosts: count, ...(await run(folder, port, server.pid as number, offered, seconds)) };
        rows.push(row);
        console.log(JSON.stringify(row));
      }
    } finally {
      await end(server);
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const text = table(
    [
      'steered hosts',
      'queries/s offered',
      'updates/s',
      'median ms',
      'p99 ms',
      'replies/s',
      'lost',
      'cores used',
      'ticks stolen',
    ],
    rows.map((row) => [
      String(row.hosts),
      String(row.offered),
      String(row.updates),
      row.median.toFixed(1),
      row.p99.toFixed(1),
      String(row.replies),
      row.lost === undefined ? '-' : `${row.lost.toFixed(3)} %`,
      row.cpu.toFixed(2),
      String(row.stolen),
    ]),
  );
  const result = { benchmark: 'updates', machine: machine(), clients: CLIENTS, seconds, rows };
  const title = `Updates: ${CLIENTS} clients, each with one update at a time, synced to the disk and answered before NOERROR, ${seconds} s each`;
  saveResult('updates', result, title, text, 'npm run bench -- updates');
}

function start(folder: string, port: number, hosts: number): ChildProcess {
  const zones = join(folder, 'zones');
  mkdirSync(zones);
  writeFileSync(
    join(zones, 'network.yaml'),
    'sites: { a: { country: CH } }\ngroups: { all: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } } }\nservices: { web: { vips: { all: { ipv4: 192.0.2.64 } } } }\n',
  );
  const lines = Array.from({ length: hosts }, (_, i) => `host${i} 60 IN STEER web all\n`).join('');
  writeFileSync(join(zones, `${ZONE}.zone`), `$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines}`);
  writeFileSync(
    join(folder, 'queries'),
    Array.from({ length: 1000 }, (_, i) => `host${i % hosts}.${ZONE}. A\n`).join(''),
  );
  writeFileSync(
    join(folder, 'acme.key'),
    `key "acme" { algorithm hmac-sha256; secret "${SECRET.toString('base64')}"; };\n`,
    { mode: 0o600 },
  );
  writeFileSync(
    join(folder, 'steerd.yaml'),
    "tsig: { key_files: [./acme.key] }\nupdate: { allow: [{ keys: [acme], names: ['_acme-challenge.*'] }] }\n",
  );
  const command = [
    process.execPath,
    join(ROOT, 'bin/steerd.mjs'),
    'serve',
    '--json',
    '--config',
    join(folder, 'steerd.yaml'),
  ];
  return spawn('taskset', ['-c', SERVER_CORE, ...command], {
    stdio: 'ignore',
    env: {
      ...process.env,
      STEERD_ZONES: zones,
      STEERD_STATE_DIR: join(folder, 'state'),
      STEERD_LISTEN: `127.0.0.1:${port}`,
      STEERD_API_ENABLED: 'false',
      STEERD_RELOAD_WATCH: 'false',
      STEERD_LOG_LEVEL: 'error',
    },
  });
}

async function run(
  folder: string,
  port: number,
  pid: number,
  offered: number,
  seconds: number,
): Promise<Omit<Row, 'hosts'>> {
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, i) => UpdateClient.open(port, KEY, `${ZONE}.`, i * 1000)),
  );
  let running = true;
  let counting = false;
  const took: number[] = [];
  // Each proves its names, one after another, as an ACME client: a record comes, and goes again.
  const streams = clients.map(async (client, i) => {
    for (let n = 0; running; n++) {
      const sent = {
        owner: `_acme-challenge.host${(i * 16 + (n >> 1)) % 1024}.${ZONE}.`,
        text: `${i}-${n >> 1}`,
        isDelete: n % 2 === 1,
      };
      const began = performance.now();
      const rcode = await client.send(sent);
      if (rcode !== 0) throw new Error(`an update got RCODE ${rcode}`);
      if (counting) took.push(performance.now() - began);
    }
    client.close();
  });
  await sleep(WARM_MS);
  const [cpu, stolen, began] = [cpuSeconds(pid), stolenTicks(), performance.now()];
  counting = true;
  const output =
    offered === 0 ? await sleep(seconds * 1000).then(() => '') : await flood(folder, port, offered, seconds);
  counting = false;
  const elapsed = (performance.now() - began) / 1000;
  const used = (cpuSeconds(pid) - cpu) / elapsed;
  const ticks = stolenTicks() - stolen;
  running = false;
  await Promise.all(streams);
  took.sort((a, b) => a - b);
  const sent = Number(/Queries sent:\s+(\d+)/.exec(output)?.[1] ?? 0);
  const replies = Number(/Queries completed:\s+(\d+)/.exec(output)?.[1] ?? 0);
  return {
    offered,
    updates: Math.round(took.length / elapsed),
    median: took[took.length >> 1] ?? 0,
    p99: took[Math.floor(took.length * 0.99)] ?? 0,
    replies: Math.round(replies / elapsed),
    lost: offered === 0 ? undefined : ((sent - replies) / sent) * 100,
    cpu: used,
    stolen: ticks,
  };
}

function flood(folder: string, port: number, rate: number, seconds: number): Promise<string> {
  const args = ['-s', '127.0.0.1', '-p', String(port), '-d', join(folder, 'queries'), '-l', String(seconds)];
  const child = spawn('taskset', ['-c', LOAD_CORE, 'dnsperf', ...args, '-Q', String(rate), '-c', '8'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  return new Promise((done) => child.once('close', () => done(output)));
}

async function untilReady(port: number): Promise<void> {
  const client = await UdpClient.open();
  try {
    for (let tries = 0; tries < 240; tries++) {
      const answer = await client.ask({ host: '127.0.0.1', port }, `host0.${ZONE}`, 1).catch(() => undefined);
      if (answer !== undefined && answer.addresses.length > 0) return;
      await sleep(250);
    }
  } finally {
    client.close();
  }
  throw new Error('the server does not come up');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

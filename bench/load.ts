/** A million steered hosts: time until the server answers, memory, and one host edited. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UdpClient } from '../test/support/ask.ts';
import { machine, median, memory } from './machine.ts';
import { saveResult, table } from './results.ts';
import { ZONE } from './workload.ts';

export interface LoadOptions {
  readonly hosts: number;
  readonly rounds: number;
}

type Format = 'text' | 'yaml';

const ROOT = resolve(import.meta.dirname, '..');
const GROUPS = ['anycast', 'europe', 'switzerland'];
const TYPE_A = 1;

interface Figures {
  readonly ready: number;
  readonly resident: number;
  readonly edit: number;
  readonly peak: number;
}

export async function load(options: LoadOptions): Promise<void> {
  const rows: { format: Format; readySeconds: number; residentMiB: number; editSeconds: number; peakMiB: number }[] =
    [];
  const folder = mkdtempSync(join(tmpdir(), 'steerd-load-'));
  try {
    const rounds = new Map<Format, Figures[]>([
      ['text', []],
      ['yaml', []],
    ]);
    for (let r = 0; r < options.rounds; r++) {
      for (const [format, list] of rounds) {
        const figures = await runLoad(join(folder, `${format}-${r}`), format, options.hosts);
        list.push(figures);
        console.log(
          `round ${r + 1} ${format}: ready ${figures.ready.toFixed(2)} s, ${figures.resident} MiB; edit ${figures.edit.toFixed(2)} s, peak ${figures.peak} MiB`,
        );
      }
    }
    for (const [format, list] of rounds) {
      const of = (key: keyof Figures): number => Number(median(list.map((x) => x[key])).toFixed(2));
      rows.push({
        format,
        readySeconds: of('ready'),
        residentMiB: of('resident'),
        editSeconds: of('edit'),
        peakMiB: of('peak'),
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const text = table(
    ['zone file', 'ready (s)', 'resident (MiB)', 'one host edited: new answer after (s)', 'peak while reloading (MiB)'],
    rows.map((row) => [
      row.format,
      row.readySeconds.toFixed(2),
      String(row.residentMiB),
      row.editSeconds.toFixed(2),
      String(row.peakMiB),
    ]),
  );
  const title = `Loading ${options.hosts} steered hosts: one UDP and one stream worker, median of ${options.rounds}`;
  saveResult('load', { benchmark: 'load', machine: machine(), ...options, rows }, title, text, 'npm run bench -- load');
}

async function runLoad(folder: string, format: Format, hosts: number): Promise<Figures> {
  mkdirSync(folder);
  copyFileSync(join(ROOT, 'zones/network.yaml'), join(folder, 'network.yaml'));
  const file = join(folder, format === 'text' ? `${ZONE}.zone` : `${ZONE}.yaml`);
  writeZone(file, format, hosts, -1);
  const began = performance.now();
  const server = spawn(process.execPath, [join(ROOT, 'bin/steerd.mjs'), 'serve', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      STEERD_ZONES: folder,
      STEERD_STATE_DIR: join(folder, 'state'),
      STEERD_LISTEN: '127.0.0.1:0',
      STEERD_API_LISTEN: '127.0.0.1:0',
      STEERD_LOG_LEVEL: 'error',
    },
  });
  const client = await UdpClient.open();
  try {
    const address = await readyLine(server);
    const ready = (performance.now() - began) / 1000;
    const { resident } = memory(server.pid as number);
    const host = hosts >> 1;
    const before = (await client.ask(address, `host${host}.${ZONE}`, TYPE_A)).addresses[0];
    writeZone(`${file}.next`, format, hosts, host);
    const edited = performance.now();
    renameSync(`${file}.next`, file);
    while ((await client.ask(address, `host${host}.${ZONE}`, TYPE_A)).addresses[0] === before) {
      await new Promise((again) => setTimeout(again, 5));
    }
    const edit = (performance.now() - edited) / 1000;
    return { ready, resident, edit, peak: memory(server.pid as number).peak };
  } finally {
    client.close();
    const ended = new Promise((resolveEnd) => server.once('exit', resolveEnd));
    server.kill('SIGTERM');
    await ended;
  }
}

/** Where the server listens, once it says that it is ready. */
function readyLine(server: ChildProcess): Promise<{ host: string; port: number }> {
  return new Promise((resolveLine, reject) => {
    let text = '';
    server.stdout?.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (text.includes('\n'))
        resolveLine((JSON.parse(text) as { listen: { host: string; port: number }[] }).listen[0]);
    });
    server.once('exit', (code) => reject(new Error(`steerd ended with ${code}`)));
  });
}

/** @param moved host to put into the next group */
function writeZone(file: string, format: Format, hosts: number, moved: number): void {
  const fd = openSync(file, 'w');
  let text =
    format === 'text'
      ? '$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n'
      : "'': { type: NS, value: ns1 }\nns1: { type: A, value: 192.0.2.53 }\n";
  for (let i = 1; i <= hosts; i++) {
    const group = GROUPS[(i + (i === moved ? 1 : 0)) % GROUPS.length];
    text +=
      format === 'text'
        ? `host${i} 60 IN STEER web ${group}\n`
        : `host${i}:\n  type: STEER\n  service: web\n  group: ${group}\n  ttl: 60\n`;
    if (text.length > 1 << 20) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
  closeSync(fd);
}

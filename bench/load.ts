/** A million steered hosts: time until the server answers, memory, one host edited, all of them, and one host a hundred times. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UdpClient } from '../test/support/ask.ts';
import { judgeLoad } from './bars.ts';
import { forgetPeak, machine, median, memory } from './machine.ts';
import { saveResult, table } from './results.ts';
import { whenReady } from './server-process.ts';
import { ZONE } from './workload.ts';

export interface LoadOptions {
  readonly hosts: number;
  readonly rounds: number;
  readonly formats: readonly Format[];
  /** Reloads of one changed host, one after another. */
  readonly reloads: number;
}

export type Format = 'text' | 'yaml';
export const FORMATS: readonly Format[] = ['text', 'yaml'];

const ROOT = resolve(import.meta.dirname, '..');
const GROUPS = ['anycast', 'europe', 'switzerland'];
const TYPE_A = 1;
/** By then a start or a reload has tidied up behind itself, and names of hosts are in the store. */
const SETTLE_MS = 5000;

/** Seconds and MiB. */
export interface LoadFigures {
  readonly ready: number;
  /** When nothing happens, and while starting. */
  readonly resident: number;
  readonly startPeak: number;
  /** One host edited: until its new answer. */
  readonly edit: number;
  /** All hosts edited: until the new answer of the last, the peak, and what stays. */
  readonly whole: number;
  readonly wholePeak: number;
  readonly wholeResident: number;
  /** What stays after many edits of one host more than before them, and the peak of them. */
  readonly growth: number;
  readonly editsPeak: number;
}

export async function load(options: LoadOptions): Promise<void> {
  const rows: ({ readonly format: Format } & LoadFigures)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'steerd-load-'));
  try {
    // The first start of another version compiles its code, and keeps it for the next.
    await runLoad(join(folder, 'first'), 'text', { hosts: 10, reloads: 0, settle: 500 });
    const rounds = new Map<Format, LoadFigures[]>(options.formats.map((format) => [format, []]));
    for (let r = 0; r < options.rounds; r++) {
      for (const [format, list] of rounds) {
        const figures = await runLoad(join(folder, `${format}-${r}`), format, { ...options, settle: SETTLE_MS });
        list.push(figures);
        console.log(`round ${r + 1} ${format}: ${JSON.stringify(figures)}`);
      }
    }
    for (const [format, list] of rounds) {
      const of = (key: keyof LoadFigures): number => Number(median(list.map((x) => x[key])).toFixed(2));
      rows.push({
        format,
        ready: of('ready'),
        resident: of('resident'),
        startPeak: of('startPeak'),
        edit: of('edit'),
        whole: of('whole'),
        wholePeak: of('wholePeak'),
        wholeResident: of('wholeResident'),
        growth: of('growth'),
        editsPeak: of('editsPeak'),
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const text = table(
    [
      'zone file',
      'ready (s)',
      'resident, peak of the start (MiB)',
      'one host edited: new answer after (s)',
      'all hosts edited: new answers after (s), peak, resident after (MiB)',
      `${options.reloads} × one host edited: resident, peak (MiB)`,
      'bars',
    ],
    rows.map((row) => [
      row.format,
      row.ready.toFixed(2),
      `${row.resident}, ${row.startPeak}`,
      row.edit.toFixed(2),
      `${row.whole.toFixed(2)}, ${row.wholePeak}, ${row.wholeResident}`,
      `${row.growth >= 0 ? '+' : ''}${row.growth}, ${row.editsPeak}`,
      judgeLoad(row.format, row).join('; ') || 'met',
    ]),
  );
  const title = `Loading ${options.hosts} steered hosts: one UDP and one stream worker, API on, median of ${options.rounds}`;
  const result = { benchmark: 'load', machine: machine(), ...options, rows };
  saveResult('load', result, title, text, 'npm run bench -- load');
}

async function runLoad(
  folder: string,
  format: Format,
  { hosts, reloads, settle }: Pick<LoadOptions, 'hosts' | 'reloads'> & { readonly settle: number },
): Promise<LoadFigures> {
  mkdirSync(folder);
  copyFileSync(join(ROOT, 'zones/network.yaml'), join(folder, 'network.yaml'));
  const zone = new ZoneFile(join(folder, format === 'text' ? `${ZONE}.zone` : `${ZONE}.yaml`), format, hosts);
  zone.write();
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
  const pid = server.pid as number;
  const client = await UdpClient.open();
  try {
    const address = await whenReady(server);
    const ready = (performance.now() - began) / 1000;
    const answer = async (host: number): Promise<string> =>
      (await client.ask(address, `host${host}.${ZONE}`, TYPE_A)).addresses[0];
    /** Puts the file in place. @returns seconds until the host is answered otherwise than before */
    const edited = async (host: number): Promise<number> => {
      const before = await answer(host);
      const from = performance.now();
      zone.write();
      while ((await answer(host)) === before) await sleep(5);
      return (performance.now() - from) / 1000;
    };
    const settled = async (): Promise<{ resident: number; peak: number }> => {
      await sleep(settle);
      const seen = memory(pid);
      forgetPeak(pid);
      return seen;
    };
    const start = await settled();
    zone.turn(hosts >> 1);
    const edit = await edited(hosts >> 1);
    await settled();
    for (let i = 1; i <= hosts; i++) zone.turn(i);
    const whole = await edited(hosts);
    const wholly = await settled();
    for (let i = 0; i < reloads; i++) {
      const host = 1 + Math.floor((i * hosts) / reloads);
      zone.turn(host);
      await edited(host);
    }
    const many = await settled();
    return {
      ready,
      resident: start.resident,
      startPeak: start.peak,
      edit,
      whole,
      wholePeak: wholly.peak,
      wholeResident: wholly.resident,
      growth: many.resident - wholly.resident,
      editsPeak: many.peak,
    };
  } finally {
    client.close();
    const ended = new Promise((resolveEnd) => server.once('exit', resolveEnd));
    server.kill('SIGTERM');
    await ended;
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolveSleep) => setTimeout(resolveSleep, milliseconds));
}

/** The zone file: made once, changed in place, put where the server looks as editors do. */
class ZoneFile {
  readonly #file: string;
  readonly #octets: Buffer;
  /** By host where its group stands. Groups take the same room: shorter ones have spaces behind. */
  readonly #groupAt: Uint32Array;
  readonly #group: Uint8Array;

  constructor(file: string, format: Format, hosts: number) {
    this.#file = file;
    this.#groupAt = new Uint32Array(hosts + 1);
    this.#group = new Uint8Array(hosts + 1);
    const head =
      format === 'text'
        ? '$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n'
        : "'': { type: NS, value: ns1 }\nns1: { type: A, value: 192.0.2.53 }\n";
    const room = Math.max(...GROUPS.map((group) => group.length));
    const pieces = [head];
    let at = head.length;
    for (let i = 1; i <= hosts; i++) {
      const group = i % GROUPS.length;
      const [before, after] =
        format === 'text'
          ? [`host${i} 60 IN STEER web `, '\n']
          : [`host${i}:\n  type: STEER\n  service: web\n  group: `, '\n  ttl: 60\n'];
      const line = before + GROUPS[group].padEnd(room) + after;
      this.#groupAt[i] = at + before.length;
      this.#group[i] = group;
      pieces.push(line);
      at += line.length;
    }
    this.#octets = Buffer.from(pieces.join(''));
  }

  /** Puts a host into the next group. */
  turn(host: number): void {
    const next = (this.#group[host] + 1) % GROUPS.length;
    this.#group[host] = next;
    const room = Math.max(...GROUPS.map((group) => group.length));
    this.#octets.write(GROUPS[next].padEnd(room), this.#groupAt[host]);
  }

  write(): void {
    writeFileSync(`${this.#file}.next`, this.#octets);
    renameSync(`${this.#file}.next`, this.#file);
  }
}

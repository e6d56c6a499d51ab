/**
 * What signing costs (docs/dnssec.md): signed answers whose signatures are there beside the same unsigned; names that nobody has asked for before, beside Knot's mod-onlinesign; and what a flood of
 * made-up names does to those who ask for what is signed. Server and load on a core each, as in `throughput`.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Contender, endContender, startContender } from './contenders/contender.ts';
import { knotOnlineSign } from './contenders/knot.ts';
import { steerdSigned } from './contenders/steerd.ts';
import { askUntilRight } from './generators.ts';
import { cpuSeconds, machine, median } from './machine.ts';
import { Namespaces, SERVER_ADDRESS } from './namespaces.ts';
import { saveResult, table } from './results.ts';
import { type Content, ZONE } from './workload.ts';

const LOAD_CORE = '1';
const HOSTS = 1000;
/** Octets of text that make an unsigned answer as long as a signed address: signature, its record's head, and the signer's name. */
const TEXT = 'x'.repeat(123);
const CONTENT: Content = {
  hosts: HOSTS,
  wildcard: false,
  records: Array.from({ length: HOSTS }, (_, i) => `text${i + 1} TXT "${TEXT}"`),
  networks: [],
};
/** More than any server answers of what it knows; and of what must be signed, somewhat more than a core signs, and far more. */
const SATURATING = 600_000;
const COLD = [25_000, 60_000] as const;
const FLOOD = 60_000;
/** kxdpgun takes what comes to ports from 2000 on. */
const LOCAL_PORT = '1053';
/** Who floods is of another network than who asks. */
const FLOOD_SOURCES = '10.60.7.0/24';
const PACED = 2000;

export interface SigningOptions {
  readonly rounds: number;
  readonly seconds: number;
}

interface Load {
  readonly replies: number;
  readonly perSecond: number;
  readonly microseconds: number;
}

const KINDS = [
  { id: 'unsigned', title: 'A, unsigned', line: (i: number) => `host${i}.${ZONE}. A E` },
  { id: 'long', title: 'TXT as long as a signed A, unsigned', line: (i: number) => `text${i}.${ZONE}. TXT E` },
  { id: 'signed', title: 'A, signed', line: (i: number) => `host${i}.${ZONE}. A D` },
] as const;

export async function signingBench(options: SigningOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-bench-'));
  const namespaces = new Namespaces();
  try {
    const bench = new SigningBench(folder, namespaces, options);
    const warm = await bench.warm();
    const cold = await bench.cold();
    const paced = await bench.flood();
    report(options, warm, cold, paced);
  } finally {
    namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

class SigningBench {
  readonly #folder: string;
  readonly #namespaces: Namespaces;
  readonly #options: SigningOptions;
  #names = 0;

  constructor(folder: string, namespaces: Namespaces, options: SigningOptions) {
    this.#folder = folder;
    this.#namespaces = namespaces;
    this.#options = options;
  }

  /** By kind, of each round. */
  async warm(): Promise<Record<string, Load[]>> {
    const files = KINDS.map(({ id, line }) =>
      this.#write(
        id,
        Array.from({ length: HOSTS }, (_, i) => line(i + 1)),
      ),
    );
    const loads: Record<string, Load[]> = Object.fromEntries(KINDS.map(({ id }) => [id, []]));
    await this.#with(steerdSigned, async (server) => {
      // Long enough for the engine to have made all of it fast.
      for (const file of files) await this.#load(server, file, SATURATING, 3);
      for (let round = 0; round < this.#options.rounds; round++)
        for (const [i, { id }] of KINDS.entries())
          loads[id].push(await this.#load(server, files[i], SATURATING, this.#options.seconds));
    });
    return loads;
  }

  /** By server and rate offered. */
  async cold(): Promise<Record<string, Load[]>> {
    const loads: Record<string, Load[]> = {};
    for (let round = 0; round < this.#options.rounds; round++)
      for (const contender of [steerdSigned, knotOnlineSign]) {
        if (contender.version === undefined) continue;
        await this.#with(contender, async (server) => {
          await this.#load(server, this.#madeUp(20_000), 20_000, 1);
          for (const rate of COLD) {
            const load = await this.#load(
              server,
              this.#madeUp(rate * this.#options.seconds),
              rate,
              this.#options.seconds,
            );
            loads[`${contender.id} ${rate}`] = [...(loads[`${contender.id} ${rate}`] ?? []), load];
          }
        });
      }
    return loads;
  }

  /** Answers that are signed, asked for at a steady rate: alone, and in a flood of made-up names. */
  async flood(): Promise<{ alone: Paced[]; flooded: Paced[] }> {
    const alone: Paced[] = [];
    const flooded: Paced[] = [];
    const { seconds, rounds } = this.#options;
    await this.#with(steerdSigned, async (server) => {
      const file = this.#write(
        'paced',
        Array.from({ length: HOSTS }, (_, i) => `host${i + 1}.${ZONE} A`),
      );
      const hosts = this.#write(
        'hosts',
        Array.from({ length: HOSTS }, (_, i) => KINDS[2].line(i + 1)),
      );
      await this.#load(server, hosts, 20_000, 1);
      await this.#paced(file, 1);
      for (let round = 0; round < rounds; round++) {
        alone.push(await this.#paced(file, seconds));
        const names = this.#madeUp(FLOOD * (seconds + 2));
        const attack = this.#load(server, names, FLOOD, seconds + 2, ['-l', FLOOD_SOURCES]);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        flooded.push(await this.#paced(file, seconds));
        await attack;
      }
    });
    return { alone, flooded };
  }

  async #with(contender: Contender, run: (server: ChildProcess) => Promise<void>): Promise<void> {
    const folder = join(this.#folder, `${contender.id}-${this.#names++}`);
    const server = startContender(contender, folder, this.#namespaces.server, CONTENT);
    try {
      await askUntilRight(this.#namespaces, CONTENT, contender.name);
      await run(server);
    } finally {
      await endContender(server);
    }
  }

  #write(name: string, lines: readonly string[]): string {
    const file = join(this.#folder, `questions-${name}`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  /** Names that nobody has asked for. */
  #madeUp(count: number): string {
    const run = this.#names++;
    return this.#write(
      `made-up-${run}`,
      Array.from({ length: count }, (_, i) => `r${run}-${i.toString(36)}.${ZONE}. A D`),
    );
  }

  async #load(
    server: ChildProcess,
    questions: string,
    rate: number,
    seconds: number,
    more: readonly string[] = [],
  ): Promise<Load> {
    const pid = server.pid as number;
    const before = cpuSeconds(pid);
    const args = ['-t', String(seconds), '-Q', String(rate), '-b', '32', '-F', LOAD_CORE, ...more, '-i', questions];
    const output = await this.#inside('kxdpgun', [...args, SERVER_ADDRESS]);
    const replies = figure(output, /total replies:\s+(\d+)/);
    const cpu = cpuSeconds(pid) - before;
    return { replies, perSecond: replies / seconds, microseconds: (cpu / replies) * 1e6 };
  }

  async #paced(questions: string, seconds: number): Promise<Paced> {
    const server = ['-s', SERVER_ADDRESS, '-x', LOCAL_PORT, '-c', '1', '-T', '1', '-t', '1'];
    const asked = ['-d', questions, '-D', '-l', String(seconds), '-Q', String(PACED), '-q', String(PACED)];
    // Before the flood on their core, or what is measured is its waiting.
    const nice = ['-n', '-20', 'taskset', '-c', LOAD_CORE, 'dnsperf'];
    const output = await this.#inside('nice', [...nice, ...server, ...asked]);
    return {
      answered: figure(output, /Queries completed:\s+(\d+)/),
      lost: figure(output, /Queries lost:\s+(\d+)/),
      average: figure(output, /Average Latency \(s\):\s+([\d.]+)/) * 1e6,
      longest: figure(output, /max ([\d.]+)\)/) * 1e6,
    };
  }

  async #inside(command: string, args: readonly string[]): Promise<string> {
    const all = ['netns', 'exec', this.#namespaces.load, command, ...args];
    const { stdout, stderr } = await promisify(execFile)('ip', all, { maxBuffer: 1 << 26 });
    return `${stdout}${stderr}`;
  }
}

/** Times in microseconds. */
interface Paced {
  readonly answered: number;
  readonly lost: number;
  readonly average: number;
  readonly longest: number;
}

function figure(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? 0);
}

const of = (loads: readonly Load[] | undefined, key: keyof Load): number =>
  median((loads ?? []).map((load) => load[key]));

function report(
  options: SigningOptions,
  warm: Record<string, Load[]>,
  cold: Record<string, Load[]>,
  { alone, flooded }: { alone: Paced[]; flooded: Paced[] },
): void {
  const ratio = median(warm.signed.map((load, i) => load.microseconds / warm.long[i].microseconds));
  const round = (value: number): string => String(Math.round(value));
  const warmTable = table(
    ['answer', 'replies/s', 'CPU µs/reply'],
    KINDS.map(({ id, title }) => [title, round(of(warm[id], 'perSecond')), of(warm[id], 'microseconds').toFixed(2)]),
  );
  const coldTable = table(
    ['server', 'asked a second', 'replies/s', 'CPU µs/reply'],
    [steerdSigned, knotOnlineSign]
      .filter(({ version }) => version !== undefined)
      .flatMap(({ id, name, version }) =>
        COLD.map((rate) => {
          const loads = cold[`${id} ${rate}`];
          return [
            `${name} ${version}`,
            String(rate),
            round(of(loads, 'perSecond')),
            of(loads, 'microseconds').toFixed(1),
          ];
        }),
      ),
  );
  const paced = (rows: readonly Paced[], key: keyof Paced): string => round(median(rows.map((row) => row[key])));
  const floodTable = table(
    ['beside', 'answered', 'lost', 'average µs', 'longest µs'],
    [
      ['nothing', alone],
      [`${FLOOD} made-up names a second`, flooded],
    ].map(([title, rows]) => [
      title as string,
      ...(['answered', 'lost', 'average', 'longest'] as const).map((key) => paced(rows as readonly Paced[], key)),
    ]),
  );
  const text = [
    `*Signatures are there (ECDSA P-256).* A signed answer costs ${ratio.toFixed(2)} × the CPU of an unsigned one of its size; the bar is 1.3.`,
    warmTable,
    '*Names nobody has asked for before (DO): each is signed.*',
    coldTable,
    `*Signed answers at ${PACED} queries a second.*`,
    floodTable,
  ].join('\n\n');
  saveResult(
    'signing',
    { benchmark: 'signing', machine: machine(), ...options, ratio, warm, cold, alone, flooded },
    'Signing, on one core',
    text,
    'npm run bench -- signing',
  );
}

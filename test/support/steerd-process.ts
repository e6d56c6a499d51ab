/** The real program in a directory of its own: `node bin/steerd.mjs serve`, as an operator runs it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'bin/steerd.mjs');

/** The example network and a zone of it: what most scenarios start from. */
export const EXAMPLE = join(ROOT, 'zones');

export interface Workplace {
  readonly folder: string;
  readonly zones: string;
  readonly state: string;
}

/** A fresh directory with a copy of the example's files, or with just the network. */
export function workplace(files: 'example' | 'network' = 'example'): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-scenario-'));
  const zones = join(folder, 'zones');
  if (files === 'example') cpSync(EXAMPLE, zones, { recursive: true });
  else {
    mkdirSync(zones);
    cpSync(join(EXAMPLE, 'network.yaml'), join(zones, 'network.yaml'));
  }
  return { folder, zones, state: join(folder, 'state') };
}

export function remove(place: Workplace): void {
  rmSync(place.folder, { recursive: true, force: true });
}

/** Writes beside and renames, as editors do. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

export function editFile(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`the edit of ${path} changed nothing`);
  replaceFile(path, after);
}

function environment(place: Workplace, extra: Record<string, string>): NodeJS.ProcessEnv {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('STEERD_')));
  return {
    ...clean,
    STEERD_ZONES: place.zones,
    STEERD_STATE_DIR: place.state,
    STEERD_LISTEN: '127.0.0.1:0',
    STEERD_API_LISTEN: '127.0.0.1:0',
    STEERD_LOG_FORMAT: 'json',
    ...extra,
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function steerd(place: Workplace, args: readonly string[], env: Record<string, string> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: place.folder,
    env: environment(place, env),
    encoding: 'utf8',
    timeout: 240_000,
  });
  return { status, stdout, stderr };
}

export interface LogLine {
  readonly event: string;
  readonly msg: string;
  readonly detail?: string;
}

export class SteerdProcess {
  readonly pid: number;
  readonly addresses: readonly Address[];
  /** Where the HTTP API listens. */
  readonly api: readonly Address[];
  /** Where DNS over TLS and over HTTPS listen. */
  readonly dot: readonly Address[];
  readonly doh: readonly Address[];
  readonly milliseconds: number;
  readonly #child: ChildProcess;
  readonly #output: { stderr: string };

  private constructor(
    child: ChildProcess,
    ready: { listen: Address[]; api?: Address[]; dot?: Address[]; doh?: Address[]; milliseconds: number },
    output: { stderr: string },
  ) {
    this.#child = child;
    this.pid = child.pid as number;
    this.addresses = ready.listen;
    this.api = ready.api ?? [];
    this.dot = ready.dot ?? [];
    this.doh = ready.doh ?? [];
    this.milliseconds = ready.milliseconds;
    this.#output = output;
  }

  /** Starts it and returns when it says that it is ready. @param inside command to run it in, e.g. `ip netns exec NAME` */
  static async start(
    place: Workplace,
    env: Record<string, string> = {},
    inside: readonly string[] = [],
  ): Promise<SteerdProcess> {
    for (let tries = 1; ; tries++)
      try {
        return await SteerdProcess.#startOnce(place, env, inside);
      } catch (error) {
        // Without batched calls a free UDP port is taken first, and a connection of another test may have it in TCP.
        const anyPort = environment(place, env).STEERD_LISTEN?.endsWith(':0');
        if (!anyPort || tries === 3 || !/not started: TCP .* is in use by another program/.test(String(error)))
          throw error;
      }
  }

  static async #startOnce(
    place: Workplace,
    env: Record<string, string>,
    inside: readonly string[],
  ): Promise<SteerdProcess> {
    const [command, ...args] = [...inside, process.execPath, PROGRAM, 'serve', '--json'];
    const child = spawn(command, args, {
      cwd: place.folder,
      env: environment(place, env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stderr: '' };
    child.stderr.on('data', (piece: Buffer) => {
      output.stderr += piece.toString();
    });
    let text = '';
    const line = await new Promise<string>((done, fail) => {
      child.stdout.on('data', (piece: Buffer) => {
        text += piece.toString();
        if (text.includes('\n')) done(text);
      });
      // When its output has been read as well.
      child.once('close', (status) => fail(new Error(`steerd ended with ${status}: ${output.stderr}`)));
    });
    return new SteerdProcess(child, JSON.parse(line), output);
  }

  get address(): Address {
    return this.addresses[0];
  }

  /** The log so far. */
  get log(): LogLine[] {
    return this.#output.stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits for a log line with this event, from the `from`-th line on. */
  async logged(event: string, from = 0): Promise<LogLine> {
    for (let tries = 0; tries < 2400; tries++) {
      const found = this.log.slice(from).find((line) => line.event === event);
      if (found !== undefined) return found;
      await new Promise((again) => setTimeout(again, 25));
    }
    throw new Error(`no ${event} in the log: ${this.#output.stderr}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((done) => this.#child.once('exit', () => done()));
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Ends it. @returns its exit status */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const ended = new Promise<number | null>((done) => this.#child.once('exit', (status) => done(status)));
    this.#child.kill('SIGTERM');
    return ended;
  }
}

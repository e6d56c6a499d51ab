/**
 * The examples of a document: its ```console blocks, run in a checkout of their own beside a server, and compared with what the document shows. `…` in what
 * is shown stands for any text (a time, a number, what is left out), and JSON may be spread over lines.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The ports a document's server listens on: DNS and the API. */
const DNS_PORT = 5300;
const API_PORT = 8053;
/** How long an edit may take to be served: the settle time and a margin for a busy machine. */
const AT_ONCE_MS = 60_000;
/** What may be asked again without a change. */
const QUESTION =
  /^dig |steerd -- (query|explain|check|diff|hosts?|moves|groups|services|ipam|whatif|audit|group \S+$|move .*--dry-run)|^curl (?!.*(--json|--data|-d |-X))/;

export interface Step {
  readonly command: string;
  readonly output: string;
}

/** The `$` lines of all ```console blocks, each with the lines below it. A line that ends in `\` goes on in the next. */
export function consoleSteps(markdown: string): Step[] {
  return [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command] = /^(?:.*\\\n)*.*/.exec(part) ?? [''];
        return { command, output: part.slice(command.length + 1).trim() };
      }),
  );
}

/** Whether what was seen is what a document shows. */
export function looksLike(shown: string, seen: string): boolean {
  const isJson = /^[{[]/.test(shown);
  const plain = (text: string): string => (isJson ? text.replace(/\s+/g, '') : text);
  const parts = plain(shown).split('…');
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*?');
  return new RegExp(`^${pattern}$`).test(plain(seen));
}

/** A server in a checkout of its own: examples edit zone files and move hosts. */
export class Checkout {
  readonly folder: string;
  readonly api: string;
  readonly #server: ChildProcess;
  readonly #port: number;
  readonly #apiPort: number;
  /** Assignments of earlier examples: each command runs in a shell of its own. */
  #variables = '';

  private constructor(folder: string, server: ChildProcess, port: number, apiPort: number) {
    this.folder = folder;
    this.#server = server;
    this.#port = port;
    this.#apiPort = apiPort;
    this.api = `http://127.0.0.1:${apiPort}`;
  }

  static async start(): Promise<Checkout> {
    const folder = mkdtempSync(join(tmpdir(), 'steerd-docs-'));
    for (const name of ['package.json', 'steerd.yaml', 'zones']) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    for (const name of ['bin', 'src', 'node_modules', 'schemas']) symlinkSync(join(ROOT, name), join(folder, name));
    const env = {
      ...environment(),
      STEERD_LISTEN: '127.0.0.1:0',
      STEERD_API_LISTEN: '127.0.0.1:0',
      STEERD_LOG_LEVEL: 'fatal',
    };
    const server = spawn(process.execPath, ['bin/steerd.mjs', 'serve', '--json'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ready = await new Promise<{ listen: { port: number }[]; api: { port: number }[] }>((done, fail) => {
      let text = '';
      server.stdout?.on('data', (piece: Buffer) => {
        text += piece.toString('utf8');
        if (text.includes('\n')) done(JSON.parse(text.slice(0, text.indexOf('\n'))));
      });
      server.once('exit', (code) => fail(new Error(`the server ended with ${code}`)));
    });
    return new Checkout(folder, server, ready.listen[0].port, ready.api[0].port);
  }

  async close(): Promise<void> {
    if (this.#server.exitCode === null) {
      const ended = new Promise((done) => this.#server.once('exit', done));
      this.#server.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a shell in the checkout prints, both streams. */
  run(command: string): Promise<string> {
    const mapped = this.#mapped(command);
    if (/^[A-Z_]+=/.test(command)) this.#variables += `${mapped}\n`;
    return new Promise((done) => {
      const text = `{ ${this.#variables}${mapped}\n} 2>&1`;
      const options = { cwd: this.folder, env: environment(), encoding: 'utf8' } as const;
      execFile('sh', ['-c', text], options, (_error, stdout) => done(stdout.trim()));
    });
  }

  /** Runs examples one after another. */
  async follow(steps: readonly Step[]): Promise<void> {
    for (const { command, output } of steps) {
      let seen = await this.run(command);
      // An edit is served once the file has settled; a question can be asked again, a change not.
      const late = performance.now() + AT_ONCE_MS;
      while (QUESTION.test(command) && !looksLike(output, seen) && performance.now() < late) {
        await sleep(100);
        seen = await this.run(command);
      }
      if (!looksLike(output, seen)) expect(seen, command).toBe(output);
    }
  }

  /** A command as it must be for the server of this test. */
  #mapped(command: string): string {
    const mapped = command
      .replaceAll(`-p ${DNS_PORT}`, `-p ${this.#port}`)
      .replaceAll(`127.0.0.1:${DNS_PORT}`, `127.0.0.1:${this.#port}`)
      .replaceAll(`127.0.0.1:${API_PORT}`, `127.0.0.1:${this.#apiPort}`);
    return /steerd -- query /.test(mapped) && !mapped.includes('--server')
      ? `${mapped} --server 127.0.0.1:${this.#port}`
      : mapped;
  }
}

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('STEERD_')));
}

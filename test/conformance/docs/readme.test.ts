/** README.md does what it says: its examples are run against a server, its tables and links are held to the code. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itNeeds } from '../../support/needs.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The port README's server listens on. */
const PORT = 5300;
/** How long an edit may take to be served: the settle time and a margin for a busy machine. */
const AT_ONCE_MS = 15_000;

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

interface Step {
  readonly command: string;
  readonly output: string;
}

/** The `$` lines of all ```console blocks, each with the lines below it. */
function consoleSteps(markdown: string): Step[] {
  return [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return { command: part.slice(0, end), output: part.slice(end + 1).trim() };
      }),
  );
}

const steps = consoleSteps(readme);

/** A command of README as it must be for the server of this test. */
function forPort(command: string, port: number): string {
  const mapped = command.replaceAll(`-p ${PORT}`, `-p ${port}`).replaceAll(`127.0.0.1:${PORT}`, `127.0.0.1:${port}`);
  return /steerd -- query /.test(mapped) && !mapped.includes('--server')
    ? `${mapped} --server 127.0.0.1:${port}`
    : mapped;
}

describe('README examples', () => {
  let checkout: string;
  let server: ChildProcess;
  let port: number;

  beforeAll(async () => {
    // A checkout of its own: the examples edit zone files.
    checkout = mkdtempSync(join(tmpdir(), 'steerd-readme-'));
    for (const name of ['package.json', 'steerd.yaml', 'zones']) {
      cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
    }
    for (const name of ['bin', 'src', 'node_modules', 'schemas']) symlinkSync(join(ROOT, name), join(checkout, name));
    server = spawn(process.execPath, ['bin/steerd.mjs', 'serve', '--json'], {
      cwd: checkout,
      env: { ...process.env, STEERD_LISTEN: '127.0.0.1:0', STEERD_LOG_LEVEL: 'fatal' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    port = await new Promise<number>((ready, fail) => {
      let text = '';
      server.stdout?.on('data', (piece: Buffer) => {
        text += piece.toString('utf8');
        if (!text.includes('\n')) return;
        ready((JSON.parse(text.slice(0, text.indexOf('\n'))) as { listen: { port: number }[] }).listen[0].port);
      });
      server.once('exit', (code) => fail(new Error(`the server ended with ${code}`)));
    });
  });

  afterAll(async () => {
    if (server !== undefined && server.exitCode === null) {
      const ended = new Promise((done) => server.once('exit', done));
      server.kill('SIGTERM');
      await ended;
    }
    rmSync(checkout, { recursive: true, force: true });
  });

  /** What a shell in the checkout prints, both streams. */
  function run(command: string): Promise<string> {
    return new Promise((done) => {
      execFile('sh', ['-c', `${command} 2>&1`], { cwd: checkout, encoding: 'utf8' }, (_error, stdout) =>
        done(stdout.trim()),
      );
    });
  }

  it('has examples to run', () => {
    expect(steps.length).toBeGreaterThanOrEqual(8);
    expect(steps.filter((s) => s.command.startsWith('dig ')).length).toBeGreaterThanOrEqual(4);
  });

  itNeeds('dig')(
    'print what README shows, one after another',
    async () => {
      for (const { command, output } of steps) {
        const mapped = forPort(command, port);
        let seen = await run(mapped);
        // An edit is served once the file has settled; a question can be asked again, an edit not.
        const isQuestion = output !== '';
        const late = performance.now() + AT_ONCE_MS;
        while (isQuestion && seen !== output && performance.now() < late) {
          await sleep(100);
          seen = await run(mapped);
        }
        expect(seen, command).toBe(output);
      }
    },
    120_000,
  );
});

describe('README', () => {
  it('has the two commands word for word on its first screen', () => {
    const screen = readme.split('\n').slice(0, 80);
    expect(screen).toContain('    npm ci && npm start');
    expect(screen).toContain('    npm ci && npm test');
  });

  it('has every command in its table, and no other', () => {
    const main = readFileSync(join(ROOT, 'src/main.ts'), 'utf8');
    const list = /COMMANDS[^=]*= \[([^\]]*)\]/.exec(main);
    const symbols = (list?.[1] ?? '').match(/\w+/g) ?? [];
    const names = symbols.map((symbol) => {
      const file = new RegExp(`import \\{ ${symbol} \\} from '\\./(cli/[\\w-]+\\.ts)'`).exec(main)?.[1] ?? '';
      const source = readFileSync(join(ROOT, 'src', file), 'utf8');
      return new RegExp(`export const ${symbol}: Command = \\{\\s+name: '([\\w-]+)'`).exec(source)?.[1];
    });
    const table = readme.slice(readme.indexOf('\n## Commands\n'), readme.indexOf('\n## Port 53'));
    const rows = [...table.matchAll(/^\| `([\w-]+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(rows).toEqual(names);
  });

  it('names every Debian package the tests and .ci/run use', () => {
    const needs = readFileSync(join(ROOT, 'test/support/needs.ts'), 'utf8');
    const table = /const PACKAGES = \{([\s\S]*?)\}/.exec(needs)?.[1] ?? '';
    const needed = [...table.matchAll(/: '([\w.+-]+)'/g)].map(([, name]) => name);
    const installed =
      /^packages=\(([^)]*)\)/m.exec(readFileSync(join(ROOT, '.ci/run'), 'utf8'))?.[1].split(/\s+/) ?? [];
    expect(needed.length).toBeGreaterThan(3);
    for (const name of new Set([...needed, ...installed])) expect(readme, name).toContain(`\`${name}\``);
    expect(installed).toEqual(expect.arrayContaining(needed));
  });
});

describe('links', () => {
  const skipped = new Set(['node_modules', '.git', 'var', 'coverage']);
  const documents = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((f) => join(entry.name, f))
        : [entry.name],
    )
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'));

  it.each(documents)('of %s lead somewhere', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path, anchor] = target.split('#');
        const whole = path === '' ? join(ROOT, file) : resolve(ROOT, dirname(file), path);
        if (!existsSync(whole)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(whole, 'utf8')).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** Where compiled code is kept between starts: only where nobody else can write, because what lies there is run. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = resolve(import.meta.dirname, '../../bin/steerd.mjs');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-cache-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(env: Record<string, string>): void {
  const clean = { ...process.env, TMPDIR: folder };
  for (const key of ['NODE_COMPILE_CACHE', 'CACHE_DIRECTORY']) delete (clean as Record<string, string>)[key];
  const { status, stdout } = spawnSync(process.execPath, [PROGRAM, 'version'], {
    env: { ...clean, ...env },
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^steerd /);
}

describe('compiled code', () => {
  const own = (): string => join(folder, `steerd-cache-${process.getuid?.()}`);

  it("is kept among temporary files, in a folder that is this user's alone", () => {
    run({});
    expect(statSync(own()).mode & 0o777).toBe(0o700);
    expect(readdirSync(own())).not.toEqual([]);
  });

  it('is not taken from a folder that others can write to', () => {
    mkdirSync(own());
    chmodSync(own(), 0o777);
    run({});
    expect(readdirSync(own())).toEqual([]);
  });

  it("is kept where systemd's CacheDirectory or NODE_COMPILE_CACHE say", () => {
    run({ CACHE_DIRECTORY: join(folder, 'systemd') });
    expect(readdirSync(join(folder, 'systemd'))).not.toEqual([]);
    run({ CACHE_DIRECTORY: join(folder, 'unused'), NODE_COMPILE_CACHE: join(folder, 'node') });
    expect(readdirSync(join(folder, 'node'))).not.toEqual([]);
    expect(existsSync(join(folder, 'unused'))).toBe(false);
  });
});

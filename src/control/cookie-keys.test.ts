import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cookies, REPLY_COOKIE } from '../answer/cookies.ts';
import { CookieKeys } from './cookie-keys.ts';

const DAY_MS = 24 * 3600_000;
const client = Uint8Array.of(192, 0, 2, 1);

let folder: string;
let warnings: string[];
const open: CookieKeys[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-cookies-'));
  warnings = [];
});

afterEach(() => {
  for (const keys of open.splice(0)) keys.close();
  rmSync(folder, { recursive: true });
});

function keys(secretFile?: string): CookieKeys {
  const made = new CookieKeys(folder, secretFile, (message) => warnings.push(message));
  open.push(made);
  return made;
}

/** A cookie for a client, and whether a server believes one. */
function make({ secrets }: CookieKeys): Uint8Array {
  const cookies = new Cookies(secrets);
  cookies.take(new Uint8Array(8), 0, 8, client, 0, 4);
  return cookies.reply.slice();
}
const believes = ({ secrets }: CookieKeys, cookie: Uint8Array): boolean =>
  new Cookies(secrets).take(cookie, 0, REPLY_COOKIE, client, 0, 4);

function secretFile(...lines: string[]): string {
  const file = join(folder, 'secrets');
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
  return file;
}

describe('secrets of our own', () => {
  const file = (): string => join(folder, 'cookie-secrets');

  it('are made once, kept from others, and hold after a restart', () => {
    const cookie = make(keys());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'utf8')).toMatch(/^[0-9a-f]{32}\n$/);
    expect(believes(keys(), cookie)).toBe(true);
  });

  it('are rolled once a day; the one before holds until the next', () => {
    const server = keys();
    const cookie = make(server);
    server.roll(Date.now() + DAY_MS - 1000);
    expect(make(server)).toEqual(cookie);
    server.roll(Date.now() + DAY_MS);
    expect(believes(server, cookie)).toBe(true);
    expect(make(server)).not.toEqual(cookie);
    expect(believes(keys(), cookie)).toBe(true);
    server.roll(Date.now() + 2 * DAY_MS);
    expect(believes(server, cookie)).toBe(false);
    expect(readFileSync(file(), 'utf8').match(/\n/g)).toHaveLength(2);
  });

  it('are rolled at the start when they are old, made anew when they are nonsense', () => {
    const cookie = make(keys());
    const old = new Date(Date.now() - 2 * DAY_MS);
    utimesSync(file(), old, old);
    const later = keys();
    expect(believes(later, cookie)).toBe(true);
    expect(make(later)).not.toEqual(cookie);
    writeFileSync(file(), 'nonsense');
    expect(believes(keys(), cookie)).toBe(false);
    expect(warnings).toEqual([]);
  });
});

describe('secrets of an operator', () => {
  const [a, b] = ['e5e973e5a6b2a43f48e7dc849e37bfcf', '445536bcd2513298075a5d379663c962'];

  it('are those of other nodes: the first makes cookies, all are believed, and the file is read again', () => {
    const one = keys(secretFile(`${a} # until Friday`, '', b.toUpperCase()));
    const cookie = make(one);
    const other = keys(secretFile(b, a));
    expect(believes(other, cookie)).toBe(true);
    expect(make(other)).not.toEqual(cookie);
    secretFile(b);
    other.reload();
    expect(believes(other, cookie)).toBe(false);
    other.roll(Date.now() + 3 * DAY_MS);
    expect(believes(one, make(other))).toBe(true);
  });

  it('that can not be used are refused at the start and passed over later, and told without them', () => {
    for (const lines of [['xyz'], [], [a, a, a, a], [a, `${b}00`]]) {
      const file = secretFile(...lines);
      expect(() => keys(file)).toThrow(/secret_file: .*(hexadecimal digits|one to 3)/);
    }
    expect(() => keys(join(folder, 'none'))).toThrow(/can't be read/);
    const server = keys(secretFile(a));
    const cookie = make(server);
    secretFile(`${a}x`);
    server.reload();
    expect(believes(server, cookie)).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/secrets:1: this is no secret.*used on/)]);
    expect(warnings.join()).not.toContain(a);
    chmodSync(secretFile(a), 0o644);
    server.reload();
    expect(warnings[1]).toMatch(/everybody .* can read/);
  });
});

/**
 * The secrets of DNS cookies. An operator's file has those that several nodes share; without one this server makes its own, keeps them in the state directory and rolls
 * them: cookies made before a roll hold until the next (RFC 7873 §7.1, RFC 9018 §5).
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CookieSecrets,
  MOST_SECRETS,
  makeCookieSecrets,
  SECRET_OCTETS,
  setCookieClock,
  setCookieSecrets,
} from '../answer/cookies.ts';

/** RFC 7873 §7.1: no longer than 36 days, and once a day is enough. */
const ROLL_MS = 24 * 3600_000;
const LOOK_MS = 60_000;
const CLOCK_MS = 1000;
const SECRET = /^[0-9a-fA-F]{32}$/;
/** In the state directory. */
const OWN_FILE = 'cookie-secrets';

/** Why there are no secrets, in the operator's words, and without them. */
export class CookieError extends Error {
  override readonly name = 'CookieError';
}

export class CookieKeys {
  /** What workers read. */
  readonly secrets: CookieSecrets = makeCookieSecrets();
  readonly #file: string;
  readonly #isOwn: boolean;
  readonly #warn: (message: string) => void;
  readonly #timers: NodeJS.Timeout[];
  /** Own secrets, and when the first was made, in Unix milliseconds. */
  #own: Uint8Array[] = [];
  #madeAt = 0;

  /**
   * @param secretFile the operator's; undefined for secrets of our own, in the state directory
   * @throws CookieError
   */
  constructor(stateDir: string, secretFile: string | undefined, warn: (message: string) => void) {
    this.#file = secretFile ?? join(stateDir, OWN_FILE);
    this.#isOwn = secretFile === undefined;
    this.#warn = warn;
    if (this.#isOwn) this.#readOwn();
    else this.#readFile();
    this.#tick();
    this.#timers = [
      setInterval(() => this.#tick(), CLOCK_MS).unref(),
      setInterval(() => this.roll(Date.now()), LOOK_MS).unref(),
    ];
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Reads the operator's file again. One that can't be used is told of, and the secrets before are used on. */
  reload(): void {
    if (this.#isOwn) return;
    try {
      this.#readFile();
    } catch (error) {
      this.#warn(`${(error as CookieError).message}; the secrets read before are used on`);
    }
  }

  /** Makes another secret if it is time. The one before still holds. @param now Unix milliseconds */
  roll(now: number): void {
    // A clock that was set back must not keep a secret for years.
    if (!this.#isOwn || Math.abs(now - this.#madeAt) < ROLL_MS) return;
    this.#own = [randomBytes(SECRET_OCTETS), ...this.#own.slice(0, 1)];
    this.#madeAt = now;
    setCookieSecrets(this.secrets, this.#own);
    try {
      this.#keep();
    } catch (error) {
      this.#warn(`${(error as Error).message}; cookies made from now on will not hold after a restart`);
    }
  }

  #tick(): void {
    setCookieClock(this.secrets, Math.floor(Date.now() / 1000));
  }

  #readFile(): void {
    const file = this.#file;
    let text: string;
    let mode: number;
    try {
      text = readFileSync(file, 'utf8');
      mode = statSync(file).mode;
    } catch (error) {
      throw new CookieError(`cookies.secret_file: ${file} can't be read: ${(error as Error).message}`);
    }
    const secrets = parseSecrets(file, text);
    setCookieSecrets(this.secrets, secrets);
    if ((mode & 0o004) !== 0)
      this.#warn(`cookies.secret_file: everybody on this machine can read ${file}; chmod 600 it`);
  }

  #readOwn(): void {
    try {
      this.#own = parseSecrets(this.#file, readFileSync(this.#file, 'utf8'));
      this.#madeAt = statSync(this.#file).mtimeMs;
    } catch {
      // None, or half of one: cookies are learned anew.
      this.#own = [];
    }
    if (this.#own.length === 0) {
      this.#own = [randomBytes(SECRET_OCTETS)];
      this.#madeAt = Date.now();
      this.#keep();
    }
    setCookieSecrets(this.secrets, this.#own);
    this.roll(Date.now());
  }

  #keep(): void {
    const beside = `${this.#file}.new`;
    try {
      const lines = this.#own.map((secret) => `${Buffer.from(secret).toString('hex')}\n`);
      writeFileSync(beside, lines.join(''), { mode: 0o600, flush: true });
      renameSync(beside, this.#file);
    } catch (error) {
      throw new CookieError(`${this.#file} can't be written: ${(error as Error).message}`);
    }
  }
}

/** One secret a line; `#` begins a comment. @throws CookieError, which tells lines, not what is in them */
function parseSecrets(file: string, text: string): Uint8Array[] {
  const secrets: Uint8Array[] = [];
  text.split('\n').forEach((line, i) => {
    const word = line.replace(/#.*/, '').trim();
    if (word === '') return;
    if (!SECRET.test(word))
      throw new CookieError(`cookies.secret_file: ${file}:${i + 1}: this is no secret; write 32 hexadecimal digits`);
    secrets.push(Buffer.from(word, 'hex'));
  });
  if (secrets.length === 0 || secrets.length > MOST_SECRETS)
    throw new CookieError(
      `cookies.secret_file: ${file} has ${secrets.length} secrets; write one to ${MOST_SECRETS}, the one to make cookies with first`,
    );
  return secrets;
}

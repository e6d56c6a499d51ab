/**
 * The state directory: its lock (two servers on one state would each think they are the writer), the tables' hash seed, and the serials
 * zones had, so that a restart on unchanged files keeps them.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { loadLibc } from '../transport/libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Why the state directory can't be used, in the operator's words. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

export interface RememberedZone {
  readonly serial: number;
  readonly digest: string;
}

export class StateDirectory {
  readonly path: string;
  readonly #lock: number;

  /** Makes the directory if need be and locks it. @throws StateError */
  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      this.#lock = openSync(join(path, 'lock'), 'a+', 0o600);
    } catch (error) {
      throw new StateError(
        `the state directory ${path} can't be used: ${(error as Error).message}; create it for this user, or set state_dir: (STEERD_STATE_DIR)`,
      );
    }
    this.#takeLock();
  }

  /** Key of the tables' hash: made once, kept secret. */
  seed(): number {
    const file = join(this.path, 'hash-seed');
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (/^[0-9a-f]{8}$/.test(text)) return Number.parseInt(text, 16) | 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw new StateError(`${file} can't be read: ${(error as Error).message}`);
    }
    const seed = randomBytes(4);
    try {
      writeFileSync(file, `${seed.toString('hex')}\n`, { mode: 0o600, flush: true });
    } catch (error) {
      throw new StateError(`${file} can't be written: ${(error as Error).message}`);
    }
    return seed.readInt32BE();
  }

  /** Serials and digests by zone name. A file that can't be used is as good as none: serials then start from the clock. */
  zones(): Map<string, RememberedZone> {
    try {
      const parsed: unknown = JSON.parse(readFileSync(join(this.path, 'serials.json'), 'utf8'));
      if (typeof parsed !== 'object' || parsed === null) return new Map();
      return new Map(
        Object.entries(parsed).filter((entry): entry is [string, RememberedZone] => isRemembered(entry[1])),
      );
    } catch {
      return new Map();
    }
  }

  /**
   * Keeps serials for the next start, without blocking this thread.
   * @throws StateError, when the disk is full, say; what is served does not depend on it
   */
  async rememberZones(zones: ReadonlyMap<string, RememberedZone>): Promise<void> {
    const file = join(this.path, 'serials.json');
    const beside = `${file}.new`;
    try {
      // Written beside and renamed, so that no crash leaves half a file.
      const handle = await open(beside, 'w', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(Object.fromEntries(zones))}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, file);
    } catch (error) {
      throw new StateError(`${file} can't be written: ${(error as Error).message}`);
    }
  }

  close(): void {
    closeSync(this.#lock);
  }

  #takeLock(): void {
    const libc = loadLibc();
    const owner = readFileSync(join(this.path, 'lock'), 'utf8').trim();
    const inUse = (): StateError =>
      new StateError(
        `another steerd (process ${owner || 'unknown'}) uses the state directory ${this.path}; stop it, or set state_dir: (STEERD_STATE_DIR)`,
      );
    // flock goes away with the process, however it ends. Without it, ask whether the process that wrote the file lives.
    if (libc !== undefined) {
      if (libc.flock(this.#lock, LOCK_EX | LOCK_NB) !== 0) {
        closeSync(this.#lock);
        throw inUse();
      }
    } else if (owner !== '' && owner !== String(process.pid) && isAlive(Number(owner))) {
      closeSync(this.#lock);
      throw inUse();
    }
    try {
      writeFileSync(join(this.path, 'lock'), `${process.pid}\n`);
    } catch (error) {
      throw new StateError(`${join(this.path, 'lock')} can't be written: ${(error as Error).message}`);
    }
  }
}

function isRemembered(value: unknown): value is RememberedZone {
  if (typeof value !== 'object' || value === null) return false;
  const { serial, digest } = value as Record<string, unknown>;
  return typeof serial === 'number' && Number.isInteger(serial) && typeof digest === 'string';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

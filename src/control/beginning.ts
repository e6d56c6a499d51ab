/** What a server begins with: the tables, the thread that fills them, and the store. */
import { join } from 'node:path';
import { SqliteStore } from '../store/sqlite-store.ts';
import { type Store, StoreError } from '../store/store.ts';
import { durableWord, makeControlBlock } from '../tables/control-block.ts';
import { type Libc, loadLibc } from '../transport/libc.ts';
import type { CompileClient } from './compile-client.ts';
import { beginCompiling } from './compile-workers.ts';
import { CookieKeys } from './cookie-keys.ts';
import { workerCount } from './packet-workers.ts';
import { Publisher } from './publisher.ts';
import { expiredZones } from './secondaries.ts';
import type { ServerConfig } from './server-config.ts';
import type { ServerEvents } from './server-events.ts';
import { type StateDirectory, StateError } from './state-dir.ts';
import { SigningFiles } from './zone-signing.ts';

/** What is begun before the store is there: the tables, and the thread that fills them. */
export interface Begun {
  readonly state: StateDirectory;
  readonly libc: Libc | undefined;
  readonly signing: SigningFiles | undefined;
  readonly control: SharedArrayBuffer;
  readonly publisher: Publisher;
  readonly remembered: ReturnType<StateDirectory['zones']>;
  readonly cookies: CookieKeys | undefined;
  /** Zones from other servers (by name) that are too old to be answered. */
  readonly expired: ReadonlySet<string>;
  readonly compile: CompileClient;
}

/** @throws StateError, CookieError */
export function begin(config: ServerConfig, state: StateDirectory, events: ServerEvents): Begun {
  const libc = config.transport === 'dgram' ? undefined : loadLibc();
  if (config.transport === 'batched' && libc === undefined) {
    throw new StateError('transport: batched needs Linux with glibc on x64 or arm64; use transport: auto');
  }
  if ((config.packet.xdp ?? []).length > 0 && libc === undefined)
    throw new StateError('xdp needs Linux with glibc on x64 or arm64; leave xdp out');
  const signing =
    config.dnssec.zones.length === 0
      ? undefined
      : new SigningFiles(config.dnssec, Math.floor(Date.now() / 1000), {
          keysMade: (zone, keys) => events.keysMade(zone, keys),
          keysChanged: (zone, keys) => events.keysChanged(zone, keys),
          warning: (message) => events.warning(message),
        });
  // One more for the thread that reads what is transferred.
  const control = makeControlBlock(workerCount(config.packet) + 1);
  const publisher = new Publisher(control, state.seed(), () => libc?.sched_yield());
  const remembered = state.zones();
  const cookies =
    config.cookies && new CookieKeys(state.path, config.cookies.secretFile, (message) => events.warning(message));
  const compile = beginCompiling(publisher);
  const { secondary } = config;
  const expired = secondary === undefined ? new Set<string>() : expiredZones(secondary, state.path);
  return { state, libc, signing, control, publisher, remembered, cookies, expired, compile };
}

/** @throws StateError */
export async function openStore(stateDir: string, control: SharedArrayBuffer, events: ServerEvents): Promise<Store> {
  try {
    return await SqliteStore.open(join(stateDir, 'steerd.db'), {
      onCommit: (milliseconds, ok, at) => events.committed(milliseconds, ok, at),
      durable: durableWord(control),
    });
  } catch (error) {
    if (error instanceof StoreError) throw new StateError(error.message);
    throw error;
  }
}

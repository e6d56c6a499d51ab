/**
 * Signed zones in memory that all who sign share, for when key files change while the server runs: who answers never comes to its event loop, so nobody can send it
 * anything.
 *
 *     word 0   version: odd while somebody writes
 *     word 1   octets of what follows
 *     then     JSON: a text by zone, so that a zone that is as before is known without its keys being read again
 *
 * One thread writes; any reads, and waits for nobody: what is half written is read the next time.
 */
import type { DnssecKey } from './key.ts';
import type { ZoneSigning } from './zone-keys.ts';

const VERSION = 0;
const LENGTH = 1;
const HEAD = 8;
/** Octets of address space, not of memory: those of some hundred thousand keys. */
const MOST = 256 * 1024 * 1024;

/** Makes the memory; nothing is in it. */
export function makeSharedZones(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD, { maxByteLength: MOST });
}

/** @throws Error when there are more keys than there is room for */
export function writeSharedZones(buffer: SharedArrayBuffer, zones: readonly ZoneSigning[]): void {
  const words = new Int32Array(buffer, 0, 2);
  const octets = new TextEncoder().encode(JSON.stringify(zones.map(textOf)));
  if (HEAD + octets.length > MOST) throw new Error('there are more keys than there is room for');
  Atomics.add(words, VERSION, 1);
  if (buffer.byteLength < HEAD + octets.length) buffer.grow(HEAD + octets.length);
  new Uint8Array(buffer, HEAD, octets.length).set(octets);
  words[LENGTH] = octets.length;
  Atomics.add(words, VERSION, 1);
}

export class SharedZones {
  readonly #buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #known = new Set<string>();
  #seen = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer;
    this.#words = new Int32Array(buffer, 0, 2);
  }

  /** The zones that are not as they were; undefined where all are. */
  changed(): readonly ZoneSigning[] | undefined {
    const words = this.#words;
    const version = Atomics.load(words, VERSION);
    if (version === this.#seen || (version & 1) !== 0) return undefined;
    const octets = new Uint8Array(this.#buffer, HEAD, words[LENGTH]).slice();
    if (Atomics.load(words, VERSION) !== version) return undefined;
    this.#seen = version;
    const texts = JSON.parse(new TextDecoder().decode(octets)) as string[];
    const changed = texts.filter((text) => !this.#known.has(text));
    this.#known.clear();
    for (const text of texts) this.#known.add(text);
    return changed.map(zoneOf);
  }
}

interface KeyText extends Omit<DnssecKey, 'zone' | 'publicKey' | 'privateKey'> {
  readonly zone: string;
  readonly publicKey: string;
  readonly privateKey: string;
}

function textOf(zone: ZoneSigning): string {
  const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
  const keys = zone.keys.map(
    (key): KeyText => ({
      ...key,
      zone: hex(key.zone),
      publicKey: hex(key.publicKey),
      privateKey: hex(key.privateKey),
    }),
  );
  return JSON.stringify({ ...zone, keys });
}

function zoneOf(text: string): ZoneSigning {
  const octets = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
  const zone = JSON.parse(text) as Omit<ZoneSigning, 'keys'> & { keys: KeyText[] };
  const keys = zone.keys.map((key) => ({
    ...key,
    zone: octets(key.zone),
    publicKey: octets(key.publicKey),
    privateKey: octets(key.privateKey),
  }));
  return { ...zone, keys };
}

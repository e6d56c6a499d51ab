/**
 * Entry of a signer thread: makes the signatures that packet workers ask for, and between these what hot names will need. It waits in shared memory, never in node's event loop, and has
 * a low priority of its own, so that packets come first where there are few cores.
 */
import { setPriority } from 'node:os';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { COUNTER_WORDS, Counter } from '../../answer/counters.ts';
import { SIGNATURE_OCTETS, signOctets } from '../../dnssec/algorithm.ts';
import { hash128 } from '../../dnssec/half-siphash.ts';
import type { DnssecKey } from '../../dnssec/key.ts';
import { SharedZones } from '../../dnssec/shared-zones.ts';
import { Known, SignatureCache } from '../../dnssec/signature-cache.ts';
import { SignatureOrders } from '../../dnssec/signature-requests.ts';
import type { SigningKey } from '../../dnssec/zone-keys.ts';
import { loadLibc } from '../../transport/libc.ts';
import { Wake } from '../../transport/wake.ts';
import { type Alternatives, HotSignatures, subjectOf } from './hot-signatures.ts';
import type { SigningFailure } from './signers.ts';
import { SigningKeys } from './signing-keys.ts';

export interface SignerWorkerData {
  /** Of all signed zones. */
  readonly keys: readonly DnssecKey[];
  /** Where those are that came since (dnssec/shared-zones.ts). */
  readonly changes?: SharedArrayBuffer;
  /** dnssec/signature-cache.ts */
  readonly cache: SharedArrayBuffer;
  /** dnssec/signature-requests.ts */
  readonly requests: SharedArrayBuffer;
  /** By packet worker, what wakes it. */
  readonly wakes: readonly number[];
  /** Its number among signers, and its row among those that count. */
  readonly signer: number;
  readonly counters: SharedArrayBuffer;
  readonly row: number;
  readonly alternatives: readonly Alternatives[];
}

/** Sent to the thread: what addresses services have now. */
export type ToSigner = { readonly alternatives: readonly Alternatives[] };

/** What it says: that it signs, or that it can't sign something. */
export type FromSigner = 'ready' | { readonly failure: SigningFailure };

/** Below packet workers, as all that computes beside them. */
const PRIORITY = 10;
/** Signatures made for one worker until it is woken although more is asked for. */
const WAKE_EVERY = 8;
/** How long the signer sleeps when it has been through all that is hot, in milliseconds. */
const PAUSE = 5000;
/** One failure is told in so many milliseconds: the same key fails for every query. */
const TELL_EVERY = 10_000;

try {
  setPriority(0, PRIORITY);
} catch {
  // Not allowed here: it works all the same.
}

const data = workerData as SignerWorkerData;
const libc = loadLibc();
if (libc === undefined) throw new Error('signers need koffi, which loaded on the main thread but not here');
const counters = new Uint32Array(data.counters, data.row * COUNTER_WORDS * 4, COUNTER_WORDS);
const cache = new SignatureCache(data.cache);
const keys = new SigningKeys(data.keys);
const changes = data.changes && new SharedZones(data.changes);
const orders = new SignatureOrders(data.requests, data.signer);
const wakes = data.wakes.map((fd) => new Wake(libc, fd));
const signature = new Uint8Array(SIGNATURE_OCTETS);
const signatureWords = new Int32Array(signature.buffer);
const words = new Int32Array(orders.octets.buffer);
const hash = new Int32Array(4);
/** By worker, signatures it has not been told of. */
const untold = new Int32Array(wakes.length);

function sign(octets: Uint8Array, key: SigningKey, of: Int32Array, madeUp: boolean): void {
  signature.set(signOctets(key.algorithm, key.object, octets));
  cache.store(of, madeUp, signatureWords);
}

let toldAt = Number.NEGATIVE_INFINITY;

function tellFailure(of: SigningFailure['of'], cause: string): void {
  const now = performance.now();
  if (now - toldAt < TELL_EVERY) return;
  toldAt = now;
  parentPort?.postMessage({ failure: { of, cause } } satisfies FromSigner);
}

function failed(octets: Uint8Array, error: unknown): void {
  counters[Counter.SIGNATURES_FAILED]++;
  tellFailure(subjectOf(octets), error instanceof Error ? error.message : String(error));
}

const hot = new HotSignatures(cache, (octets, key, of, madeUp) => {
  try {
    sign(octets, key, of, madeUp);
  } catch (error) {
    failed(octets, error);
    return false;
  }
  counters[Counter.SIGNATURES_AHEAD]++;
  return true;
});
hot.alternatives = data.alternatives;

/** A key that was not there when the thread looked last. */
function newKey(octets: Uint8Array, id: number): SigningKey | undefined {
  const zones = changes?.changed();
  if (zones === undefined) return undefined;
  keys.add(zones.flatMap((zone) => zone.keys));
  return keys.find(octets, id);
}

/** Makes the signature that was taken, unless another thread has. @returns false when there is no such key here */
function fulfil(): boolean {
  const { octets, length, madeUp } = orders;
  const key = keys.find(octets, orders.key) ?? newKey(octets, orders.key);
  if (key === undefined) return false;
  hash128(words, length, cache.key, hash);
  if (cache.known(hash, madeUp) !== Known.MISSING) return true;
  sign(octets.subarray(0, length), key, hash, madeUp);
  counters[Counter.SIGNATURES_MADE]++;
  hot.note(octets, length, key, madeUp);
  return true;
}

/** One request that fails is its own end alone. */
function attempt(): boolean {
  try {
    return fulfil();
  } catch (error) {
    failed(orders.octets, error);
    return false;
  }
}

function tell(worker: number): void {
  untold[worker] = 0;
  if (orders.mustRing(worker)) wakes[worker].ring();
}

function fulfilAll(): void {
  while (!orders.stopping && orders.take()) {
    orders.done(attempt());
    if (++untold[orders.worker] === WAKE_EVERY) tell(orders.worker);
  }
  for (let worker = 0; worker < wakes.length; worker++) if (untold[worker] > 0) tell(worker);
}

function listen(): void {
  if (parentPort === null) return;
  for (let got = receiveMessageOnPort(parentPort); got !== undefined; got = receiveMessageOnPort(parentPort))
    hot.alternatives = (got.message as ToSigner).alternatives;
}

parentPort?.postMessage('ready' satisfies FromSigner);
if (orders.abandoned > 0) {
  counters[Counter.SIGNATURES_FAILED] += orders.abandoned;
  tellFailure(undefined, 'two signers have died of it');
}
// One of its number that died may have told nobody of the last it made.
for (const wake of wakes) wake.ring();
let next = performance.now() + PAUSE;
while (!orders.stopping) {
  const { bell } = orders;
  fulfilAll();
  const left = next - performance.now();
  if (left > 0) {
    orders.wait(bell, left);
    continue;
  }
  listen();
  if (!hot.step()) next = performance.now() + PAUSE;
}

/**
 * Asks at a pace and takes the time of every reply, in a process of its own in the load's namespace; or as fast as it goes, to see what saturates. Prints one line of JSON.
 *
 *     node bench/latency-load.ts '{"place":{…},"hosts":1000,"perSecond":100000,"seconds":10}'
 */
import { type Libc, loadLibc } from '../src/transport/libc.ts';
import { takeShortTurns } from '../src/transport/short-turns.ts';
import { queryMessage } from '../test/support/ask.ts';
import { ZONE } from './workload.ts';
import { BATCH, type LoadPlace, XdpLoad } from './xdp-load.ts';

export interface LatencyTask {
  readonly place: LoadPlace;
  readonly hosts: number;
  /** 0: as fast as it goes. */
  readonly perSecond: number;
  readonly seconds: number;
}

export interface LatencyLoad {
  readonly sent: number;
  readonly replies: number;
  /** Without a reply when the last had a second for it, or when 65,536 more had been sent; but for those missed. */
  readonly lost: number;
  /** Replies that came when the load had not its core for too long (XdpLoad.lost): the server answered. */
  readonly missed: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly longest: number;
}

/** Hosts asked for, in turn. */
const QUESTIONS = 100_000;
const IDS = 0x10000;
/** How long the last replies may take. */
const TRAILING_MS = 1000;
/** Times are told apart by so many milliseconds, up to a second. */
const STEP_MS = 0.01;
/** How long the load sleeps when nothing is due: others on its core run meanwhile. */
const SLEEP_MS = 0.05;

const task = JSON.parse(process.argv[2]) as LatencyTask;
const load = await XdpLoad.open(task.place);
// What else is on its core would be in the times otherwise. It gets no priority: the kernel's own thread that brings packets over the veth pair is there, and would starve.
takeShortTurns(loadLibc() as Libc);
// A stride that shares no factor with the number of hosts.
const name = (i: number): string => `host${1 + ((i * 618_033) % task.hosts)}.${ZONE}`;
const questions = load.prepare(Array.from({ length: QUESTIONS }, (_, i) => queryMessage(0, name(i), 1)));
/** When the query of an id was sent; 0 when its reply has come. */
const sentAt = new Float64Array(IDS);
const steps = new Uint32Array(TRAILING_MS / STEP_MS + 1);
const bell = new Int32Array(new SharedArrayBuffer(4));
let [sent, replies, longest] = [0, 0, 0];
let now = performance.now();

const began = now;
for (const until = began + task.seconds * 1000; now < until; now = performance.now()) {
  const due = task.perSecond === 0 ? BATCH : Math.floor(((now - began) / 1000) * task.perSecond) - sent;
  for (let i = 0; i < Math.min(due, BATCH) && load.put(questions, sent % QUESTIONS, sent & (IDS - 1)); i++)
    sentAt[sent++ & (IDS - 1)] = now;
  load.flush();
  load.receive(hear);
  if (due <= 0) Atomics.wait(bell, 0, 0, SLEEP_MS);
}
for (const until = now + TRAILING_MS; now < until && replies < sent; now = performance.now()) {
  load.receive(hear);
  Atomics.wait(bell, 0, 0, SLEEP_MS);
}
load.close();
const result: LatencyLoad = {
  sent,
  replies,
  lost: Math.max(0, sent - replies - load.lost),
  missed: load.lost,
  p50: percentile(0.5),
  p99: percentile(0.99),
  p999: percentile(0.999),
  longest: Number(longest.toFixed(2)),
};
console.log(JSON.stringify(result));

function hear(octets: Uint8Array, at: number): void {
  const id = (octets[at] << 8) | octets[at + 1];
  if (sentAt[id] === 0) return;
  const took = performance.now() - sentAt[id];
  sentAt[id] = 0;
  replies++;
  if (took > longest) longest = took;
  steps[Math.min(steps.length - 1, Math.floor(took / STEP_MS))]++;
}

function percentile(share: number): number {
  let below = share * replies;
  const step = steps.findIndex((count) => (below -= count) < 0);
  return Number(((step + 1) * STEP_MS).toFixed(2));
}

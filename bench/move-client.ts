/**
 * The client of the moves benchmark, in a process of its own in the load's namespace: changes one thing after another through the API and notes when the
 * first new answer comes, and the last; and floods the server meanwhile if it is told to, in the same loop, because on a core of two processes each would wait for the
 * other, and that would be what is measured. Prints one line of JSON.
 *
 *     node bench/move-client.ts '{"place":{…},"flood":false,"api":"http://…","token":"…","hosts":1000,"changes":100,"what":"host"}'
 */
import { request } from 'undici';
import { queryMessage } from '../test/support/ask.ts';
import { ZONE } from './workload.ts';
import { BATCH, type LoadPlace, type Questions, XdpLoad } from './xdp-load.ts';

interface Task {
  readonly place: LoadPlace;
  /** Whether to ask more than can be answered. */
  readonly flood: boolean;
  readonly api: string;
  readonly token: string;
  readonly hosts: number;
  readonly changes: number;
  /** Move one host a call, or all hosts, or report that all hosts' target is down, and up again. */
  readonly what: Changed;
}

export type Changed = 'host' | 'all' | 'verdict';

/** One change. Milliseconds. */
export interface ChangeTime {
  /** When the first new answer came, and the last: Unix time, with fractions. Of all hosts those of the first and the last of the zone file are asked for. */
  readonly answeredAt: number;
  readonly lastAt: number;
  /** From the request to the first new answer, and to the last. */
  readonly answer: number;
  readonly last: number;
  /** From the request to the reply of the API. */
  readonly reply: number;
  /** Whether the host was in Europe before. */
  readonly fromEurope: boolean;
}

/** A query every so many milliseconds: close enough to see when answers change, and little to do for an idle server. */
const PACE_MS = 0.1;
const WARM_UP = 20;
/** Of all hosts, how many are asked for by the flood. */
const FLOODED = 100_000;
/** Of the flood, so that what is watched does not wait behind it: the kernel sends 32 a call. */
const MOST_UNSENT = 2 * BATCH;
/** Before anything is moved, a flood has filled what can be filled. */
const FLOOD_LEAD_MS = 1000;
/** The address of the group. */
const EUROPE = '198.51.100.64';

const task = JSON.parse(process.argv[2]) as Task;
const load = await XdpLoad.open(task.place);
const authorization = `Bearer ${task.token}`;

/** A host whose answer is waited for. */
interface Watched {
  readonly question: Questions;
  before: number | undefined;
  told: () => void;
  came: (at: number) => void;
}

/** Ids of queries: of the flood, and of what is watched one after another. Late replies to what was watched before must not be taken for those of another host. */
const FLOOD_ID = 0xffff;
const watched = new Map<number, Watched>();
let nextId = 0;
let over = false;
let next = performance.now();

/** Asks for what is watched at its pace, and floods; one turn after another, between which node has its own. */
function turn(flood: Questions | undefined, from: number): void {
  if (over) return;
  if (performance.now() >= next) {
    next = performance.now() + PACE_MS;
    for (const [id, { question }] of watched) load.put(question, 0, id);
  }
  if (flood !== undefined) {
    for (let i = 0; i < BATCH && load.unsent < MOST_UNSENT && load.put(flood, from, FLOOD_ID); i++)
      from = (from + 1) % flood.count;
  }
  load.flush();
  load.receive(hear);
  setImmediate(turn, flood, from);
}

function hear(octets: Uint8Array, at: number, length: number): void {
  const id = (octets[at] << 8) | octets[at + 1];
  const one = watched.get(id);
  if (one === undefined) return;
  // The one record of the answer is last, and its address the last of it.
  const address = new DataView(octets.buffer, octets.byteOffset).getUint32(at + length - 4);
  if (one.before === undefined) {
    one.before = address;
    one.told();
  } else if (address !== one.before) {
    watched.delete(id);
    one.came(performance.now());
  }
}

/** Asks for a host until its answer is another one. @returns the first answer, and when the first new one came */
function watch(name: string): { old: Promise<string>; fresh: Promise<number> } {
  const question = load.prepare([queryMessage(0, name, 1)]);
  const { promise: old, resolve: told } = Promise.withResolvers<void>();
  const { promise: fresh, resolve: came } = Promise.withResolvers<number>();
  const one: Watched = { question, before: undefined, told, came };
  watched.set(nextId, one);
  nextId = (nextId + 1) % FLOOD_ID;
  const text = (address = 0): string => [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join('.');
  return { old: old.then(() => text(one.before)), fresh };
}

async function change(number: number): Promise<ChangeTime> {
  const of = (host: number): string => `host${host}.${ZONE}`;
  const name = of(task.what === 'host' ? 1 + Math.floor(Math.random() * task.hosts) : 1);
  const hosts = [watch(name), ...(task.what === 'host' ? [] : [watch(of(task.hosts))])];
  const [old] = await Promise.all(hosts.map((host) => host.old));
  const began = performance.now();
  const { statusCode, body } = await (task.what === 'verdict' ? report(number) : move(name, old));
  const replied = performance.now() - began;
  if (statusCode !== 200) throw new Error(`the change was refused: ${await body.text()}`);
  await body.dump();
  const fresh = await Promise.all(hosts.map((host) => host.fresh));
  const [first, last] = [Math.min(...fresh), Math.max(...fresh)];
  const { timeOrigin } = performance;
  return {
    answeredAt: timeOrigin + first,
    lastAt: timeOrigin + last,
    answer: first - began,
    last: last - began,
    reply: replied,
    fromEurope: old === EUROPE,
  };
}

function move(name: string, old: string) {
  const to = old === EUROPE ? 'anycast' : 'europe';
  return ask('POST', '/v1/moves', {
    ...(task.what === 'all' ? { select: { zone: ZONE } } : { hosts: [name] }),
    to,
    // The same hosts again and again: guards would hold them.
    force: true,
    reason: 'benchmark',
  });
}

/** All hosts are in Europe. */
function report(number: number) {
  const state = number % 2 === 0 ? 'down' : 'up';
  return ask('PUT', '/v1/services/web/checks/hand/europe/ipv4', { state, reason: 'benchmark' });
}

function ask(method: 'POST' | 'PUT', path: string, body: object) {
  return request(`${task.api}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    headersTimeout: 120_000,
  });
}

/** Hosts all over the zone. */
function floodQuestions(): Questions {
  const count = Math.min(task.hosts, FLOODED);
  const step = Math.floor(task.hosts / count);
  return load.prepare(Array.from({ length: count }, (_, i) => queryMessage(0, `host${1 + i * step}.${ZONE}`, 1)));
}

const times: ChangeTime[] = [];
turn(task.flood ? floodQuestions() : undefined, 0);
if (task.flood) await new Promise((lead) => setTimeout(lead, FLOOD_LEAD_MS));
// The first changes of a server run code that was never run before; they are not counted. All are of an even number, so that nothing stays down.
for (let i = 0; i < WARM_UP && task.what !== 'all'; i++) await change(i);
for (let i = 0; times.length < task.changes; i++) {
  const time = await change(i);
  // Of all hosts the first goes to Europe, and so the last of an odd number does too.
  if (task.what !== 'all' || times.length > 0 || !time.fromEurope) times.push(time);
}
over = true;
load.close();
console.log(JSON.stringify(times));
process.exit(0);

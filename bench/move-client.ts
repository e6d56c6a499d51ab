/**
 * The client of the moves benchmark, in a process of its own in the load's namespace: changes one thing after another through the API and notes when the
 * first new answer comes, and the last. Prints one line of JSON.
 *
 *     node bench/move-client.ts '{"dns":{…},"api":"http://…","token":"…","hosts":1000,"changes":100,"what":"host"}'
 */
import { createSocket } from 'node:dgram';
import { request } from 'undici';
import { queryMessage, readReply } from '../test/support/ask.ts';
import { ZONE } from './workload.ts';

interface Task {
  readonly dns: { readonly host: string; readonly port: number };
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
}

/** A query every so many milliseconds: close enough to see when answers change, and little to do for an idle server. */
const PACE_MS = 0.1;
/** kxdpgun takes what comes to ports from 2000 on. */
const LOCAL_PORT = 1053;
const WARM_UP = 20;
/** The address of the group. */
const EUROPE = '198.51.100.64';

const task = JSON.parse(process.argv[2]) as Task;
const socket = createSocket('udp4');
await new Promise<void>((bound) => socket.bind(LOCAL_PORT, bound));
const authorization = `Bearer ${task.token}`;

/**
 * Asks for a host until its answer is another one.
 * @param lane the highest bit of its queries' ids: two hosts may be watched at a time
 * @returns when the first answer came, and when the first new one
 */
function watch(name: string, lane: 0 | 1): { old: Promise<string>; fresh: Promise<number> } {
  const message = queryMessage(0, name, 1);
  let id = Math.floor(Math.random() * 0x7fff);
  let before: string | undefined;
  let next = performance.now();
  let over = false;
  // Busy on its own core: a timer could not keep this pace.
  const pace = (): void => {
    if (over) return;
    if (performance.now() >= next) {
      next = performance.now() + PACE_MS;
      id = (id + 1) & 0x7fff;
      message.writeUInt16BE((lane << 15) | id, 0);
      socket.send(Buffer.from(message), task.dns.port, task.dns.host);
    }
    setImmediate(pace);
  };
  let told: (address: string) => void;
  let came: (at: number) => void;
  const old = new Promise<string>((resolve) => {
    told = resolve;
  });
  const fresh = new Promise<number>((resolve) => {
    came = resolve;
  });
  const hear = (octets: Buffer): void => {
    const at = performance.now();
    if (octets[0] >>> 7 !== lane) return;
    const [address] = readReply(octets).addresses;
    if (before === undefined) told((before = address));
    else if (address !== before) {
      over = true;
      socket.off('message', hear);
      came(at);
    }
  };
  socket.on('message', hear);
  pace();
  return { old, fresh };
}

async function change(number: number): Promise<ChangeTime> {
  const of = (host: number): string => `host${host}.${ZONE}`;
  const name = of(task.what === 'host' ? 1 + Math.floor(Math.random() * task.hosts) : 1);
  const watched = [watch(name, 0), ...(task.what === 'host' ? [] : [watch(of(task.hosts), 1)])];
  const [old] = await Promise.all(watched.map((host) => host.old));
  const began = performance.now();
  const { statusCode, body } = await (task.what === 'verdict' ? report(number) : move(name, old));
  const replied = performance.now() - began;
  if (statusCode !== 200) throw new Error(`the change was refused: ${await body.text()}`);
  await body.dump();
  const fresh = await Promise.all(watched.map((host) => host.fresh));
  const [first, last] = [Math.min(...fresh), Math.max(...fresh)];
  const { timeOrigin } = performance;
  return {
    answeredAt: timeOrigin + first,
    lastAt: timeOrigin + last,
    answer: first - began,
    last: last - began,
    reply: replied,
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

const times: ChangeTime[] = [];
// The first changes of a server run code that was never run before; they are not counted. All are of an even number, so that nothing stays down.
for (let i = 0; i < WARM_UP && task.what !== 'all'; i++) await change(i);
for (let i = 0; i < task.changes; i++) times.push(await change(i));
socket.close();
console.log(JSON.stringify(times));
process.exit(0);

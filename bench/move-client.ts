/**
 * The client of the moves benchmark, in a process of its own in the load's namespace: moves one host after another through the API and notes when the
 * first new answer comes. Prints one line of JSON.
 *
 *     node bench/move-client.ts '{"dns":{…},"api":"http://…","token":"…","hosts":1000,"moves":100,"all":false}'
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
  readonly moves: number;
  /** Move all hosts by one call instead of one host a call. */
  readonly all: boolean;
}

/** One move. Milliseconds. */
export interface MoveTime {
  /** When the first new answer came: Unix time, with fractions. */
  readonly answeredAt: number;
  /** From the request to the first new answer. */
  readonly answer: number;
  /** From the request to the reply of the API. */
  readonly reply: number;
}

/** A query every so many milliseconds: close enough to see when answers change, and little to do for an idle server. */
const PACE_MS = 0.1;
/** kxdpgun takes what comes to ports from 2000 on. */
const LOCAL_PORT = 1053;
const WARM_UP = 20;

const task = JSON.parse(process.argv[2]) as Task;
const socket = createSocket('udp4');
await new Promise<void>((bound) => socket.bind(LOCAL_PORT, bound));
const authorization = `Bearer ${task.token}`;

/** Asks for a host until its answer is another one. @returns when the first answer came, and when the first new one */
function watch(name: string): { old: Promise<string>; fresh: Promise<number> } {
  const message = queryMessage(0, name, 1);
  let id = Math.floor(Math.random() * 0xffff);
  let before: string | undefined;
  let next = performance.now();
  let over = false;
  // Busy on its own core: a timer could not keep this pace.
  const pace = (): void => {
    if (over) return;
    if (performance.now() >= next) {
      next = performance.now() + PACE_MS;
      id = (id + 1) & 0xffff;
      message.writeUInt16BE(id, 0);
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

async function move(number: number): Promise<MoveTime> {
  const name = `host${1 + Math.floor(Math.random() * task.hosts)}.${ZONE}`;
  const { old, fresh } = watch(name);
  const to = (await old) === '192.0.2.64' || number % 2 === 0 ? 'europe' : 'anycast';
  const target = to === 'europe' && (await old) === '198.51.100.64' ? 'anycast' : to;
  const body = { ...(task.all ? { select: { zone: ZONE } } : { hosts: [name] }), to: target, reason: 'benchmark' };
  const began = performance.now();
  const reply = request(`${task.api}/v1/moves`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    headersTimeout: 120_000,
  });
  const { statusCode, body: text } = await reply;
  const replied = performance.now() - began;
  if (statusCode !== 200) throw new Error(`the move was refused: ${await text.text()}`);
  await text.dump();
  const answered = await fresh;
  return { answeredAt: performance.timeOrigin + answered, answer: answered - began, reply: replied };
}

const times: MoveTime[] = [];
// The first moves of a server run code that was never run before; they are not counted.
for (let i = 0; i < WARM_UP && !task.all; i++) await move(i);
for (let i = 0; i < task.moves; i++) times.push(await move(i));
socket.close();
console.log(JSON.stringify(times));
process.exit(0);

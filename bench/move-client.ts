/**
 * The client of the moves benchmark, in a process of its own in the load's namespace: moves one host after another through the API and notes when the
 * first new answer comes. Prints one line of JSON.
 *
 *     node bench/move-client.ts '{"dns":{…},"api":"http://…","token":"…","hosts":1000,"moves":100,"all":false}'
 */
import { createSocket } from 'node:dgram';
import { request } from 'undici';
import { queryMessage, readReply } from '../test/support/ask.ts';
import { ZONE } from './zone.ts';

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
  /** From the request to the first new answer on the wire. */
  readonly answer: number;
  /** From the request to the reply of the API. */
  readonly reply: number;
  /** The commit in the database, its sync to the disk included. */
  readonly commit: number;
}

/** Queries under way at once: under a flood most are lost, and the next answer must not wait for a timeout. */
const WINDOW = 8;
const LOST_MS = 2;
const LOCAL_PORT = 1053;

const task = JSON.parse(process.argv[2]) as Task;
const socket = createSocket('udp4');
// kxdpgun takes what comes to ports from 2000 on.
await new Promise<void>((bound) => socket.bind(LOCAL_PORT, bound));
const authorization = `Bearer ${task.token}`;

/** Asks for a host until its answer is another one. @returns when the first answer came, and when the first new one */
function watch(name: string): { old: Promise<string>; fresh: Promise<number> } {
  const message = queryMessage(0, name, 1);
  let id = Math.floor(Math.random() * 0xffff);
  let before: string | undefined;
  let last = performance.now();
  const send = (): void => {
    id = (id + 1) & 0xffff;
    message.writeUInt16BE(id, 0);
    last = performance.now();
    socket.send(Buffer.from(message), task.dns.port, task.dns.host);
  };
  let told: (address: string) => void;
  let came: (at: number) => void;
  const old = new Promise<string>((resolve) => {
    told = resolve;
  });
  const fresh = new Promise<number>((resolve) => {
    came = resolve;
  });
  const again = setInterval(() => {
    if (performance.now() - last > LOST_MS) for (let i = 0; i < WINDOW; i++) send();
  }, 1);
  const hear = (octets: Buffer): void => {
    const at = performance.now();
    const [address] = readReply(octets).addresses;
    if (before === undefined) told((before = address));
    else if (address !== before) {
      clearInterval(again);
      socket.off('message', hear);
      came(at);
      return;
    }
    send();
  };
  socket.on('message', hear);
  for (let i = 0; i < WINDOW; i++) send();
  return { old, fresh };
}

/** Seconds all commits have taken so far. */
async function committed(): Promise<number> {
  const reply = await request(`${task.api}/metrics`);
  return Number(/^steerd_store_commit_seconds_sum (\S+)$/m.exec(await reply.body.text())?.[1]);
}

async function move(number: number): Promise<MoveTime> {
  const name = `host${1 + Math.floor(Math.random() * task.hosts)}.${ZONE}`;
  const { old, fresh } = watch(name);
  const to = (await old) === '192.0.2.64' || number % 2 === 0 ? 'europe' : 'anycast';
  const target = to === 'europe' && (await old) === '198.51.100.64' ? 'anycast' : to;
  const body = { ...(task.all ? { select: { zone: ZONE } } : { hosts: [name] }), to: target, reason: 'benchmark' };
  const spent = await committed();
  const began = performance.now();
  const reply = request(`${task.api}/v1/moves`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    headersTimeout: 120_000,
  });
  const answered = fresh.then((at) => at - began);
  const { statusCode, body: text } = await reply;
  const replied = performance.now() - began;
  if (statusCode !== 200) throw new Error(`the move was refused: ${await text.text()}`);
  await text.dump();
  const answer = await answered;
  return { answer, reply: replied, commit: ((await committed()) - spent) * 1000 };
}

const times: MoveTime[] = [];
for (let i = 0; i < task.moves; i++) times.push(await move(i));
socket.close();
console.log(JSON.stringify(times));
process.exit(0);

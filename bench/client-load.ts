/**
 * The load over UDP: many clients, some of which show DNS cookies (RFC 7873), by AF_XDP, from frames made beforehand. kxdpgun makes each frame as it sends it, which is up to
 * 600,000 a second where this sends a million: no more than some servers answer; and it goes on to another address only when it has used all ports of one, and can't ask with
 * cookies. A process of its own in the load's namespace, on its core, that asks as fast as it can. Where a question has the flag C, each address asks the server for a
 * cookie first, as a resolver does, and shows it from then on. Its task is JSON on standard input; it prints one line of JSON.
 *
 *     echo '{"place":{"interface":"vl","from":["10.64.0.1"],"to":"10.53.0.1","mac":"…"},"questions":"file","seconds":4}' | node bench/client-load.ts
 */
import { readFileSync } from 'node:fs';
import { RRType } from '../src/wire/constants.ts';
import { rcodeText } from '../src/wire/rcode-text.ts';
import { queryMessage } from '../test/support/ask.ts';
import { BATCH, type LoadPlace, type Questions, XdpLoad } from './xdp-load.ts';

export interface ClientTask {
  readonly place: LoadPlace;
  /** A file of lines: name, type, and flags: E (EDNS), D (DO), C (a cookie). */
  readonly questions: string;
  readonly seconds: number;
  /** Whether each question is first asked until it is answered, few at a time: what has to be signed for it then is. */
  readonly each?: boolean;
}

export interface ClientLoad {
  readonly sent: number;
  readonly replies: number;
  /** By response code. */
  readonly rcodes: Readonly<Record<string, number>>;
  /** Clients that were to show a cookie and got none. */
  readonly withoutCookie: number;
}

/** Of the file, spread over it. */
const MOST_QUESTIONS = 1_000_000;
const COOKIE = 10;
const CLIENT_COOKIE = Buffer.from('2464c4abcf10c957', 'hex');
/** How long the server may take for its first reply, and the last replies. */
const FIRST_REPLY_MS = 2000;
const TRAILING_MS = 100;
/** Questions under way when each is asked until it is answered, and how long none may be answered until those are asked again. */
const FEW = 128;
const AGAIN_MS = 20;
const LONGEST_EACH_MS = 30_000;

const task = JSON.parse(readFileSync(0, 'utf8')) as ClientTask;
const all = readFileSync(task.questions, 'utf8').split('\n').filter(Boolean);
// Odd, so that of pairs it is not always the first.
const step = Math.ceil(all.length / MOST_QUESTIONS) | 1;
const lines = all.filter((_, i) => i % step === 0);
const { from } = task.place;
const load = await XdpLoad.open(task.place);
const rcodes = new Float64Array(16);

const showCookies = lines.some((line) => line.split(' ')[2]?.includes('C'));
const cookies = showCookies ? await askForCookies() : [];
// So many that every client asks.
const count = Math.max(lines.length, from.length);
const messages = Array.from({ length: count }, (_, i) => message(lines[i % lines.length], cookies[i % from.length]));
const questions = load.prepare(messages);
if (task.each === true) await askEach(questions);
const sent = run(questions, task.seconds * 1000);
load.close();
const counted = [...rcodes].map((count, rcode) => [rcodeText(rcode), count] as const).filter(([, count]) => count > 0);
const result: ClientLoad = {
  sent,
  replies: rcodes.reduce((sum, count) => sum + count),
  rcodes: Object.fromEntries(counted),
  withoutCookie: cookies.filter((cookie) => cookie === CLIENT_COOKIE).length,
};
console.log(JSON.stringify(result));

/** The whole cookie of each address, or the client's own part when the server gives none. */
async function askForCookies(): Promise<Uint8Array[]> {
  const [name] = lines[0].split(' ');
  const cookies: Uint8Array[] = from.map(() => CLIENT_COOKIE);
  const question = message(`${name} A C`, CLIENT_COOKIE);
  const questions = load.prepare(cookies.map(() => question));
  for (const i of cookies.keys()) load.put(questions, i, i);
  load.flush();
  let waiting = cookies.length;
  for (const until = performance.now() + FIRST_REPLY_MS; performance.now() < until && waiting > 0; ) {
    load.receive((octets, at, length) => {
      const reply = Buffer.from(octets.subarray(at, at + length));
      // Nobody repeats these eight octets but in the option.
      const own = reply.indexOf(CLIENT_COOKIE);
      if (own >= 0) cookies[reply.readUInt16BE(0)] = reply.subarray(own, own + reply.readUInt16BE(own - 2));
      waiting--;
    });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (waiting > 0) throw new Error('the server does not answer');
  return cookies;
}

/** Asks each question until it is answered. */
async function askEach(questions: Questions): Promise<void> {
  const until = performance.now() + LONGEST_EACH_MS;
  /** By id: the question under way, -1 for none. */
  const under = new Int32Array(FEW).fill(-1);
  let [next, answered, last] = [0, 0, performance.now()];
  const take = (octets: Uint8Array, at: number): void => {
    const id = (octets[at] << 8) | octets[at + 1];
    if (id >= FEW || under[id] < 0) return;
    under[id] = -1;
    answered++;
    last = performance.now();
  };
  while (answered < questions.count && performance.now() < until) {
    const isLate = performance.now() - last > AGAIN_MS;
    if (isLate) last = performance.now();
    for (let id = 0; id < FEW; id++) {
      if (under[id] < 0 && next < questions.count) under[id] = next++;
      else if (under[id] < 0 || !isLate) continue;
      load.put(questions, under[id], id);
    }
    load.flush();
    load.receive(take);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (answered < questions.count) throw new Error(`${questions.count - answered} questions get no answer`);
}

/** Asks all questions again and again. @returns how many */
function run(questions: Questions, milliseconds: number): number {
  const count = (octets: Uint8Array, at: number): void => {
    rcodes[octets[at + 3] & 15]++;
  };
  let [next, asked] = [0, 0];
  for (const until = performance.now() + milliseconds; performance.now() < until; ) {
    for (let i = 0; i < BATCH && load.put(questions, next, asked & 0xffff); i++) {
      asked++;
      if (++next === questions.count) next = 0;
    }
    load.flush();
    load.receive(count);
  }
  for (const until = performance.now() + TRAILING_MS; performance.now() < until; ) load.receive(count);
  return asked;
}

function message(line: string, cookie: Uint8Array = CLIENT_COOKIE): Uint8Array {
  const [name, type, flags = ''] = line.split(' ');
  const edns = flags === '' ? {} : { edns: 1232, dnssecOk: flags.includes('D') };
  const plain = queryMessage(0, name, RRType[type as keyof typeof RRType], edns);
  if (!flags.includes('C')) return plain;
  // OPT is last, and its length the last of it.
  plain.writeUInt16BE(4 + cookie.length, plain.length - 2);
  return Buffer.concat([plain, Buffer.from([0, COOKIE, 0, cookie.length]), cookie]);
}

/**
 * A load with DNS cookies (RFC 7873), which neither kxdpgun nor dnsperf asks with: a process of its own in the load's namespace, on its core, that asks as fast as it can.
 * Each of its addresses asks the server for a cookie first, as a resolver does, and shows it from then on where a question has the flag C. Prints one line of JSON.
 *
 *     node bench/cookie-load.ts '{"place":{"interface":"vl","from":["10.64.0.1"],"to":"10.53.0.1","mac":"…"},"questions":"file","seconds":4}'
 */
import { readFileSync } from 'node:fs';
import { RRType } from '../src/wire/constants.ts';
import { rcodeText } from '../src/wire/rcode-text.ts';
import { queryMessage } from '../test/support/ask.ts';
import { BATCH, type LoadPlace, type Questions, XdpLoad } from './xdp-load.ts';

export interface CookieTask {
  readonly place: LoadPlace;
  /** A file of lines: name, type, and flags: E (EDNS), D (DO), C (a cookie). */
  readonly questions: string;
  readonly seconds: number;
}

export interface CookieLoad {
  readonly sent: number;
  readonly replies: number;
  /** By response code. */
  readonly rcodes: Readonly<Record<string, number>>;
  /** Octets of the cookies the server gave, of the client's own eight too; 0 if it gave none. */
  readonly cookie: number;
}

/** Of the file, spread over it: each takes 192 octets. */
const MOST_QUESTIONS = 200_000;
const COOKIE = 10;
const CLIENT_COOKIE = Buffer.from('2464c4abcf10c957', 'hex');
/** How long the server may take for its first reply, and the last replies. */
const FIRST_REPLY_MS = 2000;
const TRAILING_MS = 100;

const task = JSON.parse(process.argv[2]) as CookieTask;
const all = readFileSync(task.questions, 'utf8').split('\n').filter(Boolean);
const step = Math.ceil(all.length / MOST_QUESTIONS);
const lines = all.filter((_, i) => i % step === 0);
const load = await XdpLoad.open(task.place);
const rcodes = new Float64Array(16);

const cookies = await askForCookies();
const messages = lines.map((line, i) => message(line, cookies[i % cookies.length]));
const sent = run(load.prepare(messages), task.seconds * 1000);
load.close();
const counted = [...rcodes].map((count, rcode) => [rcodeText(rcode), count] as const).filter(([, count]) => count > 0);
const result: CookieLoad = {
  sent,
  replies: rcodes.reduce((sum, count) => sum + count),
  rcodes: Object.fromEntries(counted),
  cookie: Math.min(...cookies.map(({ length }) => (length === CLIENT_COOKIE.length ? 0 : length))),
};
console.log(JSON.stringify(result));

/** The whole cookie of each address, or the client's own part when the server gives none. */
async function askForCookies(): Promise<Uint8Array[]> {
  const [name] = lines[0].split(' ');
  const cookies: Uint8Array[] = task.place.from.map(() => CLIENT_COOKIE);
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

function message(line: string, cookie: Uint8Array): Uint8Array {
  const [name, type, flags = ''] = line.split(' ');
  const edns = flags === '' ? {} : { edns: 1232, dnssecOk: flags.includes('D') };
  const plain = queryMessage(0, name, RRType[type as keyof typeof RRType], edns);
  if (!flags.includes('C')) return plain;
  // OPT is last, and its length the last of it.
  plain.writeUInt16BE(4 + cookie.length, plain.length - 2);
  return Buffer.concat([plain, Buffer.from([0, COOKIE, 0, cookie.length]), cookie]);
}

/** What makes the load: our own over UDP, kxdpgun for a query a connection, dnsperf for pipelined TCP; and dig, to see first that answers are right. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientLoad, ClientTask } from './client-load.ts';
import { vips } from './contenders/contender.ts';
import { LOAD_CORE, loadCommand } from './load-process.ts';
import { type Namespaces, SERVER_ADDRESS } from './namespaces.ts';
import { ADDRESS, type Content, type Workload, ZONE } from './workload.ts';

/** Connections a second: more than any server here answers, so that none waits for work. */
const OFFERED = 60_000;
/** dnsperf: connections, and queries under way on all of them. */
const CONNECTIONS = 20;
const OUTSTANDING = 2000;

/** A million hosts take some seconds to load. */
const LONGEST_START_MS = 60_000;

export interface Load {
  /** Queries; with one a connection, attempts to connect. */
  readonly sent: number;
  readonly replies: number;
  /** How long replies came: a server with a long queue gives some after the last query. */
  readonly seconds: number;
}

/** Writes the questions of a workload. @returns the file */
export function writeQuestions(folder: string, workload: Workload): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'questions');
  const fd = openSync(file, 'w');
  let text = '';
  for (const line of workload.questions()) {
    text += `${line}\n`;
    if (text.length > 1 << 20) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
  closeSync(fd);
  return file;
}

function kxdpgun(namespaces: Namespaces, questions: string, workload: Workload, seconds: number, server: string): Load {
  const how = ['-T', '-t', String(seconds), '-Q', String(OFFERED), '-b', '32', '-F', LOAD_CORE];
  const output = inside(namespaces, 'kxdpgun', [...how, '-i', questions, SERVER_ADDRESS]);
  const replies = figure(output, /total replies:\s+(\d+)/);
  const sent = figure(output, /total SYNs:\s+(\d+)/);
  const codes = [...output.matchAll(/responded (\w+):\s+(\d+)/g)].filter(([, , count]) => Number(count) > 0);
  const wrong = codes.find(([, code]) => !workload.rcodes.includes(code))?.[1];
  if (replies === 0 || wrong !== undefined)
    throw new Error(`${server} answered wrongly (${wrong ?? 'nothing'}):\n${output}`);
  return { sent, replies, seconds };
}

function dnsperf(
  namespaces: Namespaces,
  questions: string,
  _workload: Workload,
  seconds: number,
  server: string,
): Load {
  const output = inside(namespaces, 'taskset', [
    '-c',
    LOAD_CORE,
    'dnsperf',
    '-m',
    'tcp',
    '-s',
    SERVER_ADDRESS,
    '-d',
    questions,
    // Whole ones.
    '-l',
    String(Math.ceil(seconds)),
    '-c',
    String(CONNECTIONS),
    '-q',
    String(OUTSTANDING),
    '-T',
    '1',
  ]);
  const replies = figure(output, /Queries completed:\s+(\d+)/);
  const sent = figure(output, /Queries sent:\s+(\d+)/);
  const good = /Response codes:\s+NOERROR \d+ \(100\.00%\)/.test(output);
  if (replies === 0 || !good) throw new Error(`${server} answered wrongly:\n${output}`);
  return { sent, replies, seconds: figure(output, /Run time \(s\):\s+([\d.]+)/) };
}

/** Many clients, as fast as it goes. */
function clientLoad(
  namespaces: Namespaces,
  questions: string,
  workload: Workload,
  seconds: number,
  server: string,
  each = false,
): Load {
  const { clients: from = [], rcodes: expected } = workload;
  const task: ClientTask = { place: { ...namespaces.loadPlace, from }, questions, seconds, each };
  const [command, ...args] = loadCommand('client-load.ts');
  const { sent, replies, rcodes, withoutCookie } = JSON.parse(
    inside(namespaces, command, args, JSON.stringify(task)),
  ) as ClientLoad;
  const wrong = Object.keys(rcodes).find((code) => !expected.includes(code));
  if (replies === 0 || wrong !== undefined || withoutCookie > 0)
    throw new Error(`${server} answered wrongly: ${wrong ?? `nothing, or no cookie to ${withoutCookie} clients`}`);
  return { sent, replies, seconds };
}

/** What a workload is asked by. */
export function loadOf({ transport }: Workload): typeof kxdpgun {
  if (transport === 'udp') return clientLoad;
  return transport === 'tcp-pipelined' ? dnsperf : kxdpgun;
}

/** Asks for a while before anything is counted; over UDP each question until it is answered, first. */
export function warmUp(
  namespaces: Namespaces,
  questions: string,
  workload: Workload,
  seconds: number,
  server: string,
): void {
  if (workload.transport === 'udp') clientLoad(namespaces, questions, workload, seconds, server, true);
  else loadOf(workload)(namespaces, questions, workload, seconds, server);
}

/**
 * Waits until the server gives the right A and AAAA for the first and the last host, and for a client of the first network.
 * @param signed whether with signatures too
 */
export async function askUntilRight(
  namespaces: Namespaces,
  content: Content,
  server: string,
  signed = false,
): Promise<void> {
  const expected = [ADDRESS.A, ADDRESS.AAAA, ADDRESS.A, ADDRESS.AAAA].join(' ');
  const [first] = content.networks;
  const group = first === undefined ? undefined : vips(first.group);
  let seen = '';
  for (const until = performance.now() + LONGEST_START_MS; performance.now() < until; ) {
    const answers = [1, content.hosts].flatMap((i) => [
      dig(namespaces, [`host${i}.${ZONE}`, 'A']),
      dig(namespaces, [`host${i}.${ZONE}`, 'AAAA']),
    ]);
    const subnet = first === undefined ? [] : [dig(namespaces, [`host1.${ZONE}`, 'A', `+subnet=${first.prefix}`])];
    seen = [...answers, ...subnet].join(' ');
    // The signature is a line of its own, behind the address.
    const isSigned = !signed || dig(namespaces, [`host1.${ZONE}`, 'A', '+dnssec']).includes('\n');
    if (isSigned && seen === [expected, ...(group === undefined ? [] : [group.ipv4])].join(' ')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${server} does not answer rightly: ${seen}`);
}

function dig(namespaces: Namespaces, question: readonly string[]): string {
  try {
    return inside(namespaces, 'dig', [`@${SERVER_ADDRESS}`, ...question, '+short', '+tries=1', '+timeout=1']).trim();
  } catch {
    return '';
  }
}

function inside(namespaces: Namespaces, command: string, args: readonly string[], input = ''): string {
  return execFileSync('ip', ['netns', 'exec', namespaces.load, command, ...args], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
  });
}

function figure(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? 0);
}

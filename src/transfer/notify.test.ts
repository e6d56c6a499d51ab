import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { parseName } from '../wire/name.ts';
import { checkTsig, readTsig, type TsigKey } from '../wire/tsig.ts';
import { hmac } from './hmac.ts';
import { Notifier } from './notify.ts';

const APEX = parseName('example.net');
const WAIT_MS = 20;
const open: Socket[] = [];
const notifiers: Notifier[] = [];

afterEach(() => {
  for (const notifier of notifiers.splice(0)) notifier.close();
  for (const socket of open.splice(0)) socket.close();
});

/** A server that does as it is told with each notification. */
async function server(answer: (m: Buffer, reply: (m: Buffer) => void) => void): Promise<number> {
  const socket = createSocket('udp4');
  open.push(socket);
  socket.on('message', (m, from: RemoteInfo) => answer(m, (reply) => socket.send(reply, from.port, from.address)));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket.address().port;
}

function replyTo(m: Buffer, rcode = 0): Buffer {
  const reply = Buffer.from(m);
  reply[2] |= 0x80;
  reply[3] = rcode;
  return reply;
}

function told(port: number, serial = 7, key?: TsigKey): Promise<string> {
  return new Promise((resolve) => {
    const notifier = new Notifier(
      { told: (_, at, server, problem) => resolve(`${at} ${server} ${problem ?? 'knows'}`) },
      WAIT_MS,
    );
    notifiers.push(notifier);
    notifier.tell(APEX, serial, { zones: undefined, host: '127.0.0.1', port, key });
  });
}

test('a server is told until it answers, with the same message', async () => {
  const seen: string[] = [];
  const port = await server((m, reply) => {
    seen.push(m.toString('hex'));
    if (seen.length < 3) return;
    // What is not an answer to it is passed over.
    const other = replyTo(m);
    other[0] ^= 1;
    reply(other);
    reply(m);
    reply(replyTo(m).subarray(0, 11));
    reply(replyTo(m));
  });
  expect(await told(port)).toBe(`7 127.0.0.1:${port} knows`);
  expect(new Set(seen).size).toBe(1);
  // Opcode 4, AA, one question: example.net IN SOA (RFC 1996 §3.7).
  expect(seen[0].slice(4, 24)).toBe('24000001000000000000');
  expect(seen[0].slice(24)).toBe(`${Buffer.from(APEX).toString('hex')}00060001`);
});

test('who refuses, or does not answer, is given up', async () => {
  const refusing = await server((m, reply) => reply(replyTo(m, 5)));
  expect(await told(refusing)).toBe(`7 127.0.0.1:${refusing} it answers REFUSED`);
  let tries = 0;
  const silent = await server(() => tries++);
  expect(await told(silent)).toBe(`7 127.0.0.1:${silent} no answer`);
  expect(tries).toBe(6);
});

test('who is not there yet is told when it is', async () => {
  const port = await server(() => {});
  await new Promise<void>((resolve) => open.splice(0)[0].close(() => resolve()));
  const telling = told(port);
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 3));
  const socket = createSocket('udp4');
  open.push(socket);
  socket.on('message', (m, { port: from, address }) => socket.send(replyTo(m), from, address));
  socket.bind(port, '127.0.0.1');
  expect(await telling).toMatch(/knows$/);
});

test('a newer serial takes the place of an older one', async () => {
  const said: string[] = [];
  let answers = false;
  const port = await server((m, reply) => answers && reply(replyTo(m)));
  const notifier = new Notifier({ told: (_, serial) => said.push(`${serial}`) }, WAIT_MS);
  notifiers.push(notifier);
  const target = { zones: undefined, host: '127.0.0.1', port, key: undefined };
  notifier.tell(APEX, 1, target);
  notifier.tell(APEX, 2, target);
  answers = true;
  for (let tries = 0; said.length === 0 && tries < 200; tries++) await new Promise((again) => setTimeout(again, 10));
  expect(said).toEqual(['2']);
});

test('a notification is signed where there is a key', async () => {
  const key: TsigKey = { name: parseName('xfr'), algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 1) };
  let checked: number | undefined;
  const port = await server((m, reply) => {
    const at = 12 + APEX.length + 4;
    const record = readTsig(m, at, m.length)!;
    checked = checkTsig(m, 0, at, record, key, hmac, Math.floor(Date.now() / 1000));
    reply(replyTo(m));
  });
  await told(port, 7, key);
  expect(checked).toBe(0);
});

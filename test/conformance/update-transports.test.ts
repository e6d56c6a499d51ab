/** Dynamic updates over every transport, by nsupdate, which checks the reply's signature: taken, or refused as docs/updates.md says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage, type Reply, readReply, UdpClient } from '../support/ask.ts';
import { certificate } from '../support/certificate.ts';
import { itNeeds } from '../support/needs.ts';
import { proxyHeader } from '../support/proxy.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';
import { updateMessage } from '../support/update-client.ts';
import { UPDATE_SECRET, type Updater, update, writeKey } from '../support/updater.ts';

const ZONE = 'example.net.';
const OWNER = `_acme-challenge.${ZONE}`;
/** Of whom a proxy tells, and how its header says that they came by UDP. */
const CLIENT = Uint8Array.of(127, 7, 7, 7);
const UDP_IPV4 = 0x12;
/** Of a reply's counts. */
const ANSWERS = 1;

let place: Workplace;
let server: SteerdProcess;
let asker: UdpClient;
const bridges: { close(): void }[] = [];

beforeEach(async () => {
  place = workplace();
  writeKey(place, 'acme');
  asker = await UdpClient.open();
});

afterEach(async () => {
  for (const bridge of bridges.splice(0)) bridge.close();
  asker.close();
  await server.stop();
  remove(place);
});

async function start(more = '', env: Record<string, string> = {}): Promise<void> {
  const allow = "update: { allow: [{ keys: [acme], names: ['_acme-challenge.*'], types: [TXT] }] }";
  writeFileSync(join(place.folder, 'steerd.yaml'), `tsig: { key_files: [./acme.key] }\n${allow}\n${more}\n`);
  server = await SteerdProcess.start(place, env);
}

/** With certificates. */
async function startSecure(): Promise<void> {
  const folder = join(place.folder, 'tls');
  mkdirSync(folder);
  certificate(folder, 'server');
  await start('tls: { dot: [127.0.0.1:0], doh: [127.0.0.1:0], cert: ./tls/server.pem, key: ./tls/server.key }');
}

const records = async (): Promise<number> => (await asker.ask(server.address, OWNER, RRType.TXT)).counts[ANSWERS];

/** Two records are made and one of them removed, by nsupdate. */
async function holds(port: number, tcp: boolean): Promise<void> {
  const by: Updater = { program: 'nsupdate', port, zone: ZONE, key: 'acme', tcp };
  expect(await update(by, `update add ${OWNER} 60 TXT one`, `update add ${OWNER} 60 TXT two`)).toBe('NOERROR');
  expect(await records()).toBe(2);
  expect(await update(by, `update delete ${OWNER} TXT one`)).toBe('NOERROR');
  expect(await records()).toBe(1);
  expect(await update(by, `update delete ${OWNER} TXT`)).toBe('NOERROR');
  expect(await records()).toBe(0);
  // What is refused is told over it, too.
  expect(await update(by, 'update add www.example.net. 60 TXT x')).toBe('REFUSED');
}

/** Listens for TCP, which nsupdate speaks, and hands its connections on. */
async function bridge(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listener: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  bridges.push({
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  const address = listener.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Puts each message of a TCP connection into a request, and the reply's body on the connection. */
function overHttps(socket: Socket, session: ClientHttp2Session, method: 'GET' | 'POST'): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (piece: Buffer) => {
    pending = Buffer.concat([pending, piece]);
    if (pending.length < 2 || pending.length < 2 + pending.readUInt16BE(0)) return;
    const message = pending.subarray(2, 2 + pending.readUInt16BE(0));
    pending = pending.subarray(2 + message.length);
    const path = method === 'GET' ? `/dns-query?dns=${message.toString('base64url')}` : '/dns-query';
    const request = session.request({ ':method': method, ':path': path, 'content-type': 'application/dns-message' });
    const pieces: Buffer[] = [];
    request.on('response', (headers) => {
      // An update is done once for each time it is asked for.
      expect([headers[':status'], headers['cache-control']]).toEqual([200, 'no-store']);
    });
    request.on('data', (octets: Buffer) => pieces.push(octets));
    request.on('end', () => {
      const reply = Buffer.concat(pieces);
      socket.write(Buffer.concat([Buffer.from([reply.length >>> 8, reply.length]), reply]));
    });
    request.end(method === 'GET' ? undefined : message);
  });
}

describe.each(['batched', 'dgram'] as const)('transport %s', (transport) => {
  itNeeds('nsupdate')('takes updates over UDP and TCP', async () => {
    await start('', { STEERD_TRANSPORT: transport });
    await holds(server.address.port, false);
    await holds(server.address.port, true);
  });

  it('where proxies are trusted, refuses updates over UDP, and takes them over TCP', async () => {
    await start('proxy: { trust: [127.0.0.1] }', { STEERD_TRANSPORT: transport });
    const behind = (message: Buffer): Promise<Reply> =>
      asker.send(server.address, message, 20_000, proxyHeader({ family: UDP_IPV4, source: CLIENT }));
    const made = async (id: number): Promise<number> =>
      (await behind(queryMessage(id, OWNER, RRType.TXT))).counts[ANSWERS];
    expect((await behind(updateOf(1, 'x'))).rcode).toBe(Rcode.REFUSED);
    // Nor may those who come without a proxy.
    const direct = await UdpClient.open(4, '127.0.0.5');
    bridges.push(direct);
    expect((await direct.send(server.address, updateOf(2, 'x'))).rcode).toBe(Rcode.REFUSED);
    expect(await made(3)).toBe(0);
    expect((await behindOverTcp(updateOf(4, 'x'))).rcode).toBe(Rcode.NOERROR);
    expect(await made(5)).toBe(1);
  });
});

function updateOf(id: number, text: string): Buffer {
  const secret = Buffer.from(UPDATE_SECRET, 'base64');
  const key = { name: parseName('acme'), algorithm: 'hmac-sha256', secret } as const;
  return Buffer.from(updateMessage(id, ZONE, { owner: OWNER, text }, key));
}

function behindOverTcp(message: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { host, port } = server.address;
    const socket = connect(port, host);
    let pending = Buffer.alloc(0);
    socket.on('data', (piece: Buffer) => {
      pending = Buffer.concat([pending, piece]);
      if (pending.length < 2 || pending.length < 2 + pending.readUInt16BE(0)) return;
      socket.destroy();
      resolve(readReply(pending.subarray(2)));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without a reply')));
    const length = Buffer.from([message.length >>> 8, message.length & 0xff]);
    socket.write(Buffer.concat([proxyHeader({ source: CLIENT }), length, message]));
  });
}

itNeeds('nsupdate', 'openssl')('takes updates over TLS', async () => {
  await startSecure();
  const [{ host, port }] = server.dot;
  const through = await bridge((socket) => {
    const tls = connectTls({ host, port, ALPNProtocols: ['dot'], rejectUnauthorized: false });
    tls.on('error', () => socket.destroy());
    socket.pipe(tls).pipe(socket);
  });
  await holds(through, true);
});

for (const method of ['POST', 'GET'] as const)
  itNeeds('nsupdate', 'openssl')(`takes updates over HTTPS, by ${method}`, async () => {
    await startSecure();
    const [{ host, port }] = server.doh;
    const session = connectHttp2(`https://${host}:${port}`, { rejectUnauthorized: false });
    session.on('error', () => {});
    bridges.push(session);
    const through = await bridge((socket) => overHttps(socket, session, method));
    await holds(through, true);
  });

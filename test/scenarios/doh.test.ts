/** DNS over HTTPS (RFC 8484), by other people's clients. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { queryMessage, readReply } from '../support/ask.ts';
import { certificate } from '../support/certificate.ts';
import { itNeeds, missing } from '../support/needs.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

const MEDIA_TYPE = 'application/dns-message';
const A = 1;
const MX = 15;

let place: Workplace;
let server: SteerdProcess;
let port = 0;

beforeAll(async () => {
  if (missing('openssl').length > 0) return;
  place = workplace();
  mkdirSync(join(place.folder, 'tls'));
  certificate(join(place.folder, 'tls'), 'server');
  server = await SteerdProcess.start(place, {
    STEERD_TLS_DOH: '127.0.0.1:0',
    STEERD_TLS_CERT: file('server.pem'),
    STEERD_TLS_KEY: file('server.key'),
    STEERD_API_ENABLED: 'false',
  });
  port = server.doh[0].port;
});

afterAll(async () => {
  if (server === undefined) return;
  await server.stop();
  remove(place);
});

const file = (name: string): string => join(place.folder, 'tls', name);
const url = (rest = '/dns-query'): string => `https://127.0.0.1:${port}${rest}`;
const dns = (message: Buffer): string => `/dns-query?dns=${message.toString('base64url')}`;

interface Fetched {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** By curl, without looking at the certificate's authority but trusting it. */
function curl(path: string, ...args: string[]): Fetched {
  const { stdout } = spawnSync('curl', ['-s', '--http2', '--cacert', file('server.pem'), '-i', ...args, url(path)]);
  const end = stdout.indexOf('\r\n\r\n');
  const [first, ...lines] = stdout.subarray(0, end).toString().split('\r\n');
  expect(first).toMatch(/^HTTP\/2 /);
  const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]));
  return { status: Number(first.split(' ')[1]), headers, body: stdout.subarray(end + 4) };
}

function post(message: Buffer, type = MEDIA_TYPE): Fetched {
  writeFileSync(file('body'), message);
  return curl('/dns-query', '-H', `content-type: ${type}`, '--data-binary', `@${file('body')}`);
}

describe('DNS over HTTPS', () => {
  itNeeds('openssl', 'kdig')('answers kdig by POST and by GET, padded', () => {
    for (const how of ['+https', '+https-get']) {
      const args = ['@127.0.0.1', '-p', `${port}`, how, `+tls-ca=${file('server.pem')}`, '+padding'];
      const { stdout } = spawnSync('kdig', [...args, 'www.example.net', 'AAAA'], { encoding: 'utf8' });
      expect(stdout).toMatch(/AAAA\s+2001:db8:16::64/);
      expect(stdout).toContain(';; Received 468 B');
    }
  });

  itNeeds('openssl', 'curl')('answers both methods alike, with the media type and for how long to keep it', () => {
    const message = queryMessage(0, 'mail.example.net.', A);
    const got = curl(dns(message));
    const posted = post(message);
    expect(got.body).toEqual(posted.body);
    expect(readReply(got.body).addresses).toEqual(['198.51.100.25']);
    for (const { status, headers } of [got, posted]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({ 'content-type': MEDIA_TYPE, 'cache-control': 'max-age=3600' });
    }
    // Parameters of the media type change nothing (RFC 9110 §8.3.1).
    expect(post(message, 'Application/DNS-Message; charset=x').status).toBe(200);
  });

  itNeeds('openssl', 'curl')('says no longer than the answer holds, and to whom it does', () => {
    const age = (name: string, type: number): string => curl(dns(queryMessage(0, name, type))).headers['cache-control'];
    // A steered host's answer may depend on the client: shared caches must not keep it.
    expect(age('www.example.net.', A)).toBe('private, max-age=60');
    expect(age('example.net.', MX)).toBe('max-age=3600');
    // Negative: the smaller of the SOA's TTL and MINIMUM (RFC 2308 §5).
    expect(age('nope.example.net.', A)).toBe('max-age=300');
    expect(age('nope.invalid.', A)).toBe('max-age=0');
  });

  itNeeds('openssl', 'curl')('refuses what is no DNS query with the status that says why', () => {
    const message = queryMessage(0, 'mail.example.net.', A);
    const response = Buffer.from(message);
    response[2] |= 0x80;
    expect(curl('/').status).toBe(404);
    expect(curl(`/dns-query/x?dns=${message.toString('base64url')}`).status).toBe(404);
    expect(curl('/dns-query').status).toBe(400);
    expect(curl('/dns-query?dns=').status).toBe(400);
    expect(curl('/dns-query?dns=not*base64').status).toBe(400);
    expect(curl('/dns-query?dns=AAAA').status).toBe(400);
    expect(curl(dns(response)).status).toBe(400);
    const put = curl('/dns-query', '-X', 'PUT', '-d', 'x');
    expect([put.status, put.headers.allow]).toEqual([405, 'GET, POST']);
    expect(post(message, 'text/plain').status).toBe(415);
    expect(post(Buffer.alloc(0)).status).toBe(400);
    expect(post(Buffer.alloc(65_536)).status).toBe(413);
    // What can be read as a query is answered by DNS's own errors.
    expect(post(Buffer.alloc(65_535)).body[3] & 15).toBe(1);
    expect(post(message).status).toBe(200);
  });

  itNeeds('openssl', 'curl')("is a resolver curl can use: an answer that isn't there is told as such", () => {
    const args = ['-sv', '--doh-url', url(), '--doh-insecure', 'http://nope.example.net/'];
    expect(spawnSync('curl', args, { encoding: 'utf8' }).stderr).toMatch(
      /DoH: Bad RCODE type A for nope\.example\.net/,
    );
  });

  itNeeds('openssl')('bounds bodies whose length nobody told, and what a client holds at once', async () => {
    const session = await open();
    const headers = { ':method': 'POST', ':path': '/dns-query', 'content-type': MEDIA_TYPE };
    expect((await request(session, headers, Buffer.alloc(65_536))).status).toBe(413);
    // Seven bodies of 60,000 octets, none of them ended: no more than 256 KiB are held.
    const waiting = Array.from({ length: 7 }, () => {
      const stream = session.request(headers);
      const status = new Promise<number>((got) => stream.once('response', (h) => got(Number(h[':status']))));
      stream.on('error', () => {});
      stream.resume();
      stream.write(Buffer.alloc(60_000));
      return { stream, status };
    });
    expect(await Promise.race(waiting.map(({ status }) => status))).toBe(503);
    for (const { stream } of waiting) stream.close();
    const get = { ':path': dns(queryMessage(0, 'mail.example.net.', A)) };
    await expect.poll(async () => (await request(session, get)).status).toBe(200);
    session.destroy();
  });

  itNeeds('openssl')('answers many requests of a connection, those after one that was taken back too', async () => {
    const session = await open();
    const path = dns(queryMessage(0, 'mail.example.net.', A));
    for (let i = 0; i < 10; i++) {
      const stream = session.request({ ':path': path });
      stream.on('error', () => {});
      stream.close(8);
    }
    const all = await Promise.all(Array.from({ length: 50 }, () => request(session, { ':path': path })));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    session.destroy();
  });
});

function open(): Promise<ClientHttp2Session> {
  const session = connect(url(''), { rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    session.once('error', reject);
    session.once('connect', () => resolve(session));
  });
}

function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: Buffer): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    const pieces: Buffer[] = [];
    let status = 0;
    stream.on('response', (reply) => {
      status = Number(reply[':status']);
    });
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('error', reject);
    stream.on('end', () => resolve({ status, headers: {}, body: Buffer.concat(pieces) }));
    if (body !== undefined) stream.end(body);
  });
}

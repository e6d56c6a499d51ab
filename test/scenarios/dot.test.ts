/** DNS over TLS (RFC 7858), by other people's clients. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { queryMessage, readReply } from '../support/ask.ts';
import { certificate } from '../support/certificate.ts';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

let place: Workplace;
let server: SteerdProcess | undefined;
let port = 0;

beforeEach(() => {
  place = workplace();
  mkdirSync(join(place.folder, 'tls'));
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  remove(place);
});

const file = (name: string): string => join(place.folder, 'tls', name);
const settings = (extra: Record<string, string> = {}): Record<string, string> => ({
  STEERD_TLS_DOT: '127.0.0.1:0',
  STEERD_TLS_CERT: file('server.pem'),
  STEERD_TLS_KEY: file('server.key'),
  STEERD_API_ENABLED: 'false',
  ...extra,
});

async function start(extra: Record<string, string> = {}): Promise<SteerdProcess> {
  certificate(join(place.folder, 'tls'), 'server');
  server = await SteerdProcess.start(place, settings(extra));
  port = server.dot[0].port;
  return server;
}

function kdig(...args: string[]): string {
  return spawnSync('kdig', ['@127.0.0.1', '-p', `${port}`, ...args], { encoding: 'utf8' }).stdout;
}

/** Runs openssl's client, whose input stays open until `until` is there or it ends by itself. */
function sClient(args: readonly string[], until?: string): string {
  const wait = until === undefined ? 'true' : `for i in $(seq 100); do test -s '${until}' && break; sleep 0.05; done`;
  const command = `{ ${wait}; } | openssl s_client -connect 127.0.0.1:${port} ${args.join(' ')} 2>&1`;
  return spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout;
}

/** The certificate the server shows now. */
function shown(): string {
  const chain = sClient(['-showcerts']);
  return chain.slice(chain.indexOf('-----BEGIN'), chain.indexOf('-----END'));
}

const held = (name: string): string => {
  const text = execFileSync('openssl', ['x509', '-in', file(name)], { encoding: 'utf8' });
  return text.slice(text.indexOf('-----BEGIN'), text.indexOf('-----END'));
};

describe('DNS over TLS', () => {
  itNeeds('openssl', 'kdig')('answers kdig, several queries a connection, in blocks of 468 octets', async () => {
    await start();
    const ask = ['+tls', `+tls-ca=${file('server.pem')}`, '+keepopen', '+padding'];
    const text = kdig(...ask, 'www.example.net', 'A', 'www.example.net', 'AAAA');
    expect(text).toMatch(/www\.example\.net\.\s+60\s+IN\s+A\s+192\.0\.2\.64/);
    expect(text).toMatch(/www\.example\.net\.\s+60\s+IN\s+AAAA\s+2001:db8:16::64/);
    expect(text.match(/;; Received 468 B/g)).toHaveLength(2);
    expect(text).toContain('TLS1.3');
  });

  itNeeds('openssl', 'kdig')('resumes sessions, agrees on dot by ALPN and refuses what else is offered', async () => {
    await start();
    const session = file('session');
    expect(sClient(['-alpn', 'dot', '-sess_out', session], session)).toMatch(/ALPN protocol: dot/);
    expect(existsSync(session)).toBe(true);
    expect(sClient(['-alpn', 'dot', '-sess_in', session])).toMatch(/Reused, TLSv1\.3/);
    expect(sClient(['-tls1_2'])).toMatch(/New, TLSv1\.2/);
    expect(sClient(['-alpn', 'h2'])).toMatch(/no application protocol/);
    expect(sClient(['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'])).not.toMatch(/Cipher is [A-Z]/);
    expect(kdig('+tls', 'www.example.net', 'A')).toContain('192.0.2.64');
  });

  itNeeds('openssl')('changes its certificate under way; a pair that does not fit keeps the one before', async () => {
    const running = await start();
    cpSync(file('server.pem'), file('first.pem'));
    cpSync(file('server.key'), file('first.key'));
    const old = await openTls();
    expect(shown()).toBe(held('first.pem'));

    certificate(join(place.folder, 'tls'), 'server');
    await running.logged('certificate');
    await expect.poll(shown).toBe(held('server.pem'));
    expect(await askTls(old)).toEqual(['192.0.2.64']);
    old.destroy();

    const lines = running.log.length;
    cpSync(file('first.key'), file('server.key'));
    const warning = await running.logged('warning', lines);
    expect(warning.msg).toMatch(
      /tls\.key: .*server\.key is not the key of the certificate in .*server\.pem; DNS over TLS goes on/,
    );
    expect(shown()).toBe(held('server.pem'));

    // SIGHUP reads them too, and says what is wrong again.
    const before = running.log.length;
    writeFileSync(file('server.key'), 'nonsense');
    running.signal('SIGHUP');
    expect((await running.logged('warning', before)).msg).toMatch(/holds no PEM of a private key/);
    const secrets = ['first.key', 'server.pem'].map((name) => readFileSync(file(name), 'utf8').split('\n')[1]);
    expect(running.log.some(({ msg }) => secrets.some((secret) => msg.includes(secret)))).toBe(false);
  });

  itNeeds('openssl')('closes who is silent, handshake or not, and bounds what one client has open', async () => {
    await start({ STEERD_TCP_IDLE_TIMEOUT: '0.5', STEERD_TCP_MAX_PER_CLIENT: '3' });
    const silent = connectTcp(port, '127.0.0.1');
    const shaken = await openTls();
    await Promise.all([silent, shaken].map((socket) => new Promise((closed) => socket.once('close', closed))));

    const open = await Promise.all([openTls(), openTls(), openTls()]);
    const fourth = connectTcp(port, '127.0.0.1');
    await new Promise((closed) => fourth.on('error', () => {}).once('close', closed));
    expect(open.map((socket) => socket.destroyed)).toEqual([false, false, false]);
    for (const socket of open) socket.destroy();
  });

  itNeeds('openssl')("is served by several threads, which resume each other's sessions", async () => {
    await start({ STEERD_TLS_WORKERS: '2' });
    const resumed: boolean[] = [];
    let session: Buffer | undefined;
    for (let i = 0; i < 12; i++) {
      const socket = await openTls(session);
      if (session !== undefined) resumed.push(socket.isSessionReused());
      const ticket = new Promise<Buffer>((got) => socket.once('session', got));
      expect(await askTls(socket)).toEqual(['192.0.2.64']);
      session ??= await ticket;
      socket.destroy();
    }
    expect(new Set(resumed)).toEqual(new Set([true]));
  });

  itNeeds('openssl')('does not start without what it needs, and says what', async () => {
    certificate(join(place.folder, 'tls'), 'server');
    certificate(join(place.folder, 'tls'), 'other');
    const refused = async (env: Record<string, string>, why: RegExp): Promise<void> =>
      expect(SteerdProcess.start(place, env)).rejects.toThrow(why);
    await refused(settings({ STEERD_TLS_CERT: '' }), /tls\.key is set without tls\.cert/);
    await refused({ STEERD_TLS_DOT: '127.0.0.1:0' }, /tls\.dot has an address, but there is no certificate/);
    await refused(settings({ STEERD_TLS_KEY: file('other.key') }), /not started: tls\.key: .* is not the key of/);
    await refused(settings({ STEERD_TLS_CERT: file('none.pem') }), /not started: tls\.cert: .* can't be read/);
    const blocked = await start();
    const taken = `127.0.0.1:${blocked.dot[0].port}`;
    const second = { ...settings({ STEERD_TLS_DOT: taken }), STEERD_STATE_DIR: join(place.folder, 'second') };
    await refused(second, /not started: TCP 127\.0\.0\.1:\d+ is in use by another program.*tls\.dot/);
  });
});

async function openTls(session?: Buffer): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(session ? { session } : {}) });
  socket.on('error', () => {});
  await new Promise((open) => socket.once('secureConnect', open));
  return socket;
}

/** Addresses of www.example.net, over an open connection. */
async function askTls(socket: TLSSocket): Promise<readonly string[]> {
  const message = queryMessage(9, 'www.example.net.', 1);
  const reply = new Promise<Buffer>((got) => socket.once('data', got));
  socket.write(Buffer.concat([Buffer.from([0, message.length]), message]));
  return readReply((await reply).subarray(2)).addresses;
}

/** Who is answered on a running server: by listener, by zone and network, by zone and key; over UDP, TCP and TLS. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queryMessage, type Reply, readReply, UdpClient } from '../support/ask.ts';
import { certificate } from '../support/certificate.ts';
import { optOf } from '../support/edns.ts';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

const A = 1;
const MX = 15;
const REFUSED = 5;
const EDE = 15;
const PROHIBITED = '0012';
const INSIDE = '127.0.1.1';
const OUTSIDE = '127.0.2.1';
/** Whom the first listener answers; the second answers everybody. */
const LISTEN = JSON.stringify([{ address: '127.0.0.1:0', allow: ['127.0.1.0/24'] }, '127.0.0.2:0']);
const ASK = queryMessage(7, 'www.example.net', A, { edns: 1232 });

let place: Workplace;
let server: SteerdProcess;
const clients: UdpClient[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  place = workplace();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
  remove(place);
});

async function ask(from: string, to: { host: string; port: number }, message = ASK): Promise<Reply> {
  const client = await UdpClient.open(4, from);
  clients.push(client);
  return client.send(to, message);
}

/** Asks over a stream. @returns the reply, or undefined when the server closed without one */
async function over(socket: Socket): Promise<Reply | undefined> {
  sockets.push(socket);
  let got = Buffer.alloc(0);
  socket.write(Buffer.concat([Buffer.from([ASK.length >>> 8, ASK.length & 255]), ASK]));
  return new Promise((resolve) => {
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.on('data', (piece: Buffer) => {
      got = Buffer.concat([got, piece]);
      if (got.length > 2 && got.length >= 2 + got.readUInt16BE(0)) resolve(readReply(got.subarray(2)));
    });
  });
}

const tcp = (from: string, { host, port }: { host: string; port: number }): Promise<Reply | undefined> =>
  over(connect({ host, port, localAddress: from }));

describe.each(['batched', 'dgram'])('a listener, over %s', (transport) => {
  it('answers whom it is for, refuses others over UDP, and closes their connections', async () => {
    server = await SteerdProcess.start(place, { STEERD_TRANSPORT: transport, STEERD_LISTEN: LISTEN });
    const [some, all] = server.addresses;
    expect(some).toEqual({ host: '127.0.0.1', port: some.port });
    expect((await ask(INSIDE, some)).addresses).toHaveLength(1);
    const refused = await ask(OUTSIDE, some);
    expect([refused.rcode, refused.aa, optOf(refused.message)?.options.get(EDE)]).toEqual([REFUSED, false, PROHIBITED]);
    expect((await tcp(INSIDE, some))?.addresses).toHaveLength(1);
    expect(await tcp(OUTSIDE, some)).toBeUndefined();
    for (const from of [INSIDE, OUTSIDE]) {
      expect((await ask(from, all)).addresses).toHaveLength(1);
      expect((await tcp(from, all))?.addresses).toHaveLength(1);
    }
    const { host, port } = server.api[0];
    const metrics = await (await fetch(`http://${host}:${port}/metrics`)).text();
    expect(metrics).toContain('\nsteerd_tcp_connections_refused_total 1\n');
  });
});

itNeeds('openssl')('TLS has listeners of its own', async () => {
  certificate(place.folder, 'dns');
  server = await SteerdProcess.start(place, {
    STEERD_TLS_CERT: join(place.folder, 'dns.pem'),
    STEERD_TLS_KEY: join(place.folder, 'dns.key'),
    STEERD_TLS_DOT: JSON.stringify([{ address: '127.0.0.1:0', allow: ['127.0.1.0/24'] }]),
  });
  const { host, port } = server.dot[0];
  const tls = (localAddress: string): Promise<Reply | undefined> =>
    over(
      connectTls({
        socket: connect({ host, port, localAddress }),
        rejectUnauthorized: false,
        ALPNProtocols: ['dot'],
      }),
    );
  expect((await tls(INSIDE))?.addresses).toHaveLength(1);
  expect(await tls(OUTSIDE)).toBeUndefined();
});

describe('a zone', () => {
  it('answers the networks it is for', async () => {
    server = await SteerdProcess.start(place, {
      STEERD_ACCESS: JSON.stringify([{ zones: ['example.net'], networks: ['127.0.1.0/24'] }]),
    });
    const to = server.address;
    expect((await ask(INSIDE, to)).addresses).toHaveLength(1);
    const refused = await ask(OUTSIDE, to);
    expect([refused.rcode, optOf(refused.message)?.options.get(EDE)]).toEqual([REFUSED, PROHIBITED]);
    expect((await tcp(OUTSIDE, to))?.rcode).toBe(REFUSED);
    expect((await ask(OUTSIDE, to, queryMessage(7, 'www.example.org', A))).rcode).not.toBe(REFUSED);
  });

  itNeeds('dig')('answers who has its key', async () => {
    const file = join(place.folder, 'office.key');
    const secret = Buffer.alloc(32, 7).toString('base64');
    writeFileSync(file, `key "office" { algorithm hmac-sha256; secret "${secret}"; };\n`, { mode: 0o600 });
    server = await SteerdProcess.start(place, {
      STEERD_TSIG_KEY_FILES: file,
      STEERD_ACCESS: JSON.stringify([{ zones: ['example.net'], keys: ['office'] }]),
    });
    const { host, port } = server.address;
    const dig = (...more: string[]): string =>
      spawnSync('dig', [`@${host}`, '-p', `${port}`, '+time=20', '+tries=1', ...more, 'www.example.net'], {
        encoding: 'utf8',
      }).stdout;
    expect(dig('-k', file)).toContain('status: NOERROR');
    expect(dig('+tcp', '-k', file)).toContain('192.0.2.64');
    expect(dig()).toMatch(/status: REFUSED[\s\S]*EDE: 18 \(Prohibited\)/);
  });

  itNeeds('openssl', 'curl')('is kept by no cache that others use', async () => {
    certificate(place.folder, 'dns');
    server = await SteerdProcess.start(place, {
      STEERD_TLS_CERT: join(place.folder, 'dns.pem'),
      STEERD_TLS_KEY: join(place.folder, 'dns.key'),
      STEERD_TLS_DOH: JSON.stringify([{ address: '127.0.0.1:0', allow: ['127.0.1.0/24'] }, '127.0.0.2:0']),
      STEERD_ACCESS: JSON.stringify([{ zones: ['example.net'], networks: ['127.0.1.0/24'] }]),
    });
    const caching = (listener: number, name: string, type: number): string | undefined => {
      const dns = queryMessage(0, name, type).toString('base64url');
      const { host, port } = server.doh[listener];
      const url = `https://${host}:${port}/dns-query?dns=${dns}`;
      const { stdout } = spawnSync(
        'curl',
        ['-sk', '--http2', '--interface', INSIDE, '-D', '-', '-o', '/dev/null', url],
        {
          encoding: 'utf8',
        },
      );
      return /cache-control: (.*)\r/.exec(stdout)?.[1];
    };
    expect(caching(1, 'example.net', MX)).toBe('private, max-age=3600');
    expect(caching(1, 'example.org', MX)).toMatch(/^max-age=/);
    expect(caching(0, 'example.org', MX)).toMatch(/^private, max-age=/);
  });
});

it('a rule for a zone that is not there is warned of', async () => {
  server = await SteerdProcess.start(place, {
    STEERD_ACCESS: JSON.stringify([{ zones: ['exmaple.net'], networks: ['127.0.1.0/24'] }]),
  });
  const warnings = server.log.filter(({ event }) => event === 'warning').map(({ msg }) => msg);
  expect(warnings).toEqual([expect.stringContaining('access has a rule for exmaple.net., which is no zone here')]);
  expect((await ask(OUTSIDE, server.address)).addresses).toHaveLength(1);
});

it('a rule that names a key that is not there keeps the server from starting', async () => {
  server = await SteerdProcess.start(place);
  await expect(
    SteerdProcess.start(place, { STEERD_ACCESS: JSON.stringify([{ zones: ['example.net'], keys: ['office'] }]) }),
  ).rejects.toThrow('access names the TSIG key office, which there is not');
});

/** dnsdist in front, as docs/proxy.md has it: over UDP, TCP, TLS and HTTPS the clients are its clients. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { queryMessage, type Reply, readReply, UdpClient } from '../support/ask.ts';
import { certificate } from '../support/certificate.ts';
import { ROOT } from '../support/console.ts';
import { opt, option, optOf, withOpt } from '../support/edns.ts';
import { itNeeds } from '../support/needs.ts';
import { Peer } from '../support/peers.ts';
import { proxyHeader } from '../support/proxy.ts';
import { editFile, remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

const A = 1;
const ANYCAST = '192.0.2.64';
const EUROPE = '198.51.100.64';
const SWITZERLAND = '203.0.113.64';
const COOKIE = 10;
/** Where dnsdist comes from. */
const PROXY = '127.0.0.9';
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((i) => i.address === '::1'));

let place: Workplace;
let server: SteerdProcess;
let proxy: Peer | undefined;
const clients: UdpClient[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  place = workplace();
  // Clients are told apart by where they come from.
  editFile(join(place.zones, 'network.yaml'), (text) =>
    text
      .replace(/^policies:$/m, 'policies:\n  near: { choice: nearest }')
      .replace(
        /^services:/m,
        "clients:\n  - { networks: [127.0.0.0/24], country: CH }\n  - { networks: [127.0.1.0/24, '::/56'], country: DE }\n\nservices:",
      ),
  );
  editFile(
    join(place.zones, 'example.net.yaml'),
    (text) => `${text}near: { type: STEER, service: web, group: anycast, policy: near }\n`,
  );
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy?.stop();
  proxy = undefined;
  await server.stop();
  remove(place);
});

const file = (name: string): string => join(place.folder, name);

async function start(extra: Record<string, string> = {}): Promise<void> {
  certificate(place.folder, 'ns1.example.net');
  server = await SteerdProcess.start(place, {
    STEERD_PROXY_TRUST: PROXY,
    STEERD_LOG_QUERIES: '1',
    STEERD_TLS_DOT: '127.0.0.1:0',
    STEERD_TLS_DOH: '127.0.0.1:0',
    STEERD_TLS_CERT: file('ns1.example.net.pem'),
    STEERD_TLS_KEY: file('ns1.example.net.key'),
    ...extra,
  });
}

/** The lines of docs/proxy.md that are dnsdist's, with this machine's addresses and files. */
function snippets(): { plain: string; encrypted: string } {
  const lines = readFileSync(join(ROOT, 'docs/proxy.md'), 'utf8').split('\n');
  const begins = lines.flatMap((line, i) =>
    /^ {4}(--|newServer)/.test(line) && !lines[i - 1].startsWith('    ') ? [i] : [],
  );
  const [plain, encrypted] = begins.map((from) => lines.slice(from, lines.indexOf('', from)).join('\n'));
  return { plain, encrypted };
}

/** dnsdist, once a query through it is answered. @param servers lines that say what is behind it */
async function dnsdist(servers: (plain: string, encrypted: string) => string): Promise<Peer> {
  proxy = await Peer.launch('dnsdist', 'example.net.', (folder, port) => {
    const { plain, encrypted } = snippets();
    const config = join(folder, 'dnsdist.conf');
    const text = servers(plain, encrypted)
      .replace(
        "setLocal('192.0.2.8:53')",
        `setLocal('127.0.0.1:${port}')${hasIpv6 ? `\naddLocal('[::1]:${port}')` : ''}`,
      )
      .replaceAll('192.0.2.53:53', `127.0.0.1:${server.address.port}`)
      .replaceAll('192.0.2.53:853', `127.0.0.1:${server.dot[0].port}`)
      .replaceAll("source='192.0.2.8'", `source='${PROXY}'`)
      .replaceAll('/etc/dnsdist/ca.pem', file('ns1.example.net.pem'));
    writeFileSync(config, text);
    return { program: 'dnsdist', args: ['-C', config, '--supervised', '--disable-syslog'] };
  });
  return proxy;
}

async function ask(
  from: string,
  message = queryMessage(7, 'near.example.net', A),
  to = proxy!.address,
): Promise<Reply> {
  const client = await UdpClient.open(from.includes(':') ? 6 : 4, from);
  clients.push(client);
  return client.send(from.includes(':') ? { ...to, host: '::1' } : to, message);
}

const framed = (message: Buffer): Buffer => Buffer.concat([Buffer.from([0, message.length]), message]);

/** Asks over a stream that is open already, or being opened. */
async function over(socket: Socket, before: Buffer = Buffer.alloc(0)): Promise<string[]> {
  sockets.push(socket);
  socket.on('error', () => {});
  const got = new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
  socket.write(Buffer.concat([before, framed(queryMessage(8, 'near.example.net', A))]));
  return [...readReply((await got).subarray(2)).addresses];
}

const overTcp = (localAddress: string): Promise<string[]> =>
  over(connect({ ...proxy!.address, host: '127.0.0.1', localAddress }));

/** Clients the log names, and how they came. */
const logged = (): Set<string> =>
  new Set(
    server.log
      .filter(({ event, msg }) => event === 'query' && msg.includes('near.'))
      .map((line) => {
        const { client, transport, family } = line as unknown as Record<string, string>;
        return `${client} ${transport} ${family}`;
      }),
  );

async function metric(name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${server.api[0].port}/metrics`);
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await response.text())?.[1]);
}

describe('dnsdist in front', () => {
  const it = itNeeds('dnsdist', 'openssl');

  it.each(['batched', 'dgram'])('over UDP and TCP tells whose queries it sends (%s)', async (transport) => {
    await start({ STEERD_TRANSPORT: transport });
    await dnsdist((plain) => plain);
    expect((await ask('127.0.0.1')).addresses).toEqual([SWITZERLAND]);
    expect((await ask('127.0.1.1')).addresses).toEqual([EUROPE]);
    expect((await ask('127.0.2.1')).addresses).toEqual([ANYCAST]);
    expect(await overTcp('127.0.1.1')).toEqual([EUROPE]);
    expect(await overTcp('127.0.2.1')).toEqual([ANYCAST]);
    // An IPv6 client over dnsdist's IPv4.
    if (hasIpv6) expect((await ask('::1')).addresses).toEqual([EUROPE]);
    const expected = [
      '127.0.0.1 udp ipv4',
      '127.0.1.1 udp ipv4',
      '127.0.2.1 udp ipv4',
      '127.0.1.1 tcp ipv4',
      '127.0.2.1 tcp ipv4',
    ];
    await expect.poll(logged).toEqual(new Set([...expected, ...(hasIpv6 ? ['::1 udp ipv6'] : [])]));
    expect(await metric('steerd_proxy_headers_total')).toBeGreaterThanOrEqual(5);
    expect(await metric('steerd_proxy_refused_total')).toBe(0);
    // Others are answered as ever, without a header.
    expect((await ask('127.0.1.1', undefined, server.address)).addresses).toEqual([EUROPE]);
  });

  it("cookies are the clients', and so are their shares of connections", async () => {
    await start({ STEERD_COOKIES_REQUIRED: 'true', STEERD_TCP_MAX_PER_CLIENT: '1' });
    await dnsdist((plain) => plain);
    const withCookie = (hex: string): Buffer =>
      withOpt(queryMessage(9, 'near.example.net', A), opt(option(COOKIE, Buffer.from(hex, 'hex'))));
    const first = optOf((await ask('127.0.1.1', withCookie('0102030405060708'))).message);
    expect(first?.rcode).toBe(23);
    const cookie = first?.options.get(COOKIE) ?? '';
    expect(cookie).toMatch(/^0102030405060708.{32}$/);
    expect(optOf((await ask('127.0.1.1', withCookie(cookie))).message)?.rcode).toBe(0);
    // Another client of the same proxy has not got it, and its owner has it without the proxy too.
    expect(optOf((await ask('127.0.2.1', withCookie(cookie))).message)?.rcode).toBe(23);
    expect(optOf((await ask('127.0.1.1', withCookie(cookie), server.address)).message)?.rcode).toBe(0);
    expect(await overTcp('127.0.1.1')).toEqual([EUROPE]);
    expect(await overTcp('127.0.2.1')).toEqual([ANYCAST]);
  });

  it("rates of replies are the clients' networks'", async () => {
    await start({ STEERD_RATE_LIMIT_ENABLED: 'true', STEERD_RATE_LIMIT_ANSWERS: '1', STEERD_RATE_LIMIT_SLIP: '1' });
    await dnsdist((plain) => plain);
    const many = await Promise.all(Array.from({ length: 60 }, () => ask('127.0.1.1')));
    expect(many.filter(({ tc }) => tc).length).toBeGreaterThan(0);
    expect(await ask('127.0.2.1')).toMatchObject({ tc: false, addresses: [ANYCAST] });
  });

  it('over TLS sends the header inside it', async () => {
    await start();
    await dnsdist((plain, encrypted) => plain.replace(/ *newServer.*/, encrypted));
    expect((await ask('127.0.0.1')).addresses).toEqual([SWITZERLAND]);
    expect((await ask('127.0.1.1')).addresses).toEqual([EUROPE]);
    expect(await overTcp('127.0.2.1')).toEqual([ANYCAST]);
    await expect.poll(logged).toEqual(new Set(['127.0.0.1 tls ipv4', '127.0.1.1 tls ipv4', '127.0.2.1 tls ipv4']));
    expect(await metric('steerd_proxy_refused_total')).toBe(0);
  });

  it('over HTTPS too', async () => {
    await start();
    await dnsdist((plain, encrypted) => {
      const doh = encrypted.replace('192.0.2.53:853', `127.0.0.1:${server.doh[0].port}`);
      return plain.replace(/ *newServer.*/, doh.replace("tls='openssl'", "tls='openssl', dohPath='/dns-query'"));
    });
    expect((await ask('127.0.0.1')).addresses).toEqual([SWITZERLAND]);
    expect((await ask('127.0.1.1')).addresses).toEqual([EUROPE]);
    await expect.poll(logged).toEqual(new Set(['127.0.0.1 https ipv4', '127.0.1.1 https ipv4']));
  });

  it('whose server does not trust it gets no answer of use', async () => {
    await start({ STEERD_PROXY_TRUST: '127.0.0.10' });
    await expect(dnsdist((plain) => plain)).rejects.toThrow('dnsdist did not start');
    expect(await metric('steerd_proxy_headers_total')).toBe(0);
    expect((await ask('127.0.1.1', undefined, server.address)).addresses).toEqual([EUROPE]);
  });
});

describe('the header of a connection with TLS', () => {
  const it = itNeeds('openssl');
  const header = proxyHeader({ source: Uint8Array.of(127, 0, 1, 77) });
  const tcp = (port: number): Socket => connect({ port, host: '127.0.0.1', localAddress: PROXY });

  it.each(['before', 'inside'] as const)('is %s TLS where the settings have it so', async (where) => {
    await start({ STEERD_PROXY_TLS_HEADER: where });
    const secured = async (port: number, protocol: string, at: 'before' | 'inside'): Promise<Socket> => {
      const socket = tcp(port);
      sockets.push(socket);
      if (at === 'before') socket.write(header);
      const stream = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: [protocol] });
      sockets.push(stream);
      stream.on('error', () => {});
      await new Promise((resolve, reject) => {
        stream.once('secureConnect', resolve);
        stream.once('error', reject);
        socket.once('close', () => reject(new Error('closed')));
      });
      return stream;
    };
    const dot = await secured(server.dot[0].port, 'dot', where);
    expect(await over(dot, where === 'inside' ? header : undefined)).toEqual([EUROPE]);

    const stream = await secured(server.doh[0].port, 'h2', where);
    // Node's client of HTTP/2 takes the socket over, and must not find a write under way.
    if (where === 'inside') await new Promise((written) => stream.write(header, written));
    const session = connectHttp2(`https://127.0.0.1:${server.doh[0].port}`, { createConnection: () => stream });
    const query = queryMessage(0, 'near.example.net', A).toString('base64url');
    const request = session.request({ ':path': `/dns-query?dns=${query}`, accept: 'application/dns-message' });
    const body: Buffer[] = [];
    for await (const piece of request) body.push(piece as Buffer);
    session.destroy();
    expect(readReply(Buffer.concat(body)).addresses).toEqual([EUROPE]);
    await expect.poll(logged).toEqual(new Set(['127.0.1.77 tls ipv4', '127.0.1.77 https ipv4']));

    // Elsewhere it is none.
    const other = where === 'before' ? 'inside' : 'before';
    const refused = async (): Promise<string[]> =>
      over(await secured(server.dot[0].port, 'dot', other), other === 'inside' ? header : undefined);
    await expect(refused()).rejects.toThrow();
    await expect.poll(() => metric('steerd_proxy_refused_total')).toBe(where === 'before' ? 1 : 0);
  });
});

/** One suite for both transports, UDP and TCP: ours through the C library, and node's own. */
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { CHANNEL_WORDS, Channel, COUNTER_WORDS, Counter, typeIndex } from '../../src/answer/counters.ts';
import { SAMPLE_EVERY, SERVICE_BUCKETS } from '../../src/answer/service-time.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { askTcp, queryMessage, type Reply, readReply, UdpClient } from '../support/ask.ts';
import { inputOf, record, steer, TestZone } from '../support/records.ts';
import { Rig, type RigOptions } from '../support/rig.ts';

const ANYCAST = '192.0.2.64';
const A = 1;
const TXT = 16;
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((i) => i.address === '::1'));

/** Text of many octets, to fill messages. */
function txt(octets: number): Uint8Array {
  const strings: number[] = [];
  for (let left = octets; left > 0; left -= 256) {
    const length = Math.min(255, left - 1);
    strings.push(length, ...new Array(length).fill(0x61));
  }
  return Uint8Array.from(strings);
}

const zone = new TestZone('example.net.', [
  record('example.net.', RRType.NS, parseName('ns.elsewhere.')),
  steer('www.example.net.', 'anycast'),
  record('big.example.net.', RRType.TXT, txt(2000)),
  record('huge.example.net.', RRType.TXT, txt(60_000)),
]);

let rig: Rig;
const clients: UdpClient[] = [];
const sockets: Socket[] = [];

async function start(options: RigOptions): Promise<Rig> {
  rig = await Rig.start(inputOf([zone]), options);
  return rig;
}

async function client(family: 4 | 6 = 4): Promise<UdpClient> {
  const c = await UdpClient.open(family);
  clients.push(c);
  return c;
}

/** A message as it goes over a stream (RFC 1035 §4.2.2). */
function frame(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([message.length >>> 8, message.length & 0xff]), message]);
}

interface Stream {
  readonly socket: Socket;
  /** Those that have come, in their order. */
  readonly replies: Reply[];
  /** Settled when the server has closed. */
  readonly ended: Promise<void>;
}

/** A connection, once it is open. */
async function openStream(server: Rig, to = server.address): Promise<Stream> {
  const socket = connect({ port: to.port, host: to.host, allowHalfOpen: true });
  sockets.push(socket);
  socket.on('error', () => {});
  const replies: Reply[] = [];
  let pieces: Buffer[] = [];
  let octets = 0;
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    octets += piece.length;
    let all = pieces.length === 1 ? piece : undefined;
    for (;;) {
      // Joined only when a reply is whole: large ones come in many pieces.
      if (octets < 2) return;
      all ??= Buffer.concat(pieces);
      pieces = [all];
      const end = 2 + all.readUInt16BE(0);
      if (octets < end) return;
      replies.push(readReply(all.subarray(2, end)));
      all = all.subarray(end);
      pieces = [all];
      octets = all.length;
    }
  });
  const ended = new Promise<void>((resolve) => socket.once('end', resolve));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, replies, ended };
}

/** What a worker has counted of service times, once it is `queries` of them: the count follows the reply. */
async function timed({ workers }: Rig, worker: number, queries = 2): Promise<{ queries: number; plausible: boolean }> {
  const row = new Uint32Array(workers.counters, worker * COUNTER_WORDS * 4, COUNTER_WORDS);
  const buckets = row.subarray(Counter.SERVICE_0, Counter.SERVICE_0 + SERVICE_BUCKETS);
  const counted = (): number => buckets.reduce((sum, n) => sum + n, 0);
  for (let i = 0; i < 3000 && counted() < queries; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  // No system call and answer takes less than a microsecond; no busy machine takes ten seconds.
  const sum = row[Counter.SERVICE_SUM];
  return { queries: counted(), plausible: sum > 0 && sum < 10_000_000 };
}

afterEach(async () => {
  for (const c of clients.splice(0)) c.close();
  for (const s of sockets.splice(0)) s.destroy();
  await rig.stop();
});

describe.each(['batched', 'dgram'] as const)('UDP over %s', (transport) => {
  it('answers on IPv4 and IPv6', async () => {
    const listen = [{ host: '127.0.0.1', port: 0 }, ...(hasIpv6 ? [{ host: '::1', port: 0 }] : [])];
    const { workers } = await start({ transport, listen });
    for (const address of workers.addresses) {
      const c = await client(address.host.includes(':') ? 6 : 4);
      expect((await c.ask(address, 'www.example.net.', A)).addresses).toEqual([ANYCAST]);
    }
    const counters = new Uint32Array(workers.counters);
    const asked = [Channel.UDP_IPV4, Channel.UDP_IPV6].map(
      (channel) => counters[Counter.QUERIES_0 + channel * CHANNEL_WORDS],
    );
    expect(asked).toEqual([1, hasIpv6 ? 1 : 0]);
  });

  it('replies from the address that was asked when it listens on the wildcard', async () => {
    const { workers } = await start({ transport, listen: [{ host: '0.0.0.0', port: 0 }] });
    const c = await client();
    // dgram lists the machine's own addresses; the kernel answers for all of 127/8 only on the wildcard socket itself.
    const hosts = transport === 'batched' ? ['127.0.0.1', '127.0.0.2', '127.1.2.3'] : ['127.0.0.1'];
    for (const host of hosts) {
      const reply = await c.ask({ host, port: workers.addresses[0].port }, 'www.example.net.', A);
      expect(reply.from).toBe(host);
    }
  });

  it.skipIf(!hasIpv6)('replies over IPv6 when it listens on both wildcards', async () => {
    const { workers } = await start({
      transport,
      listen: [
        { host: '0.0.0.0', port: 0 },
        { host: '::', port: 0 },
      ],
    });
    for (const host of ['127.0.0.1', '::1']) {
      const c = await client(host === '::1' ? 6 : 4);
      const address = workers.addresses.find(
        (a) => a.host.includes(':') === host.includes(':') && (transport === 'batched' || a.host === host),
      )!;
      const reply = await c.ask({ host, port: address.port }, 'www.example.net.', A);
      expect([reply.from, reply.addresses]).toEqual([host, [ANYCAST]]);
    }
  });

  it("truncates at whole RRsets, at 512 octets, at the client's size and at its own", async () => {
    const server = await start({ transport, udpSize: 4096 });
    const c = await client();
    for (const [edns, tc] of [
      [undefined, true],
      [1232, true],
      [4096, false],
      [65535, false],
    ] as const) {
      const reply = await c.ask(server.address, 'big.example.net.', TXT, { edns });
      expect([edns, reply.tc, reply.counts[1], reply.counts[3]]).toEqual([
        edns,
        tc,
        tc ? 0 : 1,
        edns === undefined ? 0 : 1,
      ]);
    }
    const huge = await c.ask(server.address, 'huge.example.net.', TXT, { edns: 65535 });
    expect([huge.tc, huge.message.length <= 4096]).toEqual([true, true]);
  });

  it('does not answer responses, fragments of headers, or oversized messages, and lives on', async () => {
    const server = await start({ transport });
    const c = await client();
    const response = queryMessage(1, 'www.example.net.', A);
    response[2] |= 0x80;
    const large = Buffer.concat([queryMessage(2, 'www.example.net.', A), Buffer.alloc(4000)]);
    for (const message of [response, Buffer.from([0, 1, 0, 0, 0]), large]) {
      await expect(c.send(server.address, message, 150)).rejects.toThrow('no reply');
    }
    const counters = new Uint32Array(server.workers.counters);
    expect([counters[Counter.DROPPED], counters[Counter.MALFORMED]]).toEqual([3, 2]);
    expect((await c.ask(server.address, 'www.example.net.', A)).addresses).toEqual([ANYCAST]);
  });

  it('answers thousands of clients on several workers', async () => {
    const server = await start({ transport, udpWorkers: 2 });
    let answered = 0;
    for (let round = 0; round < 40; round++) {
      const some = await Promise.all(Array.from({ length: 50 }, () => UdpClient.open()));
      const replies = await Promise.all(some.map((c) => c.ask(server.address, 'www.example.net.', A)));
      answered += replies.filter((r) => r.addresses[0] === ANYCAST).length;
      for (const c of some) c.close();
    }
    expect(answered).toBe(2000);
  });

  it('answers a burst larger than a batch, each with its own ID', async () => {
    const server = await start({ transport });
    const c = await client();
    const replies = await Promise.all(Array.from({ length: 150 }, () => c.ask(server.address, 'www.example.net.', A)));
    expect(new Set(replies.map((r) => r.id)).size).toBe(150);
  });

  it('times one of many batches', async () => {
    const server = await start({ transport });
    const c = await client();
    for (let i = 0; i < 2 * SAMPLE_EVERY + 1; i++) await c.ask(server.address, 'www.example.net.', A);
    expect(await timed(server, 0)).toEqual({ queries: 2, plausible: true });
  });
});

describe.each(['batched', 'dgram'] as const)('TCP beside %s', (transport) => {
  it('answers pipelined queries, in whatever pieces they come', async () => {
    const server = await start({ transport });
    const messages = Array.from({ length: 200 }, (_, i) => queryMessage(i, 'www.example.net.', A));
    const replies = await askTcp(server.address, messages);
    expect(replies.map((r) => r.id).sort((a, b) => a - b)).toEqual(messages.map((_, i) => i));
    expect(replies.every((r) => r.addresses[0] === ANYCAST)).toBe(true);
    const one = Buffer.concat(messages.slice(0, 3).map(frame));
    const socket = connect(server.address.port, server.address.host);
    sockets.push(socket);
    for (const octet of one) {
      socket.write(Buffer.from([octet]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const received = await new Promise<number>((resolve) => {
      let n = 0;
      socket.on('data', (d: Buffer) => {
        n += d.length;
        if (n >= 3 * (2 + 49)) resolve(n);
      });
    });
    expect(received).toBe(3 * (2 + 49));
  });

  it('times one of many messages, also where most pieces complete none', async () => {
    const server = await start({ transport });
    const message = queryMessage(1, 'www.example.net.', A);
    for (let i = 0; i < SAMPLE_EVERY; i++) await askTcp(server.address, [message]);
    expect(await timed(server, 1, 0)).toEqual({ queries: 0, plausible: false });
    const socket = connect(server.address.port, server.address.host);
    sockets.push(socket);
    socket.setNoDelay(true);
    for (const octet of [0, message.length, ...message]) {
      socket.write(Buffer.from([octet]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => socket.once('data', resolve));
    expect(await timed(server, 1, 1)).toEqual({ queries: 1, plausible: true });
  });

  it('sends up to 64 KiB without truncation', async () => {
    const server = await start({ transport });
    const [reply] = await askTcp(server.address, [queryMessage(1, 'huge.example.net.', TXT)]);
    expect([reply.tc, reply.counts[1], reply.message.length > 60_000]).toEqual([false, 1, true]);
    // The stream worker's row is behind the UDP worker's.
    const counters = new Uint32Array(server.workers.counters, COUNTER_WORDS * 4);
    expect(counters[Counter.QUERIES_0 + Channel.TCP_IPV4 * CHANNEL_WORDS + typeIndex(RRType.TXT)]).toBe(1);
    expect(counters[Counter.CONNECTIONS]).toBe(1);
  });

  it('closes connections that are silent, half-open or trickling, and no others', async () => {
    // Long beside what a busy machine makes a worker wait for what it is sent every 50 ms.
    const server = await start({ transport, tcp: { idleTimeout: 4000 } });
    const open = (): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = connect(server.address.port, server.address.host, () => resolve(socket));
        socket.on('error', () => {});
        sockets.push(socket);
      });
    const [silent, trickling, busy] = await Promise.all([open(), open(), open()]);
    const closed = new Map<Socket, boolean>();
    for (const s of [silent, trickling, busy]) s.on('close', () => closed.set(s, true)).resume();
    const framed = frame(queryMessage(1, 'www.example.net.', A));
    const timer = setInterval(() => {
      trickling.write(Buffer.from([0xff]));
      busy.write(framed);
    }, 50);
    await expect.poll(() => [silent, trickling].map((s) => closed.get(s) === true)).toEqual([true, true]);
    clearInterval(timer);
    expect(closed.get(busy)).toBe(undefined);
  });

  it('gives a client no more than its share of connections, and the oldest silent one makes room for another client', async () => {
    const server = await start({ transport, tcp: { maxPerClient: 3, maxConnections: 4, idleTimeout: 300_000 } });
    const framed = frame(queryMessage(1, 'www.example.net.', A));
    const open = (localAddress: string): Promise<'open' | 'closed'> =>
      new Promise((resolve) => {
        const socket = connect({ port: server.address.port, host: server.address.host, localAddress });
        sockets.push(socket);
        socket.on('error', () => {});
        socket.on('close', () => resolve('closed'));
        // Open is what gets an answer: the kernel accepts connections the server then turns away.
        socket.on('connect', () => socket.write(framed));
        socket.on('data', () => resolve('open'));
      });
    const first = [];
    for (let i = 0; i < 4; i++) first.push(await open('127.0.0.1'));
    expect(first).toEqual(['open', 'open', 'open', 'closed']);
    expect([await open('127.0.0.2'), await open('127.0.0.3')]).toEqual(['open', 'open']);
    await expect.poll(() => sockets[0].destroyed).toBe(true);
    expect(sockets[1].destroyed).toBe(false);
  });

  it('stops answering a client that does not read, without harm to others', async () => {
    const server = await start({ transport, tcp: { idleTimeout: 1000, maxPipelined: 10 } });
    const slow = connect(server.address.port, server.address.host);
    sockets.push(slow);
    slow.on('error', () => {});
    slow.pause();
    const framed = frame(queryMessage(1, 'huge.example.net.', TXT));
    for (let i = 0; i < 1000; i++) slow.write(framed);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) {
      const [reply] = await askTcp(server.address, [queryMessage(2, 'www.example.net.', A)]);
      expect(reply.addresses).toEqual([ANYCAST]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // A thousand answers of 60 KiB would be 60 MiB.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(30);
  });

  it('puts together messages that are cut anywhere, small and large', async () => {
    const server = await start({ transport });
    const lengths = [0, 0, 20, 700, 3000, 65_535 - 33, 0, 20_000, 5];
    const messages = Array.from({ length: 90 }, (_, i) =>
      // Octets behind a question make a message that can't be read: answered, whatever its length.
      Buffer.concat([queryMessage(i, 'www.example.net.', A), Buffer.alloc(lengths[i % lengths.length])]),
    );
    const stream = Buffer.concat(messages.map(frame));
    const { socket, replies } = await openStream(server);
    socket.setNoDelay(true);
    let step = 1;
    for (let p = 0; p < stream.length; p += step) {
      // Sizes that meet no boundary twice alike.
      step = 1 + ((step * 7919 + 13) % 9000);
      socket.write(stream.subarray(p, p + step));
      if (step % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => replies.length).toBe(messages.length);
    expect(replies.map(({ id }) => id)).toEqual(messages.map((_, i) => i));
    expect(replies.map(({ rcode }) => rcode)).toEqual(
      messages.map((_, i) => (lengths[i % lengths.length] === 0 ? 0 : 1)),
    );
  });

  it('goes on behind messages that are empty, shorter than a header, responses or garbage', async () => {
    const server = await start({ transport });
    const response = queryMessage(1, 'www.example.net.', A);
    response[2] |= 0x80;
    const garbage = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 151) & 0x7f));
    const query = queryMessage(7, 'www.example.net.', A);
    const { socket, replies } = await openStream(server);
    for (const message of [Buffer.alloc(0), Buffer.from([1, 2, 3]), Buffer.alloc(11), response, garbage, query])
      socket.write(frame(message));
    await expect.poll(() => replies.at(-1)?.id).toBe(7);
    expect(replies.at(-1)?.addresses).toEqual([ANYCAST]);
    const counters = new Uint32Array(server.workers.counters, COUNTER_WORDS * 4);
    expect(counters[Counter.DROPPED]).toBe(4);
  });

  it('answers all that a half-closed client has asked, then closes', async () => {
    const server = await start({ transport });
    const { socket, replies, ended } = await openStream(server);
    // More than is answered in one turn, and more than the kernel takes at once.
    for (let i = 0; i < 300; i++)
      socket.write(frame(queryMessage(i, i % 3 === 0 ? 'huge.example.net.' : 'www.example.net.', TXT)));
    socket.write(Buffer.from([0, 40, 1, 2, 3]));
    socket.end();
    await ended;
    expect(replies.map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(replies.filter(({ message }) => message.length > 60_000).length).toBe(100);
  });

  it('keeps answers for a client that reads late, and reads on when it has', async () => {
    const server = await start({ transport, tcp: { idleTimeout: 300_000, maxPipelined: 5 } });
    const { socket, replies } = await openStream(server);
    socket.pause();
    for (let i = 0; i < 400; i++) socket.write(frame(queryMessage(i, 'huge.example.net.', TXT)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const counters = new Uint32Array(server.workers.counters, COUNTER_WORDS * 4);
    const asked = Counter.QUERIES_0 + Channel.TCP_IPV4 * CHANNEL_WORDS + typeIndex(RRType.TXT);
    expect(counters[asked]).toBeLessThan(400);
    socket.resume();
    await expect.poll(() => replies.length).toBe(400);
    expect(replies.map(({ id }) => id)).toEqual(Array.from({ length: 400 }, (_, i) => i));
    // Still a connection like any other.
    socket.write(frame(queryMessage(999, 'www.example.net.', A)));
    await expect.poll(() => replies.at(-1)?.addresses).toEqual([ANYCAST]);
  });

  it('answers on several workers, which share the listening socket', async () => {
    const server = await start({ transport, streamWorkers: 3 });
    const asked = Array.from({ length: 100 }, (_, i) => i);
    const replies = await Promise.all(
      asked.map((id) => askTcp(server.address, [queryMessage(id, 'www.example.net.', A)])),
    );
    expect(replies.map(([{ id }]) => id)).toEqual(asked);
    // Behind the UDP worker's row.
    const rows = [1, 2, 3].map((w) => new Uint32Array(server.workers.counters, w * COUNTER_WORDS * 4, COUNTER_WORDS));
    expect(rows.reduce((sum, row) => sum + row[Counter.CONNECTIONS], 0)).toBe(100);
  });

  it('serves many connections that come and go, each client its own answer', async () => {
    const server = await start({ transport, tcp: { maxPerClient: 1000, maxConnections: 1000 } });
    for (let round = 0; round < 5; round++) {
      const asked = Array.from({ length: 100 }, (_, i) => round * 100 + i);
      const replies = await Promise.all(
        asked.map((id) => askTcp(server.address, [queryMessage(id, 'www.example.net.', A)])),
      );
      expect(replies.map(([{ id }]) => id)).toEqual(asked);
    }
    const counters = new Uint32Array(server.workers.counters, COUNTER_WORDS * 4);
    expect([counters[Counter.CONNECTIONS], counters[Counter.CONNECTIONS_REFUSED]]).toEqual([500, 0]);
  });

  it.skipIf(!hasIpv6)('counts IPv6 apart, and its clients by their /64', async () => {
    const server = await start({
      transport,
      listen: [
        { host: '127.0.0.1', port: 0 },
        { host: '::1', port: 0 },
      ],
      tcp: { maxPerClient: 1 },
    });
    const six = server.workers.addresses[1];
    await openStream(server, six);
    await expect(askTcp(six, [queryMessage(1, 'www.example.net.', A)])).rejects.toThrow();
    expect(await askTcp(server.address, [queryMessage(1, 'www.example.net.', A)])).toMatchObject([
      { addresses: [ANYCAST] },
    ]);
    const counters = new Uint32Array(server.workers.counters, COUNTER_WORDS * 4);
    expect(counters[Counter.QUERIES_0 + Channel.TCP_IPV4 * CHANNEL_WORDS]).toBe(1);
    expect([counters[Counter.CONNECTIONS], counters[Counter.CONNECTIONS_REFUSED]]).toEqual([2, 1]);
  });
});

describe('messages over TCP and UDP', () => {
  it('are the same where UDP has room', async () => {
    const server = await start({});
    const c = await client();
    const message = queryMessage(77, 'www.example.net.', 28, { edns: 1232 });
    const udp = await c.send(server.address, message);
    const [tcp] = await askTcp(server.address, [message]);
    expect(tcp.message.toString('hex')).toBe(udp.message.toString('hex'));
    expect(readReply(udp.message).aa).toBe(true);
  });
});

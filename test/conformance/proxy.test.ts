/** Clients behind proxies (PROXY protocol, version 2), over both transports: ours through the C library, and node's own. */
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { CHANNEL_WORDS, CHANNELS, Channel, COUNTER_WORDS, Counter } from '../../src/answer/counters.ts';
import { formatAddress } from '../../src/net/address.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage, type Reply, readReply, UdpClient } from '../support/ask.ts';
import { opt, option, withOpt } from '../support/edns.ts';
import { LOCAL, proxyHeader } from '../support/proxy.ts';
import { inputOf, record, steer, TestZone } from '../support/records.ts';
import { Rig, type RigOptions } from '../support/rig.ts';

const ANYCAST = '192.0.2.64';
const A = 1;
/** The address that is trusted. */
const PROXY = '127.0.0.9';
const CLIENT4 = Uint8Array.of(198, 51, 100, 7);
const CLIENT6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const OTHER = Uint8Array.of(198, 51, 100, 8);
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((i) => i.address === '::1'));

const zone = new TestZone('example.net.', [
  record('example.net.', RRType.NS, parseName('ns.elsewhere.')),
  steer('www.example.net.', 'anycast'),
]);
const trust = [`${PROXY}/32`, '::1/128'].map((text) => parsePrefix(text)!);

let rig: Rig;
const clients: UdpClient[] = [];
const sockets: Socket[] = [];

async function start(options: RigOptions): Promise<Rig> {
  rig = await Rig.start(inputOf([zone]), {
    proxies: { trust, tlsHeader: 'inside' },
    logEvery: 1,
    listen: [{ host: '127.0.0.1', port: 0 }, ...(hasIpv6 ? [{ host: '::1', port: 0 }] : [])],
    ...options,
  });
  return rig;
}

async function client(from: string): Promise<UdpClient> {
  const c = await UdpClient.open(from.includes(':') ? 6 : 4, from);
  clients.push(c);
  return c;
}

/** A worker's counter, or its queries of a channel. */
const counted = (at: number, worker = 0): number => new Uint32Array(rig.workers.counters)[worker * COUNTER_WORDS + at];
const queries = (channel: Channel, worker = 0): number => {
  const line = worker * COUNTER_WORDS + Counter.QUERIES_0 + channel * CHANNEL_WORDS;
  return new Uint32Array(rig.workers.counters).subarray(line, line + CHANNEL_WORDS).reduce((sum, n) => sum + n, 0);
};

/** Whose queries the server has seen, and how they came. */
const seen = (): string[] =>
  rig.queries.map((query) => {
    const { transport, family } = CHANNELS[query.channel];
    return `${formatAddress(query.client)} ${transport} ${family}`;
  });

afterEach(async () => {
  for (const c of clients.splice(0)) c.close();
  for (const s of sockets.splice(0)) s.destroy();
  await rig.stop();
});

describe.each(['batched', 'dgram'] as const)('datagrams of proxies over %s', (transport) => {
  const question = (id: number): Buffer => queryMessage(id, 'www.example.net.', A);
  type Of = Parameters<typeof proxyHeader>[0];
  const behind = (c: UdpClient, to: { host: string; port: number }, of: Of, id = 1): Promise<Reply> =>
    c.send(to, question(id), 20_000, proxyHeader(of));

  it("are the clients', of either family over either; replies go to the proxy", async () => {
    const { workers } = await start({ transport });
    for (const [i, to] of workers.addresses.entries()) {
      const proxy = await client(to.host === '127.0.0.1' ? PROXY : '::1');
      for (const source of [CLIENT4, CLIENT6]) {
        const { id, addresses } = await behind(proxy, to, { source, family: source === CLIENT4 ? 0x12 : 0x22 }, i);
        expect([id, addresses]).toEqual([i, [ANYCAST]]);
      }
    }
    await expect.poll(seen).toHaveLength(2 * workers.addresses.length);
    const told = ['198.51.100.7 udp ipv4', '2001:db8:7::1 udp ipv6'];
    expect(seen()).toEqual(hasIpv6 ? [...told, ...told] : told);
    expect([queries(Channel.UDP_IPV4), queries(Channel.UDP_IPV6)]).toEqual(hasIpv6 ? [2, 2] : [1, 1]);
    expect([counted(Counter.PROXY_TAKEN), counted(Counter.PROXY_REFUSED)]).toEqual([hasIpv6 ? 4 : 2, 0]);
  });

  it("are the proxy's own where it says so, or says nothing; TLVs are passed over", async () => {
    const server = await start({ transport });
    const proxy = await client(PROXY);
    const tlvs = Buffer.concat([Buffer.from([0xe0, 0, 3, 1, 2, 3]), Buffer.alloc(40)]);
    for (const of of [{ command: LOCAL }, { command: LOCAL, source: CLIENT4 }, { family: 0 }, { source: OTHER, tlvs }])
      expect((await behind(proxy, server.address, of)).addresses).toEqual([ANYCAST]);
    await expect.poll(seen).toHaveLength(4);
    expect(seen()).toEqual([...new Array(3).fill(`${PROXY} udp ipv4`), '198.51.100.8 udp ipv4']);
  });

  it('in bursts beside others get each their own answer', async () => {
    const server = await start({ transport });
    const [proxy, direct] = await Promise.all([client(PROXY), client('127.0.0.1')]);
    const asked = Array.from({ length: 300 }, (_, id) => {
      if (id % 3 === 0) return direct.send(server.address, question(id));
      return behind(proxy, server.address, { source: id % 3 === 1 ? CLIENT4 : CLIENT6 }, id);
    });
    const replies = await Promise.all(asked);
    expect(replies.map(({ id }) => id)).toEqual(asked.map((_, id) => id));
    expect(replies.every(({ addresses }) => addresses[0] === ANYCAST)).toBe(true);
    expect([queries(Channel.UDP_IPV4), queries(Channel.UDP_IPV6)]).toEqual([200, 100]);
  });

  it('may have the longest header before the longest query', async () => {
    const server = await start({ transport });
    const proxy = await client(PROXY);
    const longest = proxyHeader({ source: CLIENT6, tlvs: new Uint8Array(512 - 16 - 36) });
    const plain = withOpt(question(5), opt(option(12, [])));
    const query = withOpt(question(5), opt(option(12, new Uint8Array(1232 - plain.length))));
    expect([longest.length, query.length]).toEqual([512, 1232]);
    expect((await proxy.send(server.address, query, 20_000, longest)).addresses).toEqual([ANYCAST]);
    const longer = proxyHeader({ source: CLIENT6, tlvs: new Uint8Array(512 - 16 - 35) });
    await expect(proxy.send(server.address, question(6), 300, longer)).rejects.toThrow('no reply');
  });

  it('without a header, or with part of one, are dropped and counted', async () => {
    const server = await start({ transport });
    const proxy = await client(PROXY);
    const header = proxyHeader({ source: CLIENT4 });
    const text = Buffer.concat([Buffer.from('PROXY UDP4 198.51.100.7 192.0.2.1 4000 53\r\n'), question(1)]);
    const bad = [question(1), text, Buffer.alloc(0), ...Array.from(header, (_, cut) => header.subarray(0, cut))];
    for (const message of bad)
      void proxy.send(server.address, message.length < 2 ? Buffer.alloc(2) : message, 1).catch(() => {});
    await expect.poll(() => counted(Counter.PROXY_REFUSED)).toBe(bad.length);
    // A header alone is one, with a message shorter than any.
    await expect(proxy.send(server.address, header, 200)).rejects.toThrow('no reply');
    expect([counted(Counter.PROXY_TAKEN), counted(Counter.DROPPED)]).toEqual([1, bad.length + 1]);
    expect(seen()).toEqual([]);
    expect((await behind(proxy, server.address, { source: CLIENT4 })).addresses).toEqual([ANYCAST]);
  });

  it('that are not trusted are what they are without the setting: no header is looked for', async () => {
    const server = await start({ transport });
    const other = await client('127.0.0.1');
    const message = Buffer.concat([proxyHeader({ source: CLIENT4 }), question(1)]);
    const reply = await other.send(server.address, message);
    expect(reply.addresses).toEqual([]);
    await server.stop();
    const plain = await Rig.start(inputOf([zone]), { transport });
    rig = plain;
    expect((await other.send(plain.address, message)).message.equals(reply.message)).toBe(true);
  });
});

interface Stream {
  readonly socket: Socket;
  readonly replies: Reply[];
}

/** A connection, with its replies as they come. */
function open(to: { host: string; port: number }, from = PROXY): Stream {
  const local = to.host === '::1' ? '::1' : from;
  const socket = connect({ port: to.port, host: to.host, localAddress: local, noDelay: true });
  sockets.push(socket);
  socket.on('error', () => {});
  const replies: Reply[] = [];
  let held = Buffer.alloc(0);
  socket.on('data', (piece: Buffer) => {
    held = Buffer.concat([held, piece]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      replies.push(readReply(held.subarray(2, end)));
      held = held.subarray(end);
    }
  });
  return { socket, replies };
}

const framed = (id: number): Buffer => {
  const message = queryMessage(id, 'www.example.net.', A);
  return Buffer.concat([Buffer.from([0, message.length]), message]);
};

describe.each(['batched', 'dgram'] as const)('connections of proxies beside %s', (transport) => {
  it("are the clients', of either family over either, in whatever pieces the header comes", async () => {
    const { workers } = await start({ transport });
    for (const to of workers.addresses) {
      for (const source of [CLIENT4, CLIENT6]) {
        const { socket, replies } = open(to);
        const octets = Buffer.concat([proxyHeader({ source, tlvs: new Uint8Array(9) }), framed(1), framed(2)]);
        for (const octet of octets) {
          socket.write(Buffer.from([octet]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await expect.poll(() => replies.map(({ id }) => id)).toEqual([1, 2]);
        socket.destroy();
      }
    }
    await expect.poll(seen).toHaveLength(4 * workers.addresses.length);
    expect(seen().slice(0, 4)).toEqual([
      ...new Array(2).fill('198.51.100.7 tcp ipv4'),
      ...new Array(2).fill('2001:db8:7::1 tcp ipv6'),
    ]);
    const each = 2 * workers.addresses.length;
    expect([queries(Channel.TCP_IPV4, 1), queries(Channel.TCP_IPV6, 1)]).toEqual([each, each]);
    expect(counted(Counter.PROXY_TAKEN, 1)).toBe(2 * workers.addresses.length);
  });

  it('and their datagrams are for whom the listener is for: it is the client that counts', async () => {
    const allow = [parsePrefix('198.51.100.7/32')!];
    const server = await start({ transport, listen: [{ host: '127.0.0.1', port: 0, allow }] });
    const datagrams = await client(PROXY);
    for (const [i, source] of [CLIENT4, OTHER, CLIENT6].entries()) {
      const isAllowed = source === CLIENT4;
      const message = queryMessage(i, 'www.example.net.', A);
      const reply = await datagrams.send(server.address, message, 20_000, proxyHeader({ source }));
      expect([reply.rcode, reply.addresses]).toEqual(isAllowed ? [0, [ANYCAST]] : [5, []]);
      const { socket, replies } = open(server.address);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(Buffer.concat([proxyHeader({ source }), framed(i)]));
      if (isAllowed) await expect.poll(() => replies.length).toBe(1);
      else {
        await closed;
        expect(replies).toEqual([]);
      }
    }
    expect(counted(Counter.CONNECTIONS_REFUSED, 1)).toBe(2);
  });

  it('are whole streams like any other behind the header', async () => {
    const server = await start({ transport });
    const own = open(server.address);
    own.socket.write(Buffer.concat([proxyHeader({ command: LOCAL }), framed(1)]));
    await expect.poll(() => own.replies.length).toBe(1);
    await expect.poll(() => seen()).toEqual([`${PROXY} tcp ipv4`]);
    const { socket, replies } = open(server.address);
    const ids = Array.from({ length: 400 }, (_, id) => id);
    socket.end(Buffer.concat([proxyHeader({ source: CLIENT4 }), ...ids.map(framed)]));
    await new Promise((ended) => socket.once('end', ended));
    expect(replies.map(({ id }) => id)).toEqual(ids);
  });

  it('without a header, or with a broken one, are closed and counted', async () => {
    const server = await start({ transport, tcp: { idleTimeout: 300_000 } });
    const bad = [
      // Node's streams are not looked at before the shortest header may be there.
      Buffer.concat([framed(1), framed(2)]),
      Buffer.from('PROXY TCP4 198.51.100.7 192.0.2.1 4000 53\r\n'),
      proxyHeader({ command: 0x2f, source: CLIENT4 }),
      proxyHeader({ source: CLIENT4, tlvs: new Uint8Array(512) }),
    ];
    for (const [i, octets] of bad.entries()) {
      const { socket, replies } = open(server.address);
      socket.write(octets);
      await new Promise((closed) => socket.once('close', closed));
      expect([replies, counted(Counter.PROXY_REFUSED, 1)]).toEqual([[], i + 1]);
    }
    // Cut off in the middle: nothing is left of it.
    const { socket } = open(server.address);
    socket.end(proxyHeader({ source: CLIENT4 }).subarray(0, 20));
    await new Promise((closed) => socket.once('close', closed));
    expect(counted(Counter.CONNECTIONS, 1)).toBe(bad.length + 1);
  });

  it('that wait for their header for longer than the idle time are closed', async () => {
    const server = await start({ transport, tcp: { idleTimeout: 300 } });
    const { socket } = open(server.address);
    const ended = new Promise((closed) => socket.once('close', closed));
    socket.write(proxyHeader({ source: CLIENT4 }).subarray(0, 27));
    await ended;
  });

  it("count for the client's share, not for the proxy's", async () => {
    const server = await start({ transport, tcp: { maxPerClient: 2, idleTimeout: 300_000 } });
    /** A connection that was answered, or turned away. */
    const asked = async (of: Parameters<typeof proxyHeader>[0]): Promise<Socket | undefined> => {
      const { socket, replies } = open(server.address);
      socket.write(Buffer.concat([proxyHeader(of), framed(1)]));
      await expect.poll(() => replies.length === 1 || socket.destroyed).toBe(true);
      return replies.length === 1 ? socket : undefined;
    };
    // Those that have not told yet are nobody's, and more than a share of them may be open.
    for (let i = 0; i < 4; i++) open(server.address);
    await expect.poll(() => counted(Counter.CONNECTIONS, 1)).toBe(4);
    const first = await asked({ source: CLIENT4 });
    const told = [
      await asked({ source: CLIENT4 }),
      await asked({ source: CLIENT4 }),
      await asked({ source: OTHER }),
      await asked({ source: CLIENT6 }),
      await asked({ source: CLIENT6.with(15, 2) }),
      // Of the same /64.
      await asked({ source: CLIENT6.with(15, 3) }),
      await asked({ command: LOCAL }),
      await asked({ command: LOCAL }),
    ];
    // Nor do they leave room when they end.
    const { socket } = open(server.address);
    socket.write(Buffer.alloc(40));
    await new Promise((closed) => socket.once('close', closed));
    told.push(await asked({ command: LOCAL }));
    expect(told.map((socket) => socket !== undefined)).toEqual([
      ...[true, false, true, true, true, false],
      ...[true, true, false],
    ]);
    expect(counted(Counter.CONNECTIONS_REFUSED, 1)).toBe(3);
    first?.destroy();
    await expect.poll(async () => (await asked({ source: CLIENT4 })) !== undefined).toBe(true);
  });

  it('of others have no header: what looks like one is part of a message', async () => {
    const server = await start({ transport, tcp: { idleTimeout: 500 } });
    const plain = open(server.address, '127.0.0.1');
    plain.socket.write(framed(3));
    await expect.poll(() => plain.replies.map(({ id }) => id)).toEqual([3]);
    const { socket, replies } = open(server.address, '127.0.0.1');
    socket.write(Buffer.concat([proxyHeader({ source: CLIENT4 }), framed(1)]));
    await new Promise((closed) => socket.once('close', closed));
    expect(replies).toEqual([]);
    expect([counted(Counter.PROXY_TAKEN, 1), counted(Counter.PROXY_REFUSED, 1)]).toEqual([0, 0]);
    expect(seen()).toEqual(['127.0.0.1 tcp ipv4']);
  });
});

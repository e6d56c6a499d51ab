/** Signatures made by threads of their own: what waits for one is answered, others are not held up, hot names have theirs before they are asked for. */
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { COUNTER_WORDS, Counter } from '../../src/answer/counters.ts';
import { Algorithm, generatePair } from '../../src/dnssec/algorithm.ts';
import { type DnssecKey, dnskeyRdata } from '../../src/dnssec/key.ts';
import { makeSignatureCache } from '../../src/dnssec/signature-cache.ts';
import { SignatureOrders } from '../../src/dnssec/signature-requests.ts';
import type { Denial } from '../../src/dnssec/zone-keys.ts';
import { type Prefix, parsePrefix } from '../../src/net/prefix.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { askTcp, queryMessage, type Reply, UdpClient } from '../support/ask.ts';
import { proxyHeader } from '../support/proxy.ts';
import { inputOf, record, steer, TestZone } from '../support/records.ts';
import { Rig, type RigOptions } from '../support/rig.ts';
import { signatureMistakes } from '../support/verify-signed.ts';

const ZONE = 'example.net.';
const { A, AAAA, TXT } = RRType;
const HOSTS = Array.from({ length: 20 }, (_, i) => `host${i}.${ZONE}`);
/** /24s of loopback. */
const FLOOD = ['127.0.7.1', '127.0.7.2'];
const OTHER = '127.0.8.1';

const keys = [Algorithm.ECDSAP256SHA256, Algorithm.ED25519].map(
  (algorithm): DnssecKey => ({ zone: parseName(ZONE), algorithm, flags: 257, ...generatePair(algorithm), times: {} }),
);

const zone = new TestZone(ZONE, [
  record(ZONE, RRType.NS, parseName(`ns.${ZONE}`)),
  record(ZONE, RRType.SOA, Uint8Array.from([...parseName(`ns.${ZONE}`), ...parseName(ZONE), ...new Array(20).fill(1)])),
  record(`ns.${ZONE}`, A, Uint8Array.of(192, 0, 2, 53)),
  record(`alias.${ZONE}`, RRType.CNAME, parseName(HOSTS[0])),
  record(`*.wild.${ZONE}`, TXT, Uint8Array.of(3, 97, 110, 121)),
  steer(`*.steered.${ZONE}`, 'europe'),
  ...HOSTS.map((host) => steer(host, 'europe')),
]);

/** Signed by a key of which nothing can be signed with. */
const BROKEN = 'example.org.';
const broken = new TestZone(BROKEN, [
  record(BROKEN, RRType.NS, parseName(`ns.${ZONE}`)),
  record(`*.${BROKEN}`, TXT, Uint8Array.of(3, 97, 110, 121)),
]);

let rig: Rig;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await rig.stop();
});

async function start(options: RigOptions = {}, key = keys[0], denial: Denial = 'compact'): Promise<void> {
  const dnssec = { zones: [{ keys: [key], denial }], cache: makeSignatureCache(65_536) };
  rig = await Rig.start(inputOf([zone]), { dnssec, ...options });
}

/** Sum over all workers and signers. */
function counted(counter: number): number {
  const words = new Uint32Array(rig.workers.counters);
  let sum = 0;
  for (let row = 0; row < words.length; row += COUNTER_WORDS) sum += words[row + counter];
  return sum;
}

async function client(local?: string): Promise<UdpClient> {
  const one = await UdpClient.open(4, local);
  open.push(one);
  return one;
}

let lastId = 0;
const signedQuery = (name: string, type: number): Buffer =>
  queryMessage((lastId = (lastId + 1) & 0xffff), name, type, { edns: 1232, dnssecOk: true });

async function ask(from: UdpClient, name: string, type: number = A): Promise<Reply> {
  return from.send(rig.address, signedQuery(name, type));
}

function expectSigned({ message, tc }: Reply, key = keys[0]): void {
  expect(tc).toBe(false);
  const known = new Map([[Buffer.from(key.zone).toString('hex'), [dnskeyRdata(key)]]]);
  expect(signatureMistakes(message, known, Date.now() / 1000, () => true)).toEqual([]);
}

/** Asks for many at once, but for no more than the sockets of both sides hold. */
async function askAll(from: UdpClient, names: readonly string[]): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let i = 0; i < names.length; i += 50)
    replies.push(...(await Promise.all(names.slice(i, i + 50).map((name) => ask(from, name)))));
  return replies;
}

/** Asks for made-up names from these addresses until it is told to end. */
async function flood(from: readonly string[]): Promise<{ sent: () => number; end: () => Promise<void> }> {
  const sockets = await Promise.all(
    from.map(async (local): Promise<Socket> => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(0, local, resolve));
      socket.on('error', () => {});
      return socket;
    }),
  );
  let sent = 0;
  let ending = false;
  const run = async (): Promise<void> => {
    while (!ending) {
      for (const socket of sockets)
        for (let i = 0; i < 50; i++)
          socket.send(signedQuery(`made-up-${sent++}.${ZONE}`, A), rig.address.port, rig.address.host);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const socket of sockets) socket.close();
  };
  const over = run();
  return {
    sent: () => sent,
    end: () => {
      ending = true;
      return over;
    },
  };
}

describe.each([
  ['by a thread of its own', { transport: 'batched' }, 0],
  ['by two threads', { transport: 'batched', signers: 2, udpWorkers: 2 }, 1],
  ["on node's own sockets, between messages", { transport: 'dgram' }, 0],
] as const)('signed %s', (_, options, key) => {
  it('a first query is answered with its signatures, whatever it takes', async () => {
    await start(options, keys[key]);
    const one = await client();
    for (const [name, type] of [
      [HOSTS[0], A],
      [HOSTS[0], AAAA],
      [`alias.${ZONE}`, AAAA],
      [`nothere.${ZONE}`, A],
      [`any.wild.${ZONE}`, TXT],
      [ZONE, RRType.DNSKEY],
      [ZONE, RRType.SOA],
    ] as const) {
      const cold = await ask(one, name, type);
      expectSigned(cold, keys[key]);
      expect(cold.message.subarray(2)).toEqual((await ask(one, name, type)).message.subarray(2));
    }
    expect(counted(Counter.PARKED)).toBeGreaterThanOrEqual(6);
    expect(counted(Counter.PARKED_DROPPED)).toBe(0);
    // Of each signature one, whoever asked how often; and queries are counted once, not each time they are looked at.
    expect(counted(Counter.RCODE_0)).toBe(14);
    const queries = Array.from({ length: 16 * 8 }, (_, i) => counted(Counter.QUERIES_0 + i)).reduce((a, b) => a + b);
    expect(queries).toBe(14);
  });

  it('many at once get theirs', async () => {
    await start(options, keys[key]);
    const one = await client();
    const names = Array.from({ length: 200 }, (_, i) => `many${i}.${ZONE}`);
    for (const reply of await askAll(one, names)) expectSigned(reply, keys[key]);
  });

  it('over TCP too, and no connection waits for another for long', async () => {
    await start(options, keys[key]);
    const streams = Array.from({ length: 5 }, (_, c) =>
      Array.from({ length: 30 }, (_, i) => signedQuery(`tcp${c}-${i}.${ZONE}`, A)),
    );
    const replies = await Promise.all(streams.map((messages) => askTcp(rig.address, messages)));
    for (const [c, messages] of streams.entries()) {
      // In the order they were asked.
      expect(replies[c].map(({ id }) => id)).toEqual(messages.map((message) => message.readUInt16BE(0)));
      for (const reply of replies[c]) expectSigned(reply, keys[key]);
    }
  });

  it('a flood of made-up names from one network leaves the cold names of another, and what is signed, answered', async () => {
    await start(options, keys[key]);
    const other = await client(OTHER);
    expectSigned(await ask(other, HOSTS[0]), keys[key]);
    const attack = await flood(FLOOD);
    await expect.poll(() => counted(Counter.PARKED_DROPPED), { timeout: 30_000 }).toBeGreaterThan(1000);
    let lost = 0;
    for (let i = 0; i < 40; i++) {
      // What the socket's own queue has no room for under this flood is no concern of signing.
      const again = async (name: string): Promise<Reply> => {
        for (;;)
          try {
            return await other.send(rig.address, signedQuery(name, A), 1000);
          } catch {
            if (++lost > 200) throw new Error('the flood starves others');
          }
      };
      expectSigned(await again(`cold${i}.${ZONE}`), keys[key]);
      expectSigned(await again(HOSTS[0]), keys[key]);
    }
    const dropped = counted(Counter.PARKED_DROPPED);
    await attack.end();
    expect(dropped).toBeGreaterThan(1000);
  }, 90_000);
});

it.each([
  'minimal',
  'nsec3',
] as const)('denial that takes several signatures (%s) has them one after another, and is counted once', async (denial) => {
  await start({ transport: 'batched' }, keys[0], denial);
  const one = await client();
  for (const [name, type] of [
    [`nothere.${ZONE}`, A],
    [`any.wild.${ZONE}`, TXT],
    [`one.steered.${ZONE}`, A],
  ] as const)
    expectSigned(await ask(one, name, type));
  expect(counted(Counter.STEERED)).toBe(1);
  const slots = new Uint32Array(rig.workers.answers);
  expect(slots.reduce((sum, count) => sum + count, 0)).toBe(1);
  expect(counted(Counter.PARKED)).toBe(counted(Counter.SIGNATURES_MADE));
});

it.each([
  'batched',
  'dgram',
] as const)('who comes by a proxy waits as others do, with the header (%s)', async (transport) => {
  const trust = [parsePrefix('127.0.0.9/32') as Prefix];
  await start({ transport, proxies: { trust, tlsHeader: 'inside' }, streamWorkers: 1 });
  const proxy = await client('127.0.0.9');
  const direct = await client(OTHER);
  const headers = [
    proxyHeader({ source: Uint8Array.of(198, 51, 100, 7) }),
    proxyHeader({ source: Uint8Array.from({ length: 16 }, (_, i) => i) }),
  ];
  for (const header of headers)
    for (let i = 0; i < 3; i++) {
      const query = signedQuery(`proxied${header.length}-${i}.${ZONE}`, A);
      expectSigned(await proxy.send(rig.address, query, 20_000, header));
      expectSigned(await ask(direct, `direct${header.length}-${i}.${ZONE}`));
    }
  expect(counted(Counter.PROXY_TAKEN)).toBe(6);
  expect(counted(Counter.PARKED)).toBeGreaterThanOrEqual(12);
});

it('no worker that answers over UDP has a private key', async () => {
  await start({ transport: 'batched' });
  const [worker] = rig.workers.threads.values();
  // What it was started with can't be seen from outside; that it makes no signature can.
  expect(worker).toBeDefined();
  const one = await client();
  for (const host of HOSTS) expectSigned(await ask(one, host));
  const words = new Uint32Array(rig.workers.counters);
  expect(words[Counter.SIGNATURES_MADE]).toBe(0);
  expect(counted(Counter.SIGNATURES_MADE)).toBe(HOSTS.length);
});

describe.each([
  'batched',
  'dgram',
] as const)('what can never be signed, asked for again and again (%s)', (transport) => {
  it('is no answer, is told of and counted; all else is answered, by the same threads', async () => {
    const poison = {
      zone: parseName(BROKEN),
      algorithm: Algorithm.ED25519,
      flags: 257,
      publicKey: new Uint8Array(32),
      privateKey: new Uint8Array(5),
      times: {},
    };
    const zones = [poison, keys[0]].map((key) => ({ keys: [key], denial: 'compact' as const }));
    const dnssec = { zones, cache: makeSignatureCache(65_536) };
    rig = await Rig.start(inputOf([zone, broken]), { transport, dnssec });
    const one = await client();
    const streamed = (name: string, type: number): Promise<Reply[]> => askTcp(rig.address, [signedQuery(name, type)]);
    for (let i = 0; i < 20; i++) {
      const name = `asked${i}.${BROKEN}`;
      // Over UDP nobody waits for it.
      void one.send(rig.address, signedQuery(name, TXT), 120_000).catch(() => {});
      const [failed] = await streamed(name, TXT);
      expect([failed.rcode, failed.counts.slice(1, 3)]).toEqual([2, [0, 0]]);
      expect((await one.send(rig.address, queryMessage(60_000 + i, name, TXT))).counts[1]).toBe(1);
      expectSigned(await ask(one, `good${i}.${ZONE}`));
      expectSigned((await streamed(`streamed${i}.${ZONE}`, A))[0]);
    }
    await expect.poll(() => counted(Counter.SIGNATURES_FAILED), { timeout: 60_000 }).toBe(40);
    expect(rig.restarts).toEqual([]);
    // Of a signer's first; others within ten seconds are not told.
    const told = rig.unsigned.map(({ of, cause }) => [of, cause.length > 0]);
    if (transport === 'batched') expect(told[0]).toEqual([{ name: `asked0.${BROKEN}`, type: TXT }, true]);
    expect(told.length).toBeLessThan(20);
  }, 120_000);
});

it('a signer that dies is replaced, and what waits for it is answered', async () => {
  await start({ transport: 'batched' });
  const one = await client();
  expectSigned(await ask(one, HOSTS[0]));
  for (let i = 0; i < 3; i++) {
    const waiting = Array.from({ length: 50 }, (_, k) => ask(one, `dies${i}-${k}.${ZONE}`));
    await rig.workers.signers?.threads.get(0)?.terminate();
    waiting.push(...Array.from({ length: 50 }, (_, k) => ask(one, `dead${i}-${k}.${ZONE}`)));
    // What is signed needs no signer.
    expectSigned(await ask(one, HOSTS[0]));
    for (const reply of await Promise.all(waiting)) expectSigned(reply);
  }
  expect(rig.restarts).toEqual(['signer-0', 'signer-0', 'signer-0']);
}, 60_000);

it('a signer that died before it could ring leaves nobody waiting', async () => {
  await start({ transport: 'batched' });
  const one = await client();
  expectSigned(await ask(one, HOSTS[0]));
  const { signers } = rig.workers;
  // As if it had said that it rings, and no more.
  await expect.poll(() => signers && new SignatureOrders(signers.accessOf(0).requests, 0).mustRing(0)).toBe(true);
  await signers?.threads.get(0)?.terminate();
  await expect.poll(() => signers?.threads.size, { timeout: 10_000 }).toBe(1);
  for (let i = 0; i < 3; i++) expectSigned(await ask(one, `unrung${i}.${ZONE}`));
}, 60_000);

it('a worker that dies takes no place with it', async () => {
  await start({ transport: 'batched' });
  const one = await client();
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 300; k++)
      one.send(rig.address, signedQuery(`gone${i}-${k}.${ZONE}`, A), 60_000).catch(() => {});
    await rig.workers.threads.get(0)?.terminate();
    await expect.poll(() => rig.workers.alive).toBe(true);
  }
  // Behind all that is still waiting.
  for (let before = -1; before !== counted(Counter.SIGNATURES_MADE); ) {
    before = counted(Counter.SIGNATURES_MADE);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const names = Array.from({ length: 200 }, (_, i) => `after${i}.${ZONE}`);
  for (const reply of await askAll(one, names)) expectSigned(reply);
}, 60_000);

it('hot names have the signatures of every group they could be moved to: a move has nothing signed', async () => {
  await start({ transport: 'batched' });
  const one = await client();
  const asked = HOSTS.flatMap((host) => [A, AAAA].map((type) => [host, type] as const));
  for (let i = 0; i < 4; i++) for (const [host, type] of asked) expectSigned(await ask(one, host, type));
  // Two more IPv4 addresses than the one that is given (zurich has none), and three more of IPv6.
  await expect
    .poll(() => counted(Counter.SIGNATURES_AHEAD), { timeout: 60_000 })
    .toBeGreaterThanOrEqual(HOSTS.length * 5);
  const before = counted(Counter.SIGNATURES_MADE);
  for (const group of ['zurich', 'switzerland', 'anycast', 'europe']) {
    for (const host of HOSTS) rig.move(parseName(host), group);
    for (const [host, type] of asked) expectSigned(await ask(one, host, type));
  }
  expect(counted(Counter.SIGNATURES_MADE)).toBe(before);
}, 120_000);

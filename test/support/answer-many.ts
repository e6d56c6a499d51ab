/**
 * Run by a test in a process of its own, `node --expose-gc answer-many.ts QUERIES [proxied | signed]`: a responder answers so many queries of every kind, those of a proxy
 * or from a signed zone if asked. Whatever happens to the heap between the two lines it prints is its doing.
 */
import { BATCH, Batch } from '../../src/answer/batch.ts';
import { makeCookieSecrets, setCookieClock, setCookieSecrets } from '../../src/answer/cookies.ts';
import { Channel, Counter, limitedCounter } from '../../src/answer/counters.ts';
import { LIMITER_KEY_WORDS, MOST_RATE } from '../../src/answer/rate-limiter.ts';
import { ReplyKind } from '../../src/answer/reply-kind.ts';
import { Algorithm } from '../../src/dnssec/algorithm.ts';
import { PrefixSet } from '../../src/net/prefix-set.ts';
import { plainPolicy } from '../../src/steering/policy.ts';
import { ProxiedBatches } from '../../src/transport/proxied-batches.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage } from './ask.ts';
import { networksOf, prefixOf } from './client-oracle.ts';
import { opt, option, withOpt } from './edns.ts';
import { proxyHeader } from './proxy.ts';
import { exampleNetwork, inputOf, record, steer, steerRdata, TestZone } from './records.ts';
import { TestTables } from './tables.ts';
import { keyOf, signingOf } from './test-signing.ts';

const ROOM = 1344;
const WARM_UP = 200_000;
const address = Uint8Array.of(192, 0, 2, 1);

const near = { kind: 'nearest' } as const;
const shares = [1, 2].map((group) => ({ group, weight: 1 }));
const choices = { near, shared: { kind: 'weighted', shares, by: 'client' } } as const;
const network = {
  ...exampleNetwork,
  groups: exampleNetwork.groups.map((group, i) => ({
    ...group,
    serves: i === 1 ? [{ kind: 'geo', continent: 'EU' } as const] : [],
  })),
  policies: [
    ...exampleNetwork.policies,
    ...Object.entries(choices).map(([id, choice]) => ({ ...plainPolicy(id, 60), choice })),
  ],
};
const germany = { country: 'DE' };
const databases = networksOf([
  { prefix: prefixOf('ipv4', [192], 8), place: germany },
  { prefix: prefixOf('ipv6', [0xfd], 8), place: germany },
]);

const tables = new TestTables();
const zone = new TestZone('example.net.', [
  record('example.net.', RRType.NS, parseName('ns.example.net.')),
  record('ns.example.net.', RRType.A, address),
  steer('www.example.net.', 'anycast'),
  record('near.example.net.', RRType.STEER, steerRdata('web', 'anycast', 'anycast', 'near'), 60),
  record('shared.example.net.', RRType.STEER, steerRdata('web', 'anycast', 'anycast', 'shared'), 60),
  steer('*.apps.example.net.', 'europe'),
  record('text.example.net.', RRType.TXT, Uint8Array.of(2, 104, 105)),
  record('mail.example.net.', RRType.MX, Uint8Array.of(0, 10, ...parseName('www.example.net.'))),
  record('alias.example.net.', RRType.CNAME, parseName('www.example.net.')),
  record('old.example.net.', RRType.DNAME, parseName('apps.example.net.')),
  record('lab.example.net.', RRType.NS, parseName('ns.lab.example.net.')),
  record('ns.lab.example.net.', RRType.A, address),
  record('_s._tcp.example.net.', RRType.SRV, Uint8Array.of(0, 1, 0, 1, 1, 187, ...parseName('www.example.net.'))),
]);
const office = new TestZone('office.example.', [
  record('office.example.', RRType.NS, parseName('ns.example.net.')),
  steer('www.office.example.', 'anycast'),
]);
tables.load(inputOf([zone], network), [], [databases]);
zone.set([...zone.records, steer('new.example.net.', 'europe')]);
const secrets = makeCookieSecrets();
setCookieSecrets(secrets, [new Uint8Array(16).fill(0xf1), new Uint8Array(16).fill(0xf2)]);
setCookieClock(secrets, 0x7fff_ffff);
tables.load(inputOf([zone, office], network), [], [databases]);
// A part of every kind is over its rate; a zone answers one family alone.
const rateLimit = {
  rates: [MOST_RATE, 50_000, 1],
  slip: 2,
  ipv4: 24,
  ipv6: 56,
  exempt: [prefixOf('ipv4', [192, 0, 2], 24)],
  entries: 4096,
  key: new Int32Array(LIMITER_KEY_WORDS).fill(0x7fff_ffff),
};
const forSome = [
  { zones: [parseName('office.example.')], networks: [prefixOf('ipv6', [0xfd], 8)], keys: undefined },
  { zones: [parseName('office.example.')], networks: undefined, keys: [parseName('key.')] },
];
const isSigned = process.argv[3] === 'signed';
const { signing } = signingOf([[keyOf('example.net.', Algorithm.ED25519)]]);
const responder = tables.responder({
  cookies: { secrets, required: false },
  rateLimit,
  access: forSome,
  ...(isSigned ? { dnssec: signing } : {}),
});

const ecs = { address, source: 24 };
const ecs6 = { address: new Uint8Array(16).fill(0xfd), source: 56 };
const messages = (
  [
    ['www', RRType.A],
    ['near', RRType.A],
    ['shared', RRType.AAAA],
    ['new', RRType.AAAA],
    ['x.apps', RRType.A],
    ['nope', RRType.A],
    ['www', RRType.HTTPS],
    ['text', RRType.TXT],
    ['ns', RRType.A],
    ['mail', RRType.MX],
    ['alias', RRType.A],
    ['x.old', RRType.A],
    ['x.lab', RRType.A],
    ['_s._tcp', RRType.SRV],
    ['www', RRType.ANY],
    ['WwW', RRType.A],
  ] as const
).flatMap(([name, type]) =>
  [{}, { edns: 1232, dnssecOk: true }, { edns: 1232, ecs }, { edns: 1232, ecs: ecs6 }].map((how) =>
    queryMessage(1, `${name}.example.net`, type, how),
  ),
);
// Cookies: of the client alone, and one that looks as if it were ours.
for (const octets of [8, 24]) {
  const cookie = new Uint8Array(octets).fill(0xff);
  cookie.set([1, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff], Math.min(8, octets - 8));
  for (const name of ['www', 'nope', 'mail'])
    messages.push(withOpt(queryMessage(1, `${name}.example.net`, RRType.A), opt(option(10, cookie))));
}
messages.push(queryMessage(1, 'www.office.example', RRType.A), queryMessage(1, 'nope.office.example', RRType.A));
messages.push(queryMessage(1, 'example.org', RRType.A, { edns: 1232 }), Buffer.alloc(20, 1), Buffer.alloc(3));

// Of clients of both families, over both.
const proxied =
  process.argv[3] === 'proxied'
    ? new ProxiedBatches(new PrefixSet([prefixOf('ipv4', [], 0), prefixOf('ipv6', [], 0)]), tables.counters, (half) =>
        responder.respondBatch(half),
      )
    : undefined;
if (proxied !== undefined)
  messages.forEach((message, i) => {
    const source = i % 3 === 0 ? address : new Uint8Array(16).fill(0xfd);
    messages[i] = Buffer.concat([proxyHeader({ source }), message]);
  });

/** Two batches as two sockets have them, over IPv4 and over IPv6. Clients have large numbers for addresses. */
const batches = [Channel.UDP_IPV4, Channel.UDP_IPV6].map((channel) => {
  const batch = new Batch(new Uint8Array(BATCH * ROOM), ROOM, channel, new Uint8Array(BATCH * 16).fill(0xfd));
  batch.count = BATCH;
  for (let i = 0; i < BATCH; i++) {
    batch.at[i] = i * ROOM;
    batch.clientAt[i] = i * 16;
  }
  return batch;
});

let next = 0;
function run(queries: number): void {
  for (let asked = 0; asked < queries; asked += BATCH) {
    const batch = batches[(asked / BATCH) & 1];
    const { messages: m, at, lengths } = batch;
    for (let i = 0; i < BATCH; i++) {
      const message = messages[next];
      next = next + 1 === messages.length ? 0 : next + 1;
      for (let j = 0; j < message.length; j++) m[at[i] + j] = message[j];
      lengths[i] = message.length;
    }
    // The time itself is an object: one a batch, where there are limits. Here it is what queries leave that counts.
    if ((asked / BATCH) % 64 === 0) responder.clock = performance.now();
    if (proxied === undefined) responder.respondBatch(batch);
    else proxied.answer(batch);
  }
}

run(WARM_UP);
gc?.();
console.log('begin');
run(Number(process.argv[2]));
console.log('end');
if (tables.counters[limitedCounter(ReplyKind.ERROR, true)] === 0) throw new Error('nobody was limited');
if (isSigned && tables.counters[Counter.SIGNATURES] === 0) throw new Error('nothing was signed');

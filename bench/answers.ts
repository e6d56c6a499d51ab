/**
 * What our own code costs a query, by kind of question: nanoseconds in `Responder.respondBatch`, in batches of 64, without the kernel. The rest of a
 * packet's time is the system's, and `throughput` measures both.
 */
import { BATCH, Batch } from '../src/answer/batch.ts';
import { Channel, Counter } from '../src/answer/counters.ts';
import { LIMITER_KEY_WORDS, MOST_RATE, type RateLimitConfig } from '../src/answer/rate-limiter.ts';
import type { Responder } from '../src/answer/responder.ts';
import type { SignedZonesConfig } from '../src/answer/signed-zones.ts';
import type { ZoneInput } from '../src/compile/input.ts';
import { Algorithm } from '../src/dnssec/algorithm.ts';
import { makeSignatureCache } from '../src/dnssec/signature-cache.ts';
import { plainPolicy } from '../src/steering/policy.ts';
import { Rcode, RRType } from '../src/wire/constants.ts';
import { parseName } from '../src/wire/name.ts';
import type { RecordSink } from '../src/zone/source.ts';
import { zoneTextSource } from '../src/zone/text/source.ts';
import { type ClientSubnet, queryMessage } from '../test/support/ask.ts';
import { networksOf, prefixOf } from '../test/support/client-oracle.ts';
import { exampleNetwork, inputOf, record, steerRdata, TestZone } from '../test/support/records.ts';
import { TestTables } from '../test/support/tables.ts';
import { keyOf, signingOf } from '../test/support/test-signing.ts';
import { machine, median } from './machine.ts';
import { saveResult, table } from './results.ts';
import { WORKLOADS, ZONE } from './workload.ts';

const STRIDE = 1344;
const FEW = 1000;
/** Questions kept of a kind: asked in a ring. Of a million hosts enough that what they touch is far more than the caches hold. */
const QUESTIONS = 1 << 16;
const QUESTIONS_OF_MANY = 500_000;
const OTHERS = 500;
const ZONES = 10_000;
/** Names that are not in the zone and are signed before they are asked for again and again. */
const SIGNED_NAMES = 1000;
/** Room for all that is signed here. */
const SIGNATURES = 1 << 16;
const UDP_SIZE = 1232;

export interface AnswersOptions {
  readonly rounds: number;
  /** Queries of each kind in a round. */
  readonly queries: number;
  /** Of the larger table. */
  readonly hosts: number;
  readonly keep: boolean;
  /** Of these kinds alone; undefined: all. */
  readonly kinds?: readonly string[] | undefined;
}

const RATE_LIMIT: RateLimitConfig = {
  rates: [MOST_RATE, MOST_RATE, MOST_RATE],
  slip: 2,
  ipv4: 24,
  ipv6: 56,
  exempt: [],
  entries: 1 << 16,
  key: Int32Array.from({ length: LIMITER_KEY_WORDS }, (_, i) => Math.imul(i + 1, 0x9e3779b1)),
};

interface Question {
  readonly name: string;
  readonly type: keyof typeof RRType;
  readonly edns?: number;
  readonly dnssecOk?: boolean;
  readonly ecs?: ClientSubnet;
}

interface Kind {
  readonly id: string;
  /** Whether the larger table answers. */
  readonly many?: boolean;
  /** Whether a table of ZONES zones answers. */
  readonly zones?: boolean;
  /** The zone is signed, signatures are wanted, and are there. */
  readonly signed?: boolean;
  /** Replies are limited, at a rate nobody comes near, and clients are of so many networks. */
  readonly limited?: number;
  readonly question: (i: number) => Question;
  /** What every answer must be before anything is measured; undefined where questions are mixed. */
  readonly rcode?: number;
  readonly answers?: number;
}

export interface AnswerRow {
  readonly kind: string;
  readonly nanoseconds: number;
  /** Of the quickest round. */
  readonly best: number;
  /** Part of the queries that the fast path answered. */
  readonly fast: number;
}

/** A zone of so many steered hosts, streamed, with the records that the kinds ask for. */
class BenchZone implements ZoneInput {
  readonly file = `${ZONE}.zone`;
  readonly apex = parseName(`${ZONE}.`);
  readonly #hosts: number;

  constructor(hosts: number) {
    this.#hosts = hosts;
  }

  isUnchanged(): boolean {
    return false;
  }

  read(sink: RecordSink): ReadonlyMap<string, string> {
    const rdata = steerRdata('web', 'anycast');
    for (let i = 1; i <= this.#hosts; i++) {
      const owner = parseName(`host${i}.${ZONE}.`);
      sink.record(owner, owner.length, RRType.STEER, 60, rdata, rdata.length, i);
    }
    const near = steerRdata('web', 'anycast', 'anycast', 'near');
    for (let i = 1; i <= OTHERS; i++) {
      const owner = parseName(`near${i}.${ZONE}.`);
      sink.record(owner, owner.length, RRType.STEER, 60, near, near.length, i);
    }
    const lines = [`@ NS ns`, `ns A 192.0.2.53`, `*.apps STEER web anycast`, ...(w4().content.records as string[])];
    for (let i = 1; i <= OTHERS; i++)
      lines.push(`plain${i} A 192.0.2.${i % 250}`, `plain${i} AAAA 2001:db8::${i}`, `alias${i} CNAME host${i}`);
    zoneTextSource(this.file, this.apex, new TextEncoder().encode(`${lines.join('\n')}\n`)).read(sink);
    return new Map();
  }
}

function w4(): (typeof WORKLOADS)[number] {
  return WORKLOADS.find(({ id }) => id === 'W4')!;
}

/** Questions of a workload, one after another. */
function workload(id: string): (i: number) => Question {
  const lines = WORKLOADS.find((one) => one.id === id)!.questions();
  return () => {
    const { value } = lines.next();
    const [name, type, flag] = (value as string).split(' ') as [string, keyof typeof RRType, string?];
    return { name, type, ...(flag === undefined ? {} : { edns: UDP_SIZE, dnssecOk: flag === 'D' }) };
  };
}

/** One to `most`, in an order no cache likes: the multiplier shares no factor with any count used here. */
function shuffled(i: number, most: number): number {
  return ((i * 618_033) % most) + 1;
}

function kinds(hosts: number): Kind[] {
  const family = (i: number): 'A' | 'AAAA' => (i % 2 === 0 ? 'A' : 'AAAA');
  const steered = (count: number) => (i: number) => ({
    name: `host${shuffled(i >> 1, count)}.${ZONE}`,
    type: family(i),
  });
  const other = (prefix: string, type: Question['type']) => (i: number) => ({
    name: `${prefix}${shuffled(i, OTHERS)}.${ZONE}`,
    type,
  });
  // rec4, rec8, … are of one type, and so on (workload.ts).
  const record = (type: Question['type'], rest: number) => (i: number) => ({
    name: `rec${((i % (OTHERS / 4)) * 4 + rest + 3) % OTHERS || OTHERS}.${ZONE}`,
    type,
  });
  const client = (i: number): ClientSubnet => ({
    address: Uint8Array.of(10, (i * 7) & 255, (i * 13) & 255, 0),
    source: 24,
  });
  const good = { rcode: Rcode.NOERROR, answers: 1 };
  const none = { rcode: Rcode.NOERROR, answers: 0 };
  const noName = { rcode: Rcode.NXDOMAIN, answers: 0 };
  const letters = (i: number): string => (Math.imul(i + 1, 0x9e3779b1) >>> 0).toString(36).padStart(8, 'x');
  const withEdns = (question: Kind['question']) => (i: number) => ({ ...question(i), edns: UDP_SIZE });
  const withDo = (question: Kind['question']) => (i: number) => ({ ...withEdns(question)(i), dnssecOk: true });
  const few = (question: Kind['question']) => (i: number) => question(i % SIGNED_NAMES);
  const none8 = (i: number): Question => ({ name: `none${letters(i)}.${ZONE}`, type: 'A' });
  const wild8 = (i: number): Question => ({ name: `${letters(i)}.apps.${ZONE}`, type: family(i) });
  // Compact denial: no error, and nothing in the answer section.
  const signedGood = { rcode: Rcode.NOERROR, answers: 2, signed: true };
  const signedNone = { rcode: Rcode.NOERROR, answers: 0, signed: true };
  return [
    { id: 'steered', question: steered(FEW), ...good },
    { id: 'steered, EDNS', question: withEdns(steered(FEW)), ...good },
    { id: 'steered, limits of 1,024 networks', question: steered(FEW), limited: 1 << 10, ...good },
    { id: 'steered, limits of 65,536 networks', question: steered(FEW), limited: 1 << 16, ...good },
    {
      id: 'steered by class, ECS',
      question: (i) => ({ ...other('near', family(i))(i), edns: UDP_SIZE, ecs: client(i) }),
      ...good,
    },
    { id: 'steered wildcard', question: wild8, ...good },
    { id: 'no such name', question: none8, ...noName },
    { id: 'no such name, EDNS', question: withEdns(none8), ...noName },
    { id: 'steered, signed', question: withDo(steered(FEW)), ...signedGood },
    { id: 'TXT, signed', question: withDo(record('TXT', 2)), ...signedGood },
    { id: 'steered wildcard, signed', question: few(withDo(wild8)), ...signedGood },
    { id: 'no such name, signed', question: few(withDo(none8)), ...signedNone },
    {
      id: 'no such type, signed',
      question: withDo((i) => ({ name: `host${shuffled(i, FEW)}.${ZONE}`, type: 'HTTPS' })),
      ...signedNone,
    },
    {
      id: 'no such name, five labels down',
      question: (i) => ({ name: `a.b.c.d.${letters(i)}.${ZONE}`, type: 'A' }),
      ...noName,
    },
    { id: 'no such type', question: (i) => ({ name: `host${shuffled(i, FEW)}.${ZONE}`, type: 'TXT' }), ...none },
    { id: 'MX', question: record('MX', 1), ...good },
    { id: 'TXT', question: record('TXT', 2), ...good },
    { id: 'SRV', question: record('SRV', 3), ...good },
    { id: 'CAA', question: record('CAA', 4), ...good },
    { id: 'plain A, AAAA', question: (i) => other('plain', family(i))(i), ...good },
    { id: 'CNAME to a steered host', question: (i) => other('alias', family(i))(i), rcode: Rcode.NOERROR, answers: 2 },
    {
      id: 'refused',
      question: (i) => ({ name: `host${letters(i)}.example.org`, type: 'A' }),
      rcode: Rcode.REFUSED,
      answers: 0,
    },
    {
      id: 'refused, EDNS',
      question: withEdns((i) => ({ name: `host${letters(i)}.example.org`, type: 'A' })),
      rcode: Rcode.REFUSED,
      answers: 0,
    },
    {
      id: `refused, ${ZONES} zones`,
      zones: true,
      question: (i) => ({ name: `host${letters(i)}.zone${shuffled(i, ZONES)}.example.org`, type: 'A' }),
      rcode: Rcode.REFUSED,
      answers: 0,
    },
    { id: 'W4: the mix', question: workload('W4') },
    { id: 'W5: names at random', question: workload('W5'), ...noName },
    { id: `steered, ${hosts} hosts`, many: true, question: steered(hosts), ...good },
    { id: `steered, EDNS, ${hosts} hosts`, many: true, question: withEdns(steered(hosts)), ...good },
    { id: `W5, ${hosts} hosts`, many: true, question: workload('W5'), ...noName },
  ];
}

/** Queries of a kind, one behind another, and a responder to put them to. */
class Run {
  readonly kind: Kind;
  readonly figures: number[] = [];
  fast = 0;
  readonly #responder: Responder;
  readonly #counters: Uint32Array;
  readonly #octets: Uint8Array;
  readonly #ends: Uint32Array;
  readonly #batch: Batch;
  #next = 0;

  constructor(kind: Kind, tables: TestTables, batch: Batch) {
    this.kind = kind;
    this.#batch = batch;
    this.#counters = tables.counters;
    this.#responder = tables.responder({
      udpSize: UDP_SIZE,
      ...(kind.limited === undefined ? {} : { rateLimit: RATE_LIMIT }),
      ...(kind.signed === true ? { dnssec: signing() } : {}),
    });
    const count = kind.many === true ? QUESTIONS_OF_MANY : QUESTIONS;
    this.#ends = new Uint32Array(count + 1);
    let octets = new Uint8Array(count * 48);
    let end = 0;
    for (let i = 0; i < count; i++) {
      const { name, type, edns, dnssecOk, ecs } = kind.question(i);
      const message = queryMessage(i & 0xffff, name, RRType[type], {
        ...(edns === undefined ? {} : { edns }),
        ...(dnssecOk === undefined ? {} : { dnssecOk }),
        ...(ecs === undefined ? {} : { ecs }),
      });
      if (end + message.length > octets.length) {
        const more = new Uint8Array(octets.length * 2);
        more.set(octets);
        octets = more;
      }
      octets.set(message, end);
      end += message.length;
      this.#ends[i + 1] = end;
    }
    this.#octets = octets;
    this.#check();
  }

  /** @throws Error when an answer isn't what the kind says */
  #check(): void {
    const { rcode, answers, id } = this.kind;
    this.run(BATCH);
    for (let i = 0; i < BATCH && rcode !== undefined; i++) {
      const m = this.#batch.messages.subarray(i * STRIDE);
      if ((m[3] & 15) !== rcode || m[7] !== answers)
        throw new Error(`${id}: question ${i} got RCODE ${m[3] & 15} and ${m[7]} answers`);
    }
  }

  /** Clients of a batch, of so many networks in an order no cache likes. */
  #comeFrom(networks: number, asked: number): void {
    const { clients, clientAt } = this.#batch;
    for (let i = 0; i < BATCH; i++) {
      const network = shuffled(asked + i, networks);
      clients[clientAt[i] + 1] = network >>> 8;
      clients[clientAt[i] + 2] = network;
    }
  }

  /** @returns nanoseconds a query. What fills the buffer, as the kernel would, is not counted */
  run(queries: number): number {
    const batch = this.#batch;
    const { messages: m, lengths } = batch;
    const octets = this.#octets;
    const ends = this.#ends;
    const responder = this.#responder;
    const { limited } = this.kind;
    const before = this.#counters[Counter.FAST];
    let spent = 0;
    let next = this.#next;
    for (let asked = 0; asked < queries; asked += BATCH) {
      for (let i = 0; i < BATCH; i++) {
        const from = ends[next];
        const length = ends[next + 1] - from;
        const at = i * STRIDE;
        for (let j = 0; j < length; j++) m[at + j] = octets[from + j];
        lengths[i] = length;
        if (++next === ends.length - 1) next = 0;
      }
      if (limited !== undefined) this.#comeFrom(limited, asked);
      const began = performance.now();
      responder.clock = began;
      responder.respondBatch(batch);
      spent += performance.now() - began;
    }
    this.#next = next;
    this.fast = ((this.#counters[Counter.FAST] - before) >>> 0) / queries;
    return (spent * 1e6) / queries;
  }
}

/** @returns the rows, for whoever wants to look at them */
export function answersBench(options: AnswersOptions): AnswerRow[] {
  const { rounds, hosts, keep } = options;
  const queries = Math.ceil(options.queries / BATCH) * BATCH;
  const few = benchTables(FEW);
  const many = benchTables(hosts);
  const clients = new Uint8Array(BATCH * 4).map((_, i) => (i * 37) & 255);
  const batch = new Batch(new Uint8Array(BATCH * STRIDE), STRIDE, Channel.UDP_IPV4, clients);
  batch.count = BATCH;
  for (let i = 0; i < BATCH; i++) {
    batch.at[i] = i * STRIDE;
    batch.clientAt[i] = i * 4;
  }
  const wanted = kinds(hosts).filter(({ id }) => options.kinds?.includes(id) ?? true);
  const zones = wanted.some((kind) => kind.zones === true) ? zonesTables() : few;
  const tablesOf = (kind: Kind): TestTables => (kind.zones === true ? zones : kind.many === true ? many : few);
  const runs = wanted.map((kind) => new Run(kind, tablesOf(kind), batch));
  // Twice, so that every kind has made its code what it stays.
  for (let warm = 0; warm < 2; warm++) for (const run of runs) run.run(queries);
  for (let round = 0; round < rounds; round++) for (const run of runs) run.figures.push(run.run(queries));
  const rows = runs.map((run) => ({
    kind: run.kind.id,
    nanoseconds: Math.round(median(run.figures)),
    best: Math.round(Math.min(...run.figures)),
    fast: Number(run.fast.toFixed(2)),
  }));
  const text = table(
    ['question', 'ns a query', 'of them by the fast path'],
    rows.map(({ kind, nanoseconds, fast }) => [kind, String(nanoseconds), `${Math.round(fast * 100)} %`]),
  );
  const title = `Answers: our own code, batches of ${BATCH}, median of ${rounds} rounds of ${queries}`;
  if (keep)
    saveResult(
      'answers',
      { benchmark: 'answers', machine: machine(), rounds, queries, rows },
      title,
      text,
      'npm run bench -- answers',
    );
  else console.log(`\n${title}\n\n${text}`);
  return rows;
}

/** Of many zones, in which nothing is but what must be. */
function zonesTables(): TestTables {
  const tables = new TestTables();
  const zone = (i: number): ZoneInput =>
    new TestZone(`zone${i}.example.`, [record(`zone${i}.example.`, RRType.NS, parseName('ns.example.'))]);
  tables.load(inputOf(Array.from({ length: ZONES }, (_, i) => zone(i + 1))));
  return tables;
}

function signing(): SignedZonesConfig {
  const { signing } = signingOf([[keyOf(`${ZONE}.`, Algorithm.ECDSAP256SHA256)]]);
  return { ...signing, cache: makeSignatureCache(SIGNATURES) };
}

function benchTables(hosts: number): TestTables {
  const europe = { kind: 'geo', continent: 'EU' } as const;
  const network = {
    ...exampleNetwork,
    groups: exampleNetwork.groups.map((group, i) => ({ ...group, serves: i === 1 ? [europe] : [] })),
    policies: [...exampleNetwork.policies, { ...plainPolicy('near', 60), choice: { kind: 'nearest' } as const }],
  };
  // Every other /24 of 10.0.0.0/8 is of a country that a group serves.
  const places = Array.from({ length: 1 << 15 }, (_, i) => ({
    prefix: prefixOf('ipv4', [10, i >> 7, (i & 127) * 2], 24),
    place: { country: 'DE' },
  }));
  const tables = new TestTables();
  tables.load(inputOf([new BenchZone(hosts)], network), [], [networksOf(places)]);
  return tables;
}

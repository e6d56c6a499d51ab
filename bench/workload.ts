/** What servers are asked: the names a zone has, the questions, and what they must answer before a round counts. */

/** The zone every server is asked for. */
export const ZONE = 'example.com';

export const ADDRESS = { A: '192.0.2.64', AAAA: '2001:db8::64' } as const;

/** What every server of a round serves. Each writes it in its own way. */
export interface Content {
  /** host1 to hostN: steered; where a server can't, plain A and AAAA. */
  readonly hosts: number;
  /** A steered wildcard `*.apps`. */
  readonly wildcard: boolean;
  /** Other records, as lines of zone text. */
  readonly records: readonly string[];
  /** Networks of clients, each led to an address of its own; empty: all alike. */
  readonly networks: readonly ClientNetwork[];
  /** Whether clients show DNS cookies: servers that give none by themselves are told to. */
  readonly cookies?: boolean;
  /** Whether clients want signatures: servers that can give them do. */
  readonly signed?: boolean;
}

export interface ClientNetwork {
  readonly prefix: string;
  /** Index of the group that serves it: 0 to GEO_GROUPS - 1. */
  readonly group: number;
}

/** Groups that client networks are spread over. Group g answers 192.0.2.(65 + g) and 2001:db8::(65 + g). */
export const GEO_GROUPS = 8;

export interface Workload {
  readonly id: string;
  /** In a few words, for tables. */
  readonly title: string;
  readonly content: Content;
  /** Lines of a name, a type, and flags: E (EDNS), D (EDNS with DO), C (a cookie). */
  readonly questions: () => Generator<string>;
  /** IPv4 addresses that ask in turn, over UDP. */
  readonly clients?: readonly string[];
  readonly transport: 'udp' | 'tcp' | 'tcp-pipelined';
  /** RCODEs of its answers, so that a server that refuses is not called fast. */
  readonly rcodes: readonly string[];
  /** Which of our transports take part, by id, the one that is judged first. */
  readonly ours: readonly string[];
  /** Which peers are compared, by id, and how much faster than each of them steerd must be. */
  readonly peers: readonly string[];
  /** Which are shown beside them: they do less. */
  readonly others?: readonly string[];
  readonly bar: number;
  /** Whether it must also take less CPU time a reply than each. */
  readonly cpuBar?: boolean;
  /** How near it must come to another workload of the same run. */
  readonly beside?: { readonly id: string; readonly bar: number };
}

/** Few, because Knot's module lists every network for every host. */
const GEO_HOSTS = 10;

const plain: Content = { hosts: 1000, wildcard: false, records: [], networks: [] };
const C_SERVERS = ['gdnsd', 'knot', 'knot-xdp', 'nsd'];
const UDP = ['xdp', 'sockets'];

function* steered(hosts: number, shuffled: boolean): Generator<string> {
  for (let i = 0; i < hosts; i++) {
    // A stride that shares no factor with the count visits every host once, in no order that a cache likes.
    const host = (shuffled ? (i * 618_033) % hosts : i) + 1;
    yield `host${host}.${ZONE}. A`;
    yield `host${host}.${ZONE}. AAAA`;
  }
}

/** A generator of numbers that is the same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function letters(random: () => number, count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('');
}

function mixedCase(random: () => number, name: string): string {
  return [...name].map((c) => (random() < 0.5 ? c.toUpperCase() : c)).join('');
}

const MIX_RECORDS = 500;

/** 60 % steered, 15 % plain types, 15 % NXDOMAIN, 10 % wildcard; EDNS with DO on half, mixed case. @param cookies whether a third have EDNS with a cookie */
function* mixed(cookies: boolean): Generator<string> {
  const random = numbers(1);
  const plainTypes = ['MX', 'TXT', 'SRV', 'CAA'];
  for (let i = 0; i < 100_000; i++) {
    const kind = random();
    const number = 1 + Math.floor(random() * 1000);
    const type = random() < 0.5 ? 'A' : 'AAAA';
    const record = 1 + Math.floor(random() * MIX_RECORDS);
    const [name, asked] =
      kind < 0.6
        ? [`host${number}`, type]
        : kind < 0.75
          ? [`rec${record}`, plainTypes[record % 4]]
          : kind < 0.9
            ? [`none${letters(random, 8)}`, type]
            : [`${letters(random, 6)}.apps`, type];
    const flags = `${random() < 0.5 ? 'D' : ''}${cookies && random() < 1 / 3 ? 'C' : ''}`;
    yield `${mixedCase(random, `${name}.${ZONE}.`)} ${asked}${flags === '' ? '' : ` ${flags}`}`;
  }
}

function mixRecords(): string[] {
  const rdata = (i: number): string =>
    [
      `MX 10 host${i}`,
      `TXT "v=spf1 ip4:192.0.2.${i % 250} -all"`,
      `SRV 1 1 443 host${i}`,
      `CAA 0 issue "ca.example.net"`,
    ][[0, 1, 2, 3][i % 4]];
  return Array.from({ length: MIX_RECORDS }, (_, i) => `rec${i + 1} ${rdata(i + 1)}`);
}

/** The water-torture attack: names that are asked once. */
function* flood(): Generator<string> {
  const random = numbers(2);
  for (let i = 0; i < 500_000; i++) yield `${letters(random, 12)}.${ZONE}. A`;
}

/** The first octets of all /24 of 10.64.0.0/10, where the clients of the geographic workload are. */
const NETWORKS = Array.from({ length: 64 * 256 }, (_, i) => `10.${64 + (i >> 8)}.${i & 255}`);
/** Clients of a network each: few enough for each to have a cookie, enough for none to be over a rate limit. */
const FEW = 16;

/** Each is served by some group. */
function networks(): ClientNetwork[] {
  const random = numbers(3);
  return NETWORKS.map((network) => ({ prefix: `${network}.0/24`, group: Math.floor(random() * GEO_GROUPS) }));
}

/** A client of each. */
function clientsOf(networks: readonly string[]): string[] {
  return networks.map((network) => `${network}.1`);
}

const fewClients = clientsOf(NETWORKS.slice(0, FEW));

export const WORKLOADS: readonly Workload[] = [
  {
    id: 'W1',
    title: '1,000 steered hosts, A and AAAA',
    content: plain,
    questions: () => steered(1000, false),
    clients: fewClients,
    transport: 'udp',
    rcodes: ['NOERROR'],
    ours: UDP,
    peers: [...C_SERVERS, 'bind', 'pdns', 'dgram'],
    bar: 1.2,
    cpuBar: true,
  },
  {
    id: 'W2',
    title: '1,000,000 steered hosts, at random',
    content: { ...plain, hosts: 1_000_000 },
    questions: () => steered(1_000_000, true),
    clients: fewClients,
    transport: 'udp',
    rcodes: ['NOERROR'],
    ours: UDP,
    peers: C_SERVERS,
    bar: 1.2,
    cpuBar: true,
    beside: { id: 'W1', bar: 0.9 },
  },
  {
    id: 'W3',
    title: 'nearest group, by the address of the client',
    content: { ...plain, hosts: GEO_HOSTS, networks: networks() },
    questions: () => steered(GEO_HOSTS, false),
    clients: clientsOf(NETWORKS),
    transport: 'udp',
    rcodes: ['NOERROR'],
    ours: UDP,
    peers: ['gdnsd', 'knot-geoip', 'knot-geoip-xdp'],
    bar: 1.2,
  },
  {
    id: 'W4',
    title: 'a mix: steered, other types, no such name, wildcard; half with EDNS',
    content: { ...plain, wildcard: true, records: mixRecords() },
    questions: () => mixed(false),
    clients: fewClients,
    transport: 'udp',
    rcodes: ['NOERROR', 'NXDOMAIN'],
    ours: UDP,
    peers: C_SERVERS,
    bar: 1.2,
    cpuBar: true,
  },
  {
    id: 'W5',
    title: 'names that do not exist',
    content: plain,
    questions: flood,
    clients: fewClients,
    transport: 'udp',
    rcodes: ['NXDOMAIN'],
    ours: UDP,
    peers: C_SERVERS,
    bar: 1.1,
  },
  {
    id: 'W6',
    title: 'TCP, one query a connection',
    content: plain,
    questions: () => steered(1000, false),
    transport: 'tcp',
    rcodes: ['NOERROR'],
    ours: ['sockets'],
    peers: ['bind', 'pdns'],
    bar: 1,
  },
  {
    id: 'W6p',
    title: 'TCP, pipelined',
    content: plain,
    questions: () => steered(1000, false),
    transport: 'tcp-pipelined',
    rcodes: ['NOERROR'],
    ours: ['sockets'],
    peers: ['bind', 'pdns'],
    bar: 1,
  },
];

/**
 * The workloads over UDP with cookies, rate limits that count and limit nothing, and a signed zone; a third of W4 shows cookies. It is also the one that asks for signatures, so
 * there the other servers sign as well: ahead, as they do it. gdnsd can't, and is shown only.
 */
export const PROTECTED: readonly Workload[] = WORKLOADS.filter(({ transport }) => transport === 'udp').map((plain) => {
  const mixes = plain.id === 'W4';
  const peers = plain.peers.filter(isOfC);
  return {
    ...plain,
    ...(mixes ? { title: `${plain.title}; a third with a cookie`, questions: () => mixed(true) } : {}),
    content: { ...plain.content, cookies: true, signed: mixes },
    ours: ['xdp-protected', 'sockets-protected'],
    peers: mixes ? peers.filter((id) => id !== 'gdnsd') : peers,
    ...(mixes ? { others: ['gdnsd'] } : {}),
  };
});

function isOfC(id: string): boolean {
  return id.startsWith('knot') || C_SERVERS.includes(id);
}

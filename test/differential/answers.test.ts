/**
 * The same zones and the same questions to steerd, Knot and NSD. Every difference is either in `EXPLAINED`, with its reason, or a failure.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import { queryMessage, UdpClient } from '../support/ask.ts';
import { type DecodedMessage, decode } from '../support/decode.ts';
import { itNeeds, missing } from '../support/needs.ts';
import { Peer, type PeerZone } from '../support/peers.ts';
import { inputOf } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';
import { AWKWARD, generator, NESTED, randomZone } from './zones.ts';

const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  DS: 43,
  TYPE65400: 65400,
  ANY: 255,
} as const;
type TypeName = keyof typeof TYPES;

interface Difference {
  readonly peer: 'knot' | 'nsd';
  readonly name: string;
  readonly type: TypeName;
  readonly ours: DecodedMessage;
  readonly theirs: DecodedMessage;
}

/** Why a difference is right as it is. The first that applies counts. */
const EXPLAINED: readonly { readonly why: string; readonly applies: (d: Difference) => boolean }[] = [
  {
    why: 'ANY: RFC 8482 §4.1 lets a server give one RRset, any one; Knot gives all, NSD the one it has first',
    applies: ({ type, ours, theirs }) =>
      type === 'ANY' &&
      ours.rcode === theirs.rcode &&
      ours.aa === theirs.aa &&
      ours.answer.length > 0 === theirs.answer.length > 0,
  },
  {
    why: 'a negative answer whose SOA has no room: TC says so (RFC 2181 §9), since without it the answer cannot be kept; Knot leaves it out in silence',
    applies: ({ peer, ours, theirs }) =>
      peer === 'knot' && ours.tc && same(ours, theirs, ['tc']) && ours.authority.length === 0,
  },
  {
    why: "a name the parent zone has below the child's apex: only the child's data counts (RFC 1034 §4.3.2 step 2); for NSD it exists in the child too",
    applies: ({ peer, name }) => peer === 'nsd' && /(^|\.)hidden\.child\.example\.$/i.test(name),
  },
  {
    why: 'NS of the zone in the authority section of an answer: nothing asks for it, and it makes answers larger',
    applies: ({ ours, theirs }) =>
      ours.authority.length === 0 &&
      theirs.authority.every((line) => / \d+ 2 /.test(line)) &&
      same(ours, { ...theirs, authority: [] }, ['additional']),
  },
  {
    why: 'a CNAME into another zone of ours is followed (RFC 1034 §4.3.2 step 3a goes back to step 1); they stay in the zone',
    applies: ({ ours, theirs }) =>
      theirs.answer.some((line) => / \d+ 5 /.test(line)) &&
      theirs.answer.every((line) => ours.answer.includes(line)) &&
      ours.rcode === theirs.rcode &&
      crossesZones(ours, theirs),
  },
  {
    why: "additional addresses are a courtesy but for glue; which ones is each server's choice",
    applies: ({ ours, theirs }) =>
      same(ours, theirs, ['additional']) && !ours.authority.some((line) => / \d+ 2 /.test(line)),
  },
];

/** Whether the chain's last target lies in a delegated child that is served here too. */
function crossesZones(ours: DecodedMessage, theirs: DecodedMessage): boolean {
  const cut = theirs.authority.find((line) => / \d+ 2 /.test(line))?.split(' ')[0];
  return cut !== undefined && [...ours.answer, ...ours.authority].some((line) => line.split(' ')[0].endsWith(cut));
}

function same(a: DecodedMessage, b: DecodedMessage, but: readonly (keyof DecodedMessage)[] = []): boolean {
  const keep = (m: DecodedMessage): string =>
    JSON.stringify(Object.entries(m).filter(([k]) => !but.includes(k as keyof DecodedMessage)));
  return keep(a) === keep(b);
}

function describeDifference({ name, type, ours, theirs }: Difference): string {
  const show = (m: DecodedMessage): string =>
    `rcode ${m.rcode}${m.aa ? ' aa' : ''}${m.tc ? ' tc' : ''} | ${m.answer.join(', ')} | ${m.authority.join(', ')} | ${m.additional.join(', ')}`;
  return `${name} ${type}\n  ours:   ${show(ours)}\n  theirs: ${show(theirs)}`;
}

/** Names worth asking: every owner, its children, siblings, and mixed case. */
function namesOf(zones: readonly PeerZone[]): string[] {
  const names = new Set<string>(['nowhere.test.', '.']);
  for (const { name, text } of zones) {
    names.add(name);
    names.add(`nope.${name}`);
    for (const line of text.split('\n')) {
      const [owner] = line.split(' ');
      if (owner === '' || owner.startsWith('$') || owner === '@') continue;
      const full = `${owner}.${name}`;
      names.add(full);
      names.add(full.toUpperCase().replace(/X/g, 'x'));
      for (const child of ['below', 'a.b', '*', 'x']) names.add(`${child}.${full}`);
      for (let up = full.slice(full.indexOf('.') + 1); up.length > name.length; up = up.slice(up.indexOf('.') + 1))
        names.add(up);
    }
  }
  return [...names];
}

const sets: readonly { readonly title: string; readonly zones: readonly PeerZone[] }[] = [
  { title: 'an awkward zone', zones: AWKWARD },
  { title: 'a zone and its child on one server', zones: NESTED },
  { title: 'random zones', zones: Array.from({ length: 12 }, (_, i) => randomZone(i + 1)) },
];

describe.each(['knot', 'nsd'] as const)('answers equal those of %s', (kind) => {
  const program = kind === 'knot' ? 'knotd' : 'nsd';
  describe.each(sets)('for $title', ({ zones }) => {
    let peer: Peer | undefined;
    let client: UdpClient;
    beforeAll(async () => {
      if (missing(program).length > 0) return;
      client = await UdpClient.open();
      peer = await Peer.start(kind, zones);
    });
    afterAll(async () => {
      client?.close();
      await peer?.stop();
    });

    itNeeds(program)('on every name and type', async () => {
      const tables = new TestTables();
      tables.load(inputOf(zones.map((z) => new TextZone(z.name, z.text))));
      const responder = tables.responder();
      const buffer = new Uint8Array(4096);
      const unexplained: string[] = [];
      const random = generator(99);
      let id = 0;
      let asked = 0;
      for (const name of namesOf(zones)) {
        for (const type of Object.keys(TYPES) as TypeName[]) {
          const message = queryMessage(++id & 0xffff, name, TYPES[type], random(2) === 0 ? { edns: 4096 } : {});
          buffer.set(message);
          const length = responder.respond(buffer, 0, message.length, buffer.length, Channel.UDP_IPV4);
          const ours = decode(buffer.slice(0, length));
          const theirs = decode((await client.send(peer!.address, message)).message);
          asked++;
          if (same(ours, theirs)) continue;
          const difference = { peer: kind, name, type, ours, theirs };
          if (!EXPLAINED.some(({ applies }) => applies(difference))) unexplained.push(describeDifference(difference));
        }
      }
      expect(asked).toBeGreaterThan(300);
      expect(unexplained.slice(0, 12).join('\n'), `${unexplained.length} of ${asked} answers differ`).toBe('');
    });
  });
});

/** Signed answers (RFC 4034, 4035, 6840, 9824), by both paths, checked by a verifier of the tests' own. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import { Algorithm } from '../../src/dnssec/algorithm.ts';
import { type DnssecKey, DsDigest, dnskeyRdata, dsRdata, keyTag } from '../../src/dnssec/key.ts';
import { PERIOD } from '../../src/dnssec/window.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage } from '../support/ask.ts';
import { nameUnder, ownersAndNeighbours, scenario, zoneRecords } from '../support/awkward-zones.ts';
import { answerOne, ROOM } from '../support/batch.ts';
import { BothPaths } from '../support/both-paths.ts';
import { decode } from '../support/decode.ts';
import { inputOf, TestZone } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { hexName, keyOf, signingOf } from '../support/test-signing.ts';
import { TextZone } from '../support/text-zone.ts';
import { denialMistake } from '../support/verify-denial.ts';
import { type MessageRecord, recordsOf, signatureMistakes } from '../support/verify-signed.ts';

const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  DNAME: 39,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  HTTPS: 65,
  NXNAME: 128,
  ANY: 255,
} as const;
const TYPES = Object.values(TYPE);

const tagOf = (key: DnssecKey): number => keyTag(dnskeyRdata(key));
const isAtOrBelow = (owner: string, apex: string): boolean => owner === hexName(apex) || owner.endsWith(hexName(apex));

describe('whatever zones there are', () => {
  const outerKeys = [keyOf('example.', Algorithm.ED25519)];
  const innerKeys = [keyOf('sub.example.', Algorithm.ED25519), keyOf('sub.example.', Algorithm.ED25519, 256)];

  it.each([
    'compact',
    'minimal',
    'nsec3',
  ] as const)('all that is authoritative is signed, what is not there is proved by %s denial, and both paths say the same', (denial) => {
    let signed = 0;
    let fast = 0;
    fc.assert(
      fc.property(
        scenario,
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(512, 900, 1232),
        ({ outer, inner, queries }, innerIsSigned, compactOk, edns) => {
          const tables = new TestTables();
          const zones = [new TestZone('example.', zoneRecords('example.', outer))];
          if (inner !== undefined) zones.push(new TestZone('sub.example.', zoneRecords('sub.example.', inner)));
          tables.load(inputOf(zones));
          const { signing, keys } = innerIsSigned
            ? signingOf([outerKeys, innerKeys], denial)
            : signingOf([outerKeys], denial);
          const paths = new BothPaths(tables, { dnssec: signing });
          const asked = [
            ...queries,
            ...ownersAndNeighbours('example.', outer),
            ...ownersAndNeighbours('sub.example.', inner ?? []),
          ];
          const isOurs = ({ owner }: MessageRecord): boolean =>
            isAtOrBelow(owner, 'example.') &&
            (inner === undefined || innerIsSigned || !isAtOrBelow(owner, 'sub.example.'));
          for (const [labels, base] of asked) {
            const name = nameUnder(labels, base);
            for (const type of TYPES) {
              for (const how of [{ edns }, { edns, dnssecOk: true, compactOk }]) {
                const query = queryMessage(1, name, type, how);
                // What is signed for the first time is so by the complete path, whichever is asked.
                paths.ask(query, Channel.UDP_IPV4);
                const { batch, complete, fast: isFast } = paths.ask(query, Channel.UDP_IPV4);
                if (
                  isFast &&
                  'dnssecOk' in how &&
                  recordsOf(Buffer.from(batch, 'hex')).some(({ type }) => type === TYPE.RRSIG)
                )
                  fast++;
                expect(`${name} ${type}: ${batch}`).toBe(`${name} ${type}: ${complete}`);
                const message = Buffer.from(complete, 'hex');
                const records = recordsOf(message);
                if (!('dnssecOk' in how)) {
                  // Only who asks for it gets it.
                  const extra = records.filter(
                    (record) =>
                      record.type !== type &&
                      ([TYPE.RRSIG, TYPE.NSEC, TYPE.DNSKEY].some((each) => each === record.type) ||
                        (type === TYPE.RRSIG &&
                          record.section === 0 &&
                          record.type !== TYPE.CNAME &&
                          record.type !== TYPE.DNAME)),
                  );
                  expect(extra).toEqual([]);
                  continue;
                }
                if ((message[2] & 2) !== 0) continue;
                const isPlain = mustNotBeSigned(records);
                const mistakes = signatureMistakes(
                  message,
                  keys,
                  tables.now,
                  (record) => isOurs(record) && !isPlain(record),
                );
                expect(`${name} ${type}: ${type === TYPE.RRSIG ? [] : mistakes}`).toBe(`${name} ${type}: `);
                const zones = [
                  { apex: hexName('example.'), isSigned: true },
                  ...(inner === undefined ? [] : [{ apex: hexName('sub.example.'), isSigned: innerIsSigned }]),
                ];
                const missing =
                  (message[3] & 15) === 0 || (message[3] & 15) === 3 ? denialMistake(message, zones) : undefined;
                if (type !== TYPE.RRSIG) expect(`${name} ${type}: ${missing}`).toBe(`${name} ${type}: undefined`);
                signed += records.length;
              }
            }
          }
        },
      ),
      { numRuns: 7 },
    );
    expect(signed).toBeGreaterThan(100);
    expect(fast).toBeGreaterThan(0);
  });
});

/** NS of referrals, and CNAMEs that a DNAME made (RFC 4035 §2.2, RFC 6672 §5.3.1). */
function mustNotBeSigned(records: readonly MessageRecord[]): (record: MessageRecord) => boolean {
  const dnames = records.filter(({ type }) => type === TYPE.DNAME).map(({ owner }) => owner);
  return ({ section, type, owner }) =>
    (section === 1 && type === TYPE.NS) ||
    (type === TYPE.CNAME && dnames.some((dname) => owner !== dname && owner.endsWith(dname)));
}

const ZONE = new TextZone(
  'example.',
  `$ORIGIN example.
$TTL 300
@ 3600 IN SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
@ TYPE48 \\# 4 01010308
@ TYPE51 \\# 5 0100000000
ns1 A 192.0.2.1
ns1 TYPE46 \\# 1 00
www 30 STEER web zurich
www MX 10 ns1
*.wild STEER web europe
*.wild TXT "any"
big TXT ${'"'.concat('x'.repeat(250), '" ').repeat(4)}
sub NS ns1.sub
sub NS ns1
ns1.sub A 192.0.2.53
safe NS ns1.safe
safe DS 1 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns1.safe A 192.0.2.54
`,
);

describe('a signed zone', () => {
  const ksk = keyOf('example.', Algorithm.ECDSAP256SHA256);
  const zsk = keyOf('example.', Algorithm.ECDSAP256SHA256, 256);
  const { signing, keys } = signingOf([[ksk, zsk]]);
  let tables: TestTables;
  beforeAll(() => {
    tables = new TestTables();
    tables.load(inputOf([ZONE]));
  });

  const ask = (
    name: string,
    type: number,
    options: Parameters<typeof queryMessage>[3] = { edns: 1232, dnssecOk: true },
    channel: Channel = Channel.UDP_IPV4,
  ): Buffer =>
    Buffer.from(answerOne(tables.responder({ dnssec: signing }), queryMessage(7, name, type, options), { channel }));
  /** `section type`, in order. */
  const shape = (message: Buffer): string[] => recordsOf(message).map(({ section, type }) => `${section} ${type}`);
  const rcode = (message: Buffer): number => message[3] & 15;
  const expectGood = (message: Buffer): void =>
    expect(signatureMistakes(message, keys, tables.now, () => false)).toEqual([]);

  it('signs the keys with the one that has SEP, everything else with the other; data of the file gives way to its own', () => {
    const reply = ask('example.', TYPE.DNSKEY);
    expect(shape(reply)).toEqual(['0 48', '0 48', '0 46']);
    expectGood(reply);
    const soa = recordsOf(ask('example.', TYPE.SOA)).find(({ type }) => type === TYPE.RRSIG)!;
    expect(soa.rdata.subarray(18, 27)).toEqual(Buffer.from(parseName('example.')));
    expect(recordsOf(ask('ns1.example.', TYPE.RRSIG)).map(({ rdata }) => rdata.length > 64)).toEqual([true]);
  });

  it('answers for keys without DO, but gives no signatures', () => {
    expect(shape(ask('example.', TYPE.DNSKEY, {}))).toEqual(['0 48', '0 48']);
    expect(shape(ask('www.example.', TYPE.A, {}))).toEqual(['0 1']);
    expect(shape(ask('nothere.example.', TYPE.A, { edns: 1232 }))).toEqual(['1 6']);
    expect(rcode(ask('nothere.example.', TYPE.A, { edns: 1232 }))).toBe(3);
  });

  it('leaves a query that lacks a signature as it came, also one for RRSIG without DO', () => {
    const responder = tables.responder({ dnssec: signingOf([[ksk, zsk]]).signing });
    const ecs = { address: Uint8Array.of(192, 0, 2, 1), source: 24 };
    for (const options of [{ edns: 1232, dnssecOk: true, ecs }, { edns: 1232 }, { edns: 512 }]) {
      const query = queryMessage(7, 'www.example.', TYPE.RRSIG, options);
      const message = new Uint8Array(ROOM);
      message.set(query);
      responder.allowance = 0;
      expect(responder.respond(message, 0, query.length, ROOM, Channel.UDP_IPV4)).toBe(0);
      expect([responder.isAwaiting, responder.host]).toEqual([true, 0]);
      expect(Buffer.from(message.subarray(0, query.length))).toEqual(query);
    }
  });

  it('says that a name is not there by one NSEC of this name, NOERROR or with CO NXDOMAIN (RFC 9824 §3.1, §5.1)', () => {
    const reply = ask('nothere.example.', TYPE.A);
    expect(shape(reply)).toEqual(['1 6', '1 46', '1 47', '1 46']);
    expect(rcode(reply)).toBe(0);
    const nsec = recordsOf(reply)[2];
    expect(nsec.owner).toBe(hexName('nothere.example.'));
    // Next name, then RRSIG, NSEC and NXNAME.
    const bits = [0, 17, 0, 0, 0, 0, 0, 3, ...new Array(10).fill(0), 0x80];
    expect([...nsec.rdata]).toEqual([1, 0, ...parseName('nothere.example.'), ...bits]);
    expect(nsec.ttl).toBe(60);
    expectGood(reply);

    const restored = ask('nothere.example.', TYPE.A, { edns: 1232, dnssecOk: true, compactOk: true });
    expect(rcode(restored)).toBe(3);
    expect(shape(restored)).toEqual(shape(reply));
    const flags = (message: Buffer): number => message.readUInt16BE(message.length - 4);
    expect([flags(reply), flags(restored)]).toEqual([0x8000, 0xc000]);
    expect(flags(ask('www.example.', TYPE.A, { edns: 1232, dnssecOk: true, compactOk: true }))).toBe(0xc000);
    // CO is of no use without DO.
    expect(flags(ask('www.example.', TYPE.A, { edns: 1232, compactOk: true }))).toBe(0);
  });

  it('says which types a name has, families of a steered host among them', () => {
    const types = (name: string, asked: number): number[] => {
      const nsec = recordsOf(ask(name, asked)).find(({ type }) => type === TYPE.NSEC)!;
      const at = parseName(name).length + 2;
      return [...nsec.rdata.subarray(at + 2)].flatMap((octet, i) =>
        [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (octet & (0x80 >> bit)) !== 0).map((bit) => i * 8 + bit),
      );
    };
    expect(types('www.example.', TYPE.TXT)).toEqual([TYPE.A, TYPE.MX, TYPE.AAAA, TYPE.RRSIG, TYPE.NSEC]);
    expect(types('one.wild.example.', TYPE.MX)).toEqual([TYPE.A, TYPE.TXT, TYPE.AAAA, TYPE.RRSIG, TYPE.NSEC]);
    expect(types('wild.example.', TYPE.A)).toEqual([TYPE.RRSIG, TYPE.NSEC]);
    expect(types('example.', TYPE.A)).toEqual([TYPE.NS, TYPE.SOA, TYPE.RRSIG, TYPE.NSEC, TYPE.DNSKEY]);
    // Not the glue: it is not the parent's.
    expect(types('sub.example.', TYPE.DS)).toEqual([TYPE.NS, TYPE.RRSIG, TYPE.NSEC]);
  });

  it('refers with the DS and its signature, or with the proof that there is none, and with the glue that must be', () => {
    const insecure = ask('a.sub.example.', TYPE.A);
    expect(shape(insecure)).toEqual(['1 2', '1 2', '1 47', '1 46', '2 1']);
    expectGood(insecure);
    const secure = ask('a.safe.example.', TYPE.A);
    expect(shape(secure)).toEqual(['1 2', '1 43', '1 46', '2 1']);
    expectGood(secure);
    expect(shape(ask('a.safe.example.', TYPE.A, { edns: 1232 }))).toEqual(['1 2', '2 1']);
    const ds = ask('safe.example.', TYPE.DS);
    expect(shape(ds)).toEqual(['0 43', '0 46']);
    expectGood(ds);
  });

  it('gives explicit questions for what signing makes one record each (RFC 8482 §4.1)', () => {
    expect(shape(ask('www.example.', TYPE.NSEC))).toEqual(['0 47', '0 46']);
    expect(shape(ask('www.example.', TYPE.NSEC, {}))).toEqual(['0 47']);
    expect(shape(ask('www.example.', TYPE.RRSIG))).toEqual(['0 46']);
    expect(shape(ask('www.example.', TYPE.RRSIG, {}))).toEqual(['0 46']);
    expect(shape(ask('www.example.', TYPE.ANY))).toEqual(['0 1', '0 46']);
    expect(shape(ask('ns1.example.', 51))).toEqual(['1 6', '1 46', '1 47', '1 46']);
  });

  it('refuses to be asked for NXNAME, and says why (RFC 9824 §3.5)', () => {
    const reply = ask('www.example.', TYPE.NXNAME);
    expect(rcode(reply)).toBe(1);
    expect(reply.subarray(-6)).toEqual(Buffer.from([0, 15, 0, 2, 0, 30]));
  });

  it('leaves AD and CD clear whatever the query says (RFC 4035 §3.1.6)', () => {
    const query = queryMessage(7, 'www.example.', TYPE.A, { edns: 1232, dnssecOk: true });
    query[3] |= 0x30;
    expect(answerOne(tables.responder({ dnssec: signing }), query)[3] & 0x30).toBe(0);
  });

  it('sets TC where signatures do not fit, and gives all over TCP (RFC 4035 §3.1.1)', () => {
    const short = ask('big.example.', TYPE.TXT, { edns: 1100, dnssecOk: true });
    expect(decode(short).tc).toBe(true);
    expect(short.length).toBeLessThanOrEqual(1100);
    const whole = ask('big.example.', TYPE.TXT, { edns: 1100, dnssecOk: true }, Channel.TCP_IPV4);
    expect(shape(whole)).toEqual(['0 16', '0 46']);
    expectGood(whole);
    // Denial: neither half of the proof.
    const denied = ask(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.example.`, TYPE.A, {
      edns: 512,
      dnssecOk: true,
    });
    expect(decode(denied).tc).toBe(true);
  });

  it('signs one RRset once in a period, whatever path, worker or TTL', () => {
    const responder = tables.responder({ dnssec: signing });
    const signature = (seconds: number): string => {
      responder.now = tables.now + seconds;
      const reply = answerOne(responder, queryMessage(7, 'www.example.', TYPE.A, { edns: 1232, dnssecOk: true }));
      expect(signatureMistakes(reply, keys, tables.now + seconds, () => true)).toEqual([]);
      return recordsOf(reply)[1].rdata.toString('hex');
    };
    const first = signature(0);
    expect(ask('WWW.example.', TYPE.A).toString('hex')).toContain(first);
    // A clock that was set is followed, and what was signed for that time is found again.
    expect(signature(PERIOD)).not.toBe(first);
    expect(signature(-PERIOD)).not.toBe(first);
    expect(signature(0)).toBe(first);
  });

  it('what has its signature is answered by the fast path, alike; all else is left to the complete one', () => {
    const paths = new BothPaths(tables, { dnssec: signing });
    const isFast = (name: string, type: number, options = {}): boolean => {
      const query = queryMessage(7, name, type, { edns: 1232, dnssecOk: true, ...options });
      paths.ask(query);
      const { batch, complete, fast } = paths.ask(query);
      expect(`${name} ${type} ${batch}`).toBe(`${name} ${type} ${complete}`);
      expectGood(Buffer.from(batch, 'hex'));
      return fast;
    };
    const has = [
      ['www.example.', TYPE.A],
      ['WWW.Example.', TYPE.AAAA],
      ['one.wild.example.', TYPE.A],
      ['one.wild.example.', TYPE.TXT],
      ['big.example.', TYPE.TXT],
      ['ns1.example.', TYPE.A],
    ] as const;
    expect(has.filter(([name, type]) => !isFast(name, type, { edns: 4096 }))).toEqual([]);
    expect(isFast('www.example.', TYPE.A, { ecs: { address: Uint8Array.of(192, 0, 2, 1), source: 24 } })).toBe(true);
    expect(isFast('www.example.', TYPE.A, { compactOk: true })).toBe(false);
    for (const name of ['www.example.', 'one.wild.example.', 'nothere.example.', 'example.']) {
      expect(isFast(name, TYPE.HTTPS)).toBe(true);
      expect(isFast(name, TYPE.HTTPS, { compactOk: true })).toBe(false);
    }
    // What does not fit is cut by the complete path, and the next name of the longest ones is another.
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}`;
    expect(isFast(`${long}.example.`, TYPE.A, { edns: 512 })).toBe(false);
    expect(isFast(`${long}.example.`, TYPE.A, { edns: 1232 })).toBe(true);
    expect(isFast(`${'d'.repeat(53)}.${long}.example.`, TYPE.A, { edns: 1232 })).toBe(false);
    // The same name without DO.
    expect(isFast('www.example.', TYPE.A, { dnssecOk: false })).toBe(true);
  });

  it('says by CDS and CDNSKEY which DS the parent should have (RFC 7344, 8078), signed as the keys are, by both paths', () => {
    const { now } = tables;
    const old = { ...ksk, times: { syncDelete: now + 100 } };
    const next = keyOf('example.', Algorithm.ECDSAP256SHA256, 257, { syncPublish: now + 100 });
    const rolled = signingOf([[old, next, zsk]]);
    const paths = (cds: 'on' | 'delete' | undefined): BothPaths => {
      const zones = rolled.signing.zones.map((zone) => ({ ...zone, ...(cds === undefined ? {} : { cds }) }));
      return new BothPaths(tables, { dnssec: { ...rolled.signing, zones } });
    };
    const rdatas = (from: BothPaths, type: number, seconds: number): string[] => {
      for (const responder of [from.responder, from.complete]) responder.now = now + seconds;
      for (const how of [{}, { edns: 4096, dnssecOk: true }]) {
        const { batch, complete } = from.ask(queryMessage(7, 'example.', type, how));
        expect(batch).toBe(complete);
      }
      const message = Buffer.from(
        from.ask(queryMessage(7, 'example.', type, { edns: 4096, dnssecOk: true })).complete,
        'hex',
      );
      expect(signatureMistakes(message, rolled.keys, now + seconds, () => true)).toEqual([]);
      const records = recordsOf(message).filter(({ section }) => section === 0);
      const signers = records.filter((record) => record.type === TYPE.RRSIG).map(({ rdata }) => rdata.readUInt16BE(16));
      if (records.length > 0) expect(signers.toSorted()).toEqual([old, next].map(tagOf).toSorted());
      return records.filter((record) => record.type === type).map(({ rdata }) => rdata.toString('hex'));
    };
    const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
    const on = paths('on');
    expect(rdatas(on, RRType.CDS, 0)).toEqual([hex(dsRdata(old, DsDigest.SHA256))]);
    expect(rdatas(on, RRType.CDNSKEY, 0)).toEqual([hex(dnskeyRdata(old))]);
    expect(rdatas(on, RRType.CDS, 100)).toEqual([hex(dsRdata(next, DsDigest.SHA256))]);
    expect(rdatas(on, TYPE.TXT, 0)).toEqual([]);
    expect(rdatas(paths('delete'), RRType.CDS, 0)).toEqual(['0000000000']);
    expect(rdatas(paths('delete'), RRType.CDNSKEY, 0)).toEqual(['0000030000']);
    expect(rdatas(paths(undefined), RRType.CDS, 0)).toEqual([]);
  });

  it('keys come and go at their times', () => {
    const { now } = tables;
    const next = keyOf('example.', Algorithm.ECDSAP256SHA256, 256, { publish: now + 100, activate: now + 200 });
    const old = { ...zsk, times: { inactive: now + 200, delete: now + 300 } };
    const rolled = signingOf([[ksk, old, next]]);
    const responder = tables.responder({ dnssec: rolled.signing });
    const at = (seconds: number): number[] => {
      responder.now = now + seconds;
      const query = (type: number): Buffer => queryMessage(7, 'example.', type, { edns: 1232, dnssecOk: true });
      const dnskeys = answerOne(responder, query(TYPE.DNSKEY)).slice();
      const soa = answerOne(responder, query(TYPE.SOA)).slice();
      for (const reply of [dnskeys, soa])
        expect(signatureMistakes(reply, rolled.keys, now + seconds, () => true)).toEqual([]);
      return [
        recordsOf(dnskeys).filter(({ type }) => type === TYPE.DNSKEY).length,
        recordsOf(soa).filter(({ type }) => type === TYPE.RRSIG).length,
      ];
    };
    // How many keys there are, and how many sign.
    expect([0, 100, 199, 200, 299, 300, 99].map(at)).toEqual([
      [2, 1],
      [3, 1],
      [3, 1],
      [3, 1],
      [3, 1],
      [2, 1],
      [2, 1],
    ]);
  });
});

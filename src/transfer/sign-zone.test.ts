/** Signed images: every signature is checked without the server's code, and the chain of denial against the records by the letter of RFC 4035 §2. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { type MessageRecord, recordsOf, signatureMistakes } from '../../test/support/verify-signed.ts';
import { Algorithm, generatePair } from '../dnssec/algorithm.ts';
import { type DnssecKey, dnskeyRdata, KeyFlag } from '../dnssec/key.ts';
import { ZoneKeys } from '../dnssec/zone-keys.ts';
import { RRType } from '../wire/constants.ts';
import { formatName, parseName } from '../wire/name.ts';
import { Outgoing } from './outgoing.ts';
import { type SignedImage, signZone } from './sign-zone.ts';
import { contentFrom, TEST_SEED, type TestRecord } from './testing.ts';
import { readUnsigned } from './unsigned-content.ts';
import { Validity } from './validity.ts';
import type { ZoneContent } from './zone-content.ts';
import { appendJournal, type ZonePaths, zonePaths } from './zone-files.ts';

const APEX = parseName('example.net');
const DAY = 86_400;
const START = 1_700_000_000;
const LIFETIME = 14 * DAY;
const breathe = (): Promise<void> => Promise.resolve();

let folder: string;
let paths: ZonePaths;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-sign-'));
  paths = zonePaths(folder, APEX, 'steered');
});
afterEach(() => rmSync(folder, { recursive: true }));

function key(algorithm: Algorithm, flags: number = KeyFlag.ZONE | KeyFlag.SEP): DnssecKey {
  return { zone: APEX, algorithm, flags, ...generatePair(algorithm), times: {} };
}
const CSK = key(Algorithm.ED25519);

interface Signing {
  readonly seconds?: number;
  readonly keys?: readonly DnssecKey[];
  readonly lifetime?: number;
  readonly paths?: ZonePaths;
  readonly denial?: 'nsec3';
}

/** Signs what a zone has now, as `ZoneTransfers` does. */
async function sign(now: ZoneContent, with_: Signing = {}): Promise<SignedImage> {
  const { seconds = START, keys = [CSK], lifetime = LIFETIME } = with_;
  const at = with_.paths ?? paths;
  const zoneKeys = new ZoneKeys({ keys, denial: with_.denial ?? 'compact' });
  zoneKeys.follow(seconds);
  const validity = new Validity(lifetime);
  const image = await signZone({ paths: at, now, keys: zoneKeys, validity, seconds, breathe });
  if (!image.differs) {
    image.discard();
    return image;
  }
  const ends = image.ends(now.serial);
  const { before, difference } = image;
  if (before !== undefined && difference !== undefined)
    appendJournal(at, before, { ...ends, octets: image.octets }, difference);
  image.commit(ends);
  return image;
}

/** What is sent, as one message. @param known for IXFR */
function sent(known?: number, from: string = folder): Buffer {
  const outgoing = Outgoing.open(zonePaths(from, APEX, 'steered'), known, () => {}) as Outgoing;
  const m = Buffer.alloc(1 << 20);
  m[5] = 1;
  m.set(APEX, 12);
  const end = outgoing.fill(m, 12 + APEX.length + 4, m.length, m.length);
  m.writeUInt16BE(outgoing.records, 6);
  expect(outgoing.isDone).toBe(true);
  return m.subarray(0, end);
}

const text = ({ owner, type, ttl, rdata }: MessageRecord): string => `${owner} ${type} ${ttl} ${rdata.toString('hex')}`;
const isNoSoa = ({ type }: MessageRecord): boolean => type !== RRType.SOA;
function serialOf(message: Buffer): number {
  const { rdata } = recordsOf(message)[0];
  return rdata.readUInt32BE(rdata.length - 20);
}
/** RRSIGs without times and signature. */
function timeless(record: MessageRecord): string {
  if (record.type !== RRType.RRSIG) return text(record);
  return `${record.owner} ${record.ttl} ${record.rdata.subarray(0, 8).toString('hex')} ${record.rdata.readUInt16BE(16)}`;
}

/** Applies an IXFR (RFC 1995 §4) to the records there are. */
function applied(records: ReadonlySet<string>, known: number): Set<string> {
  const [first, ...rest] = recordsOf(sent(known));
  const all = new Set(records);
  let deletes = false;
  if (rest.length > 0 && rest[0].type !== RRType.SOA) return new Set([first, ...rest].map(text));
  rest.slice(0, -1).forEach((record) => {
    if (record.type === RRType.SOA) deletes = !deletes;
    if (deletes) expect(all.delete(text(record))).toBe(true);
    else all.add(text(record));
  });
  return all;
}

/** What is wrong with a zone. */
function mistakes(message: Buffer, seconds: number, keys: readonly DnssecKey[] = [CSK]): string[] {
  const records = recordsOf(message);
  const apex = Buffer.from(APEX).toString('hex');
  const owners = new Map<string, MessageRecord[]>();
  for (const record of records) owners.set(record.owner, [...(owners.get(record.owner) ?? []), record]);
  const has = (owner: string, type: number): boolean => owners.get(owner)?.some((each) => each.type === type) === true;
  const above = (owner: string): string[] => {
    const all: string[] = [];
    for (let at = owner; at !== apex; ) {
      at = at.slice(2 + Number.parseInt(at.slice(0, 2), 16) * 2);
      all.push(at);
    }
    return all;
  };
  const isCut = (owner: string): boolean => owner !== apex && has(owner, RRType.NS);
  const isBelow = (owner: string): boolean => above(owner).some((each) => isCut(each) || has(each, RRType.DNAME));
  const isSigned = ({ owner, type }: MessageRecord): boolean =>
    !isBelow(owner) && (!isCut(owner) || type === RRType.DS || type === RRType.NSEC);
  const byZone = new Map([[apex, keys.map(dnskeyRdata)]]);
  const found = signatureMistakes(message, byZone, seconds, isSigned);
  for (const signature of records.filter(({ type }) => type === RRType.RRSIG)) {
    const covered = { ...signature, type: signature.rdata.readUInt16BE(0) };
    if (!isSigned(covered)) found.push(`${formatName(Buffer.from(covered.owner, 'hex'))} ${covered.type} is signed`);
  }
  const labels = (owner: string): string[] => {
    const all: string[] = [];
    for (let at = 0; owner.slice(at, at + 2) !== '00'; ) {
      const next = at + 2 + Number.parseInt(owner.slice(at, at + 2), 16) * 2;
      all.unshift(owner.slice(at + 2, next));
      at = next;
    }
    return all;
  };
  const chain = [...owners.keys()].filter((owner) => !isBelow(owner));
  chain.sort((a, b) => (labels(a).join(' ') < labels(b).join(' ') ? -1 : 1));
  for (const [i, owner] of chain.entries()) {
    const nsecs = owners.get(owner)?.filter(({ type }) => type === RRType.NSEC) ?? [];
    const types = new Set(owners.get(owner)?.map(({ type }) => type));
    const own = [...types].filter((type) => !isCut(owner) || [2, 43, 46, 47].includes(type));
    const wanted = `${chain[(i + 1) % chain.length]}${bitmap(own)}`;
    if (nsecs.map(({ rdata }) => rdata.toString('hex')).join() !== wanted) found.push(`NSEC of ${owner}`);
  }
  for (const owner of owners.keys()) if (isBelow(owner) && has(owner, RRType.NSEC)) found.push(`NSEC at ${owner}`);
  return found;
}

/** The type bit maps of RFC 4034 §4.1.2, of types below 256. */
function bitmap(types: readonly number[]): string {
  const bits = new Uint8Array(32);
  for (const type of types) bits[type >> 3] |= 0x80 >> (type & 7);
  const octets = bits.findLastIndex((octet) => octet !== 0) + 1;
  return Buffer.from([0, octets, ...bits.subarray(0, octets)]).toString('hex');
}

const a = (owner: string, last: number, ttl = 60): TestRecord => ({
  owner,
  type: RRType.A,
  ttl,
  rdata: Uint8Array.of(192, 0, 2, last),
});
const name = (owner: string, type: number, target: string): TestRecord => ({
  owner,
  type,
  ttl: 300,
  rdata: parseName(target),
});
const ds = (owner: string): TestRecord => ({ owner, type: RRType.DS, ttl: 300, rdata: new Uint8Array(36).fill(7) });
const APEX_NS = name('', RRType.NS, 'NS1.Example.net');

/** Something of everything that RFC 4035 §2 tells apart. */
const ZONE: readonly TestRecord[] = [
  APEX_NS,
  a('zz', 9),
  a('ns1', 1),
  a('www', 2, 20),
  a('*.apps', 3),
  a('a.b.ent', 4),
  name('alias', RRType.CNAME, 'WWW.example.NET'),
  name('plain', RRType.NS, 'ns.plain.example.net'),
  a('plain', 5),
  a('ns.plain', 6),
  a('x.ns.plain', 6),
  name('secure', RRType.NS, 'ns.secure.example.net'),
  ds('secure'),
  a('ns.secure', 7),
  name('down', RRType.DNAME, 'apps.example.net'),
  a('below.down', 8),
  a('many', 3),
  a('many', 1),
  a('many', 2),
];

describe('a zone', () => {
  it.each([
    ['one key', [CSK]],
    ['two keys', [key(Algorithm.ED25519), key(Algorithm.ED25519, KeyFlag.ZONE)]],
    ['two algorithms', [CSK, key(Algorithm.ECDSAP256SHA256)]],
  ])('is signed whole, by %s', async (_, keys) => {
    await sign(contentFrom(1, ZONE), { keys });
    const message = sent();
    expect(mistakes(message, START, keys)).toEqual([]);
    expect(recordsOf(message).filter(({ type }) => type === RRType.DNSKEY)).toHaveLength(keys.length);
  });

  it('has signatures of the TTLs that it has', async () => {
    await sign(contentFrom(1, ZONE));
    const www = Buffer.from(parseName('www.example.net')).toString('hex');
    const lower = ZONE.map((record) => (record.owner === 'www' ? { ...record, ttl: 10 } : record));
    const image = await sign(contentFrom(2, lower));
    // And of the SOA.
    expect(image.made).toBe(2);
    const [signature] = recordsOf(sent()).filter(
      ({ owner, type, rdata }) => owner === www && type === RRType.RRSIG && rdata.readUInt16BE(0) === RRType.A,
    );
    expect([signature.ttl, signature.rdata.readUInt32BE(4)]).toEqual([10, 10]);
    expect(mistakes(sent(), START)).toEqual([]);
  });

  it('is without what signing makes again what it was', async () => {
    const content = contentFrom(5, ZONE);
    await sign(content);
    const read = (await readUnsigned(paths.image, TEST_SEED, breathe)) as ZoneContent;
    expect(read.serial).toBe(5);
    expect(read.count).toBe(content.count);
    for (let at = 0; at < content.blocks.length; ) {
      const size =
        new DataView(content.blocks.buffer, content.blocks.byteOffset).getUint32(at) + 5 + content.blocks[at + 4];
      const found = read.find(content.blocks, at);
      expect(Buffer.from(read.blocks.subarray(found, found + size))).toEqual(
        Buffer.from(content.blocks.subarray(at, at + size)),
      );
      at += size;
    }
  });
});

describe('NSEC3', () => {
  const label = (text: string): string => {
    const bits = [...createHash('sha1').update(parseName(text)).digest()]
      .map((octet) => octet.toString(2).padStart(8, '0'))
      .join('');
    return (bits.match(/.{5}/g) as string[]).map((digit) => Number.parseInt(digit, 2).toString(32)).join('');
  };
  const hex = (text: string): string => Buffer.from(parseName(text)).toString('hex');
  /** Names that RFC 5155 §7.1 wants of `ZONE`, with their types: at cuts DS and NS alone, and nothing at all of what owns nothing. */
  const NAMES: Readonly<Record<string, readonly number[]>> = {
    '': [2, 6, 46, 48, 51],
    zz: [1, 46],
    ns1: [1, 46],
    www: [1, 46],
    apps: [],
    '*.apps': [1, 46],
    ent: [],
    'b.ent': [],
    'a.b.ent': [1, 46],
    alias: [5, 46],
    plain: [2],
    secure: [2, 43, 46],
    down: [39, 46],
    many: [1, 46],
  };
  const full = (owner: string): string => (owner === '' ? 'example.net' : `${owner}.example.net`);

  it('denies every name, also those that own nothing and delegations without DS', async () => {
    await sign(contentFrom(1, ZONE), { denial: 'nsec3' });
    const message = sent();
    const records = recordsOf(message);
    const byZone = new Map([[hex('example.net'), [dnskeyRdata(CSK)]]]);
    const mine = signatureMistakes(
      message,
      byZone,
      START,
      ({ type }) => type === RRType.NSEC3 || type === RRType.NSEC3PARAM,
    );
    expect(mine).toEqual([]);
    expect(records.filter(({ type }) => type === RRType.NSEC)).toEqual([]);
    const nsec3 = records.filter(({ type }) => type === RRType.NSEC3);
    const hashes = Object.keys(NAMES)
      .map((owner) => label(full(owner)))
      .sort();
    const wanted = Object.entries(NAMES).map(([owner, types]) => {
      const own = label(full(owner));
      const next = hashes[(hashes.indexOf(own) + 1) % hashes.length];
      const bits = [...next].map((digit) => Number.parseInt(digit, 32).toString(2).padStart(5, '0')).join('');
      const octets = (bits.match(/.{8}/g) as string[]).map((octet) => Number.parseInt(octet, 2));
      const rdata = `010000000014${Buffer.from(octets).toString('hex')}${types.length === 0 ? '' : bitmap(types)}`;
      return `${hex(full(own))} ${rdata}`;
    });
    expect(nsec3.map(({ owner, rdata }) => `${owner} ${rdata.toString('hex')}`).sort()).toEqual(wanted.sort());
  });

  it('takes the place of NSEC where that is wanted, by IXFR, and back', async () => {
    await sign(contentFrom(1, ZONE));
    let known = new Set(recordsOf(sent()).map(text));
    for (const [serial, denial] of [
      [2, 'nsec3'],
      [3, undefined],
    ] as const) {
      await sign(contentFrom(serial, ZONE), denial === undefined ? {} : { denial });
      known = applied(known, serial - 1);
      expect([...known].sort()).toEqual([...new Set(recordsOf(sent()).map(text))].sort());
    }
    expect(mistakes(sent(), START)).toEqual([]);
  });
});

describe('a change', () => {
  it('makes no signatures but those it needs, and none if there is none', async () => {
    const first = await sign(contentFrom(1, ZONE));
    expect(first.made).toBeGreaterThan(20);
    expect((await sign(contentFrom(1, ZONE), { seconds: START + DAY })).differs).toBe(false);
    const changed = ZONE.map((record) => (record.owner === 'zz' ? a('zz', 99) : record));
    // The RRset and the SOA.
    expect((await sign(contentFrom(2, changed), { seconds: START + DAY })).made).toBe(2);
    // A new name: it, its NSEC, the NSEC before it, the SOA.
    expect((await sign(contentFrom(3, [...changed, a('new', 1)]), { seconds: START + DAY })).made).toBe(4);
    expect(recordsOf(sent(2)).length).toBeLessThan(16);
    expect(mistakes(sent(), START + DAY)).toEqual([]);
  });

  it('of a key signs all anew, also where the tag is the same', async () => {
    const first = await sign(contentFrom(1, ZONE));
    const other = key(Algorithm.ED25519);
    const second = await sign(contentFrom(2, ZONE), { keys: [other] });
    expect(second.made).toBe(first.made);
    expect(mistakes(sent(), START, [other])).toEqual([]);
  });

  it('that was not read whole is none: all is signed anew', async () => {
    const first = await sign(contentFrom(1, ZONE));
    const bytes = readFileSync(paths.image);
    bytes[bytes.length - 3] ^= 1;
    writeFileSync(paths.image, bytes);
    expect(await readUnsigned(paths.image, TEST_SEED, breathe)).toBeUndefined();
    const again = await sign(contentFrom(2, ZONE));
    expect([again.made, again.before]).toEqual([first.made, undefined]);
    expect(mistakes(sent(), START)).toEqual([]);
  });
});

describe('signatures', () => {
  it('are made anew before they end, a few at a time, and the SOA with them', async () => {
    const hosts = Array.from({ length: 20 }, (_, i) => a(`h${i}`, i));
    const content = (serial: number): ZoneContent => contentFrom(serial, [APEX_NS, ...hosts]);
    let { good } = await sign(content(1));
    let serial = 1;
    let most = 0;
    for (let seconds = START; seconds < START + 12 * DAY; ) {
      expect(good.until).toBeGreaterThan(seconds);
      seconds = good.until;
      // No signature has less left than half of the lifetime, also just before.
      expect(mistakes(sent(), seconds - 1 + LIFETIME / 2)).toEqual([]);
      const image = await sign(content(++serial), { seconds });
      expect(image.made).toBeGreaterThan(0);
      most = Math.max(most, image.made);
      good = image.good;
    }
    expect(most).toBeLessThan(25);
    expect(serial).toBeGreaterThan(10);
  });

  it('follow a clock that is set back or forth, and another lifetime', async () => {
    const { made } = await sign(contentFrom(1, ZONE));
    for (const [serial, seconds] of [START - DAY, START + 10 * DAY, START].entries()) {
      expect((await sign(contentFrom(serial + 2, ZONE), { seconds })).made).toBe(made);
      expect(mistakes(sent(), seconds)).toEqual([]);
    }
    expect((await sign(contentFrom(5, ZONE), { lifetime: DAY })).made).toBe(made);
    // A step that leaves them good makes none.
    expect((await sign(contentFrom(6, ZONE), { seconds: START - 3600, lifetime: DAY })).made).toBe(0);
  });
});

const OWNERS = ['a', 'b', '*', 'a.b', 'x.a.b', 'c', 'y.c', 'z.y.c', 'mid.dle.ent', 'q'];
const someRecords = fc
  .uniqueArray(
    fc.record({
      owner: fc.constantFrom(...OWNERS),
      what: fc.constantFrom('a', 'two', 'ns', 'ds', 'dname', 'txt'),
      last: fc.nat({ max: 3 }),
      ttl: fc.constantFrom(30, 60),
    }),
    { maxLength: 14, selector: ({ owner, what }) => `${owner} ${what}` },
  )
  .map((all) => {
    const records = all.flatMap(({ owner, what, last, ttl }): TestRecord[] => {
      if (what === 'a') return [a(owner, last, ttl)];
      if (what === 'txt') return [{ owner, type: RRType.TXT, ttl, rdata: Uint8Array.of(1, 65 + last) }];
      if (what === 'ns') return [name(owner, RRType.NS, `NS${last}.example.net`)];
      if (what === 'ds') return [ds(owner)];
      if (what === 'dname') return [name(owner, RRType.DNAME, `d${last}.example.org`)];
      return [a(owner, 100 + last), a(owner, 90)].map((record) => ({ ...record, type: 65_000 % 256 }));
    });
    // A DS stands at a cut alone, and the records of a type side by side.
    const isCut = (owner: string): boolean => records.some((r) => r.owner === owner && r.type === RRType.NS);
    const good = records.filter(({ owner, type }) => type !== RRType.DS || isCut(owner));
    return [APEX_NS, ...good.sort((x, y) => x.type - y.type)];
  });

test('what is transferred after changes is what would be transferred anew, and IXFR leads there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someRecords, { minLength: 2, maxLength: 5 }),
      fc.nat({ max: 6 * DAY }),
      async (all, step) => {
        const own = mkdtempSync(join(folder, 'p'));
        const fresh = mkdtempSync(join(folder, 'f'));
        const ownPaths = zonePaths(own, APEX, 'steered');
        const before = folder;
        folder = own;
        try {
          let known: { readonly records: Set<string>; readonly serial: number } | undefined;
          for (const [i, records] of all.entries()) {
            const seconds = START + i * step;
            const content = contentFrom(i + 1, records);
            await sign(content, { seconds, paths: ownPaths });
            const message = sent();
            expect(mistakes(message, seconds)).toEqual([]);
            const isThere = new Set(recordsOf(message).map(text));
            if (known !== undefined)
              expect([...applied(known.records, known.serial)].sort()).toEqual([...isThere].sort());
            known = { records: isThere, serial: serialOf(message) };
            const anew = zonePaths(mkdtempSync(join(fresh, 'f')), APEX, 'steered');
            await sign(content, { seconds, paths: anew });
            const other = recordsOf(sent(undefined, join(anew.image, '..')));
            expect(recordsOf(message).filter(isNoSoa).map(timeless)).toEqual(other.filter(isNoSoa).map(timeless));
          }
        } finally {
          folder = before;
        }
      },
    ),
    { numRuns: 25 },
  );
});

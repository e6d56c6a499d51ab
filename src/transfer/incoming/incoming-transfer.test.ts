/** Transfers as primaries send them, right ones and others. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { RRClass, RRType } from '../../wire/constants.ts';
import { formatName, parseName } from '../../wire/name.ts';
import type { TsigKey } from '../../wire/tsig.ts';
import { BLOCK_HEAD, blockSize, recordSize, recordsAt } from '../blocks.ts';
import { hmac } from '../hmac.ts';
import { TEST_SEED } from '../testing.ts';
import type { ZoneContent } from '../zone-content.ts';
import { IncomingTransfer, type Received } from './incoming-transfer.ts';
import { StreamSignatures } from './stream-signatures.ts';
import { messageOf, signed, soaRecord, TEST_APEX, TEST_ID, type TestMessage, type TestRecord, txt } from './testing.ts';
import { TransferError } from './transfer-error.ts';

interface Options {
  readonly known?: ZoneContent;
  readonly signs?: boolean;
  readonly most?: number;
  readonly signatures?: StreamSignatures;
}

function incoming({ known, signs = false, most = 1 << 20, signatures }: Options = {}): IncomingTransfer {
  return new IncomingTransfer({ apex: TEST_APEX, id: TEST_ID, known, signs, most, seed: TEST_SEED }, signatures);
}

/** Takes messages: records, or more of a message than that. */
function take(messages: readonly (TestMessage | readonly TestRecord[])[], options: Options = {}): Received | undefined {
  const transfer = incoming(options);
  const question = options.known === undefined ? RRType.AXFR : RRType.IXFR;
  let received: Received | undefined;
  messages.forEach((one, i) => {
    const message = 'records' in one ? one : { records: one, question: i === 0 ? question : undefined };
    received = transfer.take(messageOf(message));
  });
  return received;
}

function refusal(messages: Parameters<typeof take>[0], options: Options = {}): string {
  try {
    return `taken: ${JSON.stringify(take(messages, options)?.kind)}`;
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** Records of content as text, sorted. */
function texts(content: ZoneContent): string[] {
  const { blocks } = content;
  const all: string[] = [];
  for (let at = 0; at < blocks.length; at += blockSize(blocks, at)) {
    const labels = blocks.slice(at + BLOCK_HEAD, recordsAt(blocks, at));
    const owner = formatName(Uint8Array.of(...labels, ...TEST_APEX));
    for (let p = recordsAt(blocks, at); p < at + blockSize(blocks, at); p += recordSize(blocks, p)) {
      const type = (blocks[p] << 8) | blocks[p + 1];
      all.push(`${owner} ${type} ${Buffer.from(blocks.slice(p + 10, p + recordSize(blocks, p))).toString('hex')}`);
    }
  }
  return all.sort();
}

function contentOf(received: Received | undefined): ZoneContent {
  if (received === undefined || received.kind === 'current') throw new Error('nothing was received');
  return received.content;
}

function zoneOf(serial: number, ...records: TestRecord[]): ZoneContent {
  return contentOf(take([[soaRecord(serial), ...records, soaRecord(serial)]]));
}

const A: TestRecord = { owner: 'www.example.org', type: RRType.A, rdata: Uint8Array.of(192, 0, 2, 1) };

describe('a whole zone', () => {
  it('comes in any number of messages, owners in any order, records twice', () => {
    const records = [A, txt('b.example.org', '1'), txt('WWW.example.org', '2'), txt('b.example.org', '3'), A];
    const all = [soaRecord(5), ...records, soaRecord(5)];
    const one = take([all]);
    const many = take(all.map((record) => [record]));
    expect(one).toMatchObject({ kind: 'whole', serial: 5 });
    expect(texts(contentOf(one))).toHaveLength(4);
    expect(texts(contentOf(many))).toEqual(texts(contentOf(one)));
    expect(contentOf(one).count).toBe(2);
  });

  it('has names in RDATA absolute and in lower case, however they were compressed', () => {
    const m = messageOf({ question: RRType.AXFR, records: [soaRecord(5), A, soaRecord(5)] });
    // MX 10, `Mail` and a pointer to the question's name.
    const compressed = { owner: 'example.org', type: RRType.MX, rdata: Buffer.from('000a044d61696cc00c', 'hex') };
    const with_ = messageOf({ question: RRType.AXFR, records: [soaRecord(5), compressed, soaRecord(5)] });
    expect(m.length).not.toBe(with_.length);
    const [mx] = texts(contentOf(incoming().take(with_)));
    expect(mx).toBe(`example.org. 15 000a${Buffer.from(parseName('mail.example.org')).toString('hex')}`);
  });

  it('that is not one is refused as a whole', () => {
    const soa = soaRecord(5);
    expect(refusal([[A, soa]])).toMatch(/^malformed: the first record is no SOA/);
    expect(refusal([[soa, A, soaRecord(6)]])).toMatch(/begins with serial 5 and ends with 6/);
    expect(refusal([[soa, A, soa, A]])).toMatch(/records follow the last SOA/);
    expect(refusal([[soa, { ...A, owner: 'www.example.net' }]])).toMatch(/www\.example\.net\. A is not in the zone/);
    expect(refusal([[soa, { ...A, owner: 'xexample.org' }]])).toMatch(/is not in the zone/);
    expect(refusal([[soa, A, { ...soa, owner: 'sub.example.org' }]])).toMatch(/sub\.example\.org\. SOA has a SOA/);
    expect(refusal([[soa, { ...A, class: RRClass.CH }]])).toMatch(/has class 3/);
    expect(refusal([[soa, { ...A, rdata: Uint8Array.of(1, 2, 3) }]])).toMatch(/^unusable: www\.example\.org\. A: /);
    expect(refusal([[soa, { ...A, type: RRType.ANY }]])).toMatch(/is no record of a zone/);
    expect(refusal([[soa, { ...A, type: RRType.STEER }]])).toMatch(/is no record of a zone/);
    expect(refusal([[soa, { ...A, type: RRType.NS, rdata: Uint8Array.of(0xc0, 0x50) }]])).toMatch(/can not be read/);
    expect(refusal([[]])).toMatch(/a message has no records/);
    // Without its last SOA it goes on.
    expect(take([[soa, A]])).toBeUndefined();
  });

  it('is larger than may be', () => {
    const records = Array.from({ length: 300 }, (_, i) => txt(`h${i}.example.org`, 'x'.repeat(100)));
    const messages = records.map((record) => [record]);
    expect(refusal([[soaRecord(5)], ...messages], { most: 20_000 })).toMatch(/^too-large: .*max_octets \(20000\)/);
    // Pointers make much of little.
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example.org`;
    const ns = { owner: long, type: RRType.NS, rdata: Uint8Array.of(0xc0, 12) };
    expect(refusal([[soaRecord(5)], ...Array.from({ length: 90 }, () => [ns])], { most: 4000 })).toMatch(/^too-large/);
  });

  it('that is signed needs a zone that is signed here', () => {
    const rrsig = { owner: 'www.example.org', type: RRType.RRSIG, rdata: new Uint8Array(40) };
    const messages = [[soaRecord(5), A, rrsig, soaRecord(5)]];
    expect(refusal(messages)).toMatch(/^unusable: the zone is signed \(www\.example\.org\. RRSIG\)/);
    expect(texts(contentOf(take(messages, { signs: true })))).toHaveLength(1);
  });
});

describe('messages', () => {
  const records = [soaRecord(5), A, soaRecord(5)];
  it('that answer something else are refused', () => {
    const question = RRType.AXFR;
    expect(refusal([{ records, question, id: 1 }])).toMatch(/answers another query/);
    expect(refusal([{ records, question, flags: 0x04 }])).toMatch(/is no answer/);
    expect(refusal([{ records, question, flags: 0x86 }])).toMatch(/was cut/);
    expect(refusal([{ records, question, flags: 0xa4 }])).toMatch(/is no answer/);
    expect(refusal([{ records, question: RRType.IXFR }])).toMatch(/another question/);
    expect(refusal([{ records, question: undefined }])).toMatch(/the first message has no question/);
    expect(refusal([{ records: [], question, rcode: 5 }])).toBe('refused: it answers REFUSED');
    expect(refusal([{ records: [], rcode: 4 }])).toBe('refused: it answers NOTIMP');
  });

  it('that can not be read are', () => {
    const m = messageOf({ records, question: RRType.AXFR });
    for (const spoilt of [m.subarray(0, 11), m.subarray(0, m.length - 1), Uint8Array.of(...m, 0)])
      expect(() => incoming().take(spoilt)).toThrow(/can not be read/);
  });
});

describe('changes', () => {
  const known = zoneOf(1, A, txt('b.example.org', '1'));
  const b1 = txt('b.example.org', '1');
  const b2 = txt('b.example.org', '2');
  const c1 = txt('c.example.org', '1');

  it('are made one after the other', () => {
    const step1 = [soaRecord(1), b1, soaRecord(2), b2];
    const step2 = [soaRecord(2), A, soaRecord(3), c1];
    const all = [soaRecord(3), ...step1, ...step2, soaRecord(3)];
    const wanted = texts(zoneOf(3, b2, c1));
    for (const messages of [[all], all.map((record) => [record])]) {
      const received = take(messages, { known });
      expect(received).toMatchObject({ kind: 'changes', serial: 3 });
      expect(texts(contentOf(received))).toEqual(wanted);
      expect(contentOf(received).serial).toBe(3);
    }
  });

  it('may be none, or the zone', () => {
    expect(take([[soaRecord(1)]], { known })).toEqual({ kind: 'current', serial: 1 });
    expect(take([[soaRecord(0)]], { known })).toEqual({ kind: 'current', serial: 0 });
    const whole = take([[soaRecord(3), b2, c1, soaRecord(3)]], { known });
    expect(whole).toMatchObject({ kind: 'whole', serial: 3 });
    expect(take([[soaRecord(3)], [b2], [soaRecord(3)]], { known })).toMatchObject({ kind: 'whole' });
  });

  it('a TTL alone is one, and of what is removed it does not matter', () => {
    const messages = [[soaRecord(2), soaRecord(1), { ...b1, ttl: 7 }, soaRecord(2), { ...b1, ttl: 99 }, soaRecord(2)]];
    expect(texts(contentOf(take(messages, { known })))).toEqual(texts(known));
  });

  it('that do not fit what is here are refused', () => {
    const end = [soaRecord(2), soaRecord(2)];
    expect(refusal([[soaRecord(2), soaRecord(1), b2, ...end]], { known })).toMatch(/^mismatch: its changes remove b\./);
    expect(refusal([[soaRecord(2), soaRecord(1), soaRecord(2), b1, soaRecord(2)]], { known })).toMatch(
      /add b\.example/,
    );
    expect(refusal([[soaRecord(3), soaRecord(2), ...end]], { known })).toMatch(/begin at serial 2, not at 1/);
    const gap = [soaRecord(4), soaRecord(1), soaRecord(2), c1, soaRecord(3)];
    expect(refusal([gap], { known })).toMatch(/lead to serial 2, and go on from 3/);
    const after = [soaRecord(2), soaRecord(1), soaRecord(2), c1, soaRecord(2), c1];
    expect(refusal([after], { known })).toMatch(/records follow/);
  });

  test('of any zone into any other are what the other is', () => {
    const zone = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 4 })), {
      selector: ([owner, text]) => `${owner} ${text}`,
      maxLength: 30,
    });
    const recordsOf = (pairs: [number, number][]): TestRecord[] =>
      pairs.map(([owner, text]) => txt(owner === 0 ? 'example.org' : `h${owner}.example.org`, `${text}`));
    fc.assert(
      fc.property(fc.array(zone, { minLength: 2, maxLength: 5 }), fc.integer({ min: 1, max: 5 }), (zones, size) => {
        const versions = zones.map(recordsOf);
        const missing = (from: TestRecord[], to: TestRecord[]): TestRecord[] =>
          from.filter((one) => !to.some((other) => JSON.stringify(one) === JSON.stringify(other)));
        const last = versions.length;
        const steps = versions
          .slice(1)
          .flatMap((next, i) => [
            soaRecord(i + 1),
            ...missing(versions[i], next),
            soaRecord(i + 2),
            ...missing(next, versions[i]),
          ]);
        const all = [soaRecord(last), ...steps, soaRecord(last)];
        const messages: TestRecord[][] = [];
        for (let i = 0; i < all.length; i += size) messages.push(all.slice(i, i + size));
        const received = take(messages, { known: zoneOf(1, ...versions[0]) });
        expect(texts(contentOf(received))).toEqual(texts(zoneOf(last, ...versions[last - 1])));
      }),
    );
  });
});

describe('signatures', () => {
  const key: TsigKey = { name: parseName('xfr'), algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 3) };
  const other: TsigKey = { ...key, secret: Buffer.alloc(32, 4) };
  const asked = Buffer.alloc(32, 9);
  const now = (): number => Math.floor(Date.now() / 1000);
  const parts = [
    [soaRecord(5)],
    ...Array.from({ length: 120 }, (_, i) => [txt(`h${i}.example.org`, 'x')]),
    [soaRecord(5)],
  ];

  /** Signs the messages that are named. @param by the key of one of them */
  function sign(which: (i: number) => boolean, by: (i: number) => TsigKey = () => key): Uint8Array[] {
    let mac: Uint8Array = asked;
    let between: Uint8Array[] = [];
    let isFirst = true;
    return parts.map((records, i) => {
      const m = messageOf({ records, question: i === 0 ? RRType.AXFR : undefined });
      if (!which(i)) {
        between.push(m);
        return m;
      }
      const made = signed(m, by(i), mac, !isFirst, between);
      mac = made.mac;
      between = [];
      isFirst = false;
      return made.m;
    });
  }

  function outcome(messages: readonly Uint8Array[]): string {
    const transfer = incoming({ signatures: new StreamSignatures(key, asked, hmac, now) });
    try {
      let received: Received | undefined;
      for (const m of messages) received = transfer.take(m);
      return received?.kind ?? 'more';
    } catch (error) {
      return (error as Error).message;
    }
  }

  it('are on every message, or on the first, the last and at least one in a hundred', () => {
    const last = parts.length - 1;
    expect(outcome(sign(() => true))).toBe('whole');
    expect(outcome(sign((i) => i === 0 || i === 60 || i === last))).toBe('whole');
    expect(outcome(sign((i) => i === 0 || i === 100 || i === last))).toBe('whole');
    expect(outcome(sign((i) => i === 0 || i === 101 || i === last))).toMatch(/more than 99 messages/);
    expect(outcome(sign((i) => i > 0))).toBe('its answer is not signed');
    expect(outcome(sign((i) => i === 0 || i === 60))).toBe('its last message is not signed');
  });

  it('that are wrong are refused, and so is what was changed between two', () => {
    expect(
      outcome(
        sign(
          () => true,
          (i) => (i === 7 ? other : key),
        ),
      ),
    ).toMatch(/wrong \(BADSIG\)/);
    const messages = sign((i) => i % 50 === 0 || i === parts.length - 1);
    messages[10][messages[10].length - 1] ^= 1;
    expect(outcome(messages)).toMatch(/wrong \(BADSIG\)/);
    const swapped = sign(() => true);
    [swapped[3], swapped[4]] = [swapped[4], swapped[3]];
    expect(outcome(swapped)).toMatch(/wrong \(BADSIG\)/);
  });
});

test('whatever is sent is taken or refused with a reason', () => {
  const known = zoneOf(1, A);
  const good = messageOf({
    question: RRType.IXFR,
    records: [soaRecord(2), soaRecord(1), A, soaRecord(2), txt('a.example.org', 'x'), soaRecord(2)],
  });
  const seen = (m: Uint8Array): void => {
    try {
      incoming({ known }).take(m);
    } catch (error) {
      expect(error).toBeInstanceOf(TransferError);
    }
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
      const m = new Uint8Array(good);
      for (const [at, octet] of changes) m[at] = octet;
      seen(m);
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => seen(Uint8Array.of(...good.subarray(0, 29), ...rest))),
  );
});

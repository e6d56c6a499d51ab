/** Denial by minimally covering NSEC (RFC 4470) and by NSEC3 (RFC 5155): what a validator needs, in each case, and nothing else. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Algorithm } from '../../src/dnssec/algorithm.ts';
import type { Denial } from '../../src/dnssec/zone-keys.ts';
import { RRType } from '../../src/wire/constants.ts';
import { queryMessage } from '../support/ask.ts';
import { answerOne } from '../support/batch.ts';
import { BothPaths } from '../support/both-paths.ts';
import { decode } from '../support/decode.ts';
import { inputOf } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { hexName, keyOf, signingOf } from '../support/test-signing.ts';
import { TextZone } from '../support/text-zone.ts';
import { denialMistake } from '../support/verify-denial.ts';
import { recordsOf, signatureMistakes } from '../support/verify-signed.ts';

const NXDOMAIN = 3;
const L = (letter: string, length: number): string => letter.repeat(length);
/** 191 octets with the root's: a name below it has 64 left. */
const DEEP = `${L('d', 55)}.${L('d', 63)}.${L('d', 61)}.example.`;

const ZONE = new TextZone(
  'example.',
  `$ORIGIN example.
$TTL 300
@ 3600 IN SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
@ TYPE51 \\# 5 0100010000
ns1 A 192.0.2.1
www 30 STEER web zurich
alias CNAME www
*.wild STEER web europe
*.wild TXT "any"
there.wild TXT "not the wildcard"
*.alias CNAME nothere.wild
*.lost CNAME nothere
a.b.ent A 192.0.2.7
down DNAME wild
sub NS ns1.sub
ns1.sub A 192.0.2.53
safe NS ns1.safe
safe DS 1 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns1.safe A 192.0.2.54
svc HTTPS 1 . alpn=h2
svc CAA 0 issue "ca.example"
hinted HTTPS 1 www hints=steer
dns SVCB 1 ns1 alpn=dot
*.web HTTPS 1 www hints=steer
${DEEP} TXT "hardly any room below"
notheq${L('\\255', 57)} TXT "what is taken for free before nother"
`,
);

describe.each(['minimal', 'nsec3'] as const)('%s', (denial: Denial) => {
  const type = denial === 'minimal' ? RRType.NSEC : RRType.NSEC3;
  const { signing, keys } = signingOf([[keyOf('example.', Algorithm.ED25519)]], denial);
  let tables: TestTables;
  beforeAll(() => {
    tables = new TestTables();
    tables.load(inputOf([ZONE]));
  });

  const ask = (name: string, qtype: number, options: Parameters<typeof queryMessage>[3] = {}): Buffer => {
    const query = queryMessage(7, name, qtype, { edns: 4096, dnssecOk: true, ...options });
    const reply = Buffer.from(answerOne(tables.responder({ dnssec: signing, udpSize: 4096 }), query));
    if (options.dnssecOk === false || decode(reply).tc || qtype === RRType.RRSIG) return reply;
    expect(signatureMistakes(reply, keys, tables.now, () => false)).toEqual([]);
    const mistake = denialMistake(reply, [{ apex: hexName('example.'), isSigned: true }]);
    expect(`${name} ${qtype} ${mistake}`).toBe(`${name} ${qtype} undefined`);
    return reply;
  };
  const rcode = (reply: Buffer): number => reply[3] & 15;
  const count = (reply: Buffer, of: number): number => recordsOf(reply).filter((record) => record.type === of).length;
  const either = (minimal: number, nsec3: number): number => (denial === 'minimal' ? minimal : nsec3);
  /** Names whose signature's owner has more labels than it counts. */
  const expanded = (reply: Buffer): number[] =>
    recordsOf(reply)
      .filter((record) => record.section === 0 && record.type === RRType.RRSIG)
      .map((record) => record.rdata[3]);

  it('says NXDOMAIN with the proof of the name and of the wildcard', () => {
    for (const name of ['nothere.example.', 'a.b.nothere.example.', 'x.www.example.', 'x.b.ent.example.']) {
      const reply = ask(name, RRType.A);
      expect([rcode(reply), count(reply, type)]).toEqual([NXDOMAIN, either(2, 3)]);
    }
    // Whoever doesn't want signatures gets none of it, and CO means nothing here.
    expect(count(ask('nothere.example.', RRType.A, { dnssecOk: false }), type)).toBe(0);
    const compact = ask('nothere.example.', RRType.A, { compactOk: true });
    expect(compact.readUInt16BE(compact.length - 4)).toBe(0x8000);
    // The wildcard that is not there, asked for itself.
    expect(count(ask('*.example.', RRType.A), type)).toBe(either(1, 2));
  });

  it('says what types there are by one record', () => {
    for (const name of ['www.example.', 'ent.example.', 'b.ent.example.', 'example.', 'wild.example.']) {
      const reply = ask(name, RRType.MX);
      expect([name, rcode(reply), count(reply, type)]).toEqual([name, 0, 1]);
    }
    expect(count(ask('sub.example.', RRType.DS), type)).toBe(1);
    // Of a name without records, an NSEC3 says just that it is there.
    if (denial === 'nsec3') {
      const nsec3 = recordsOf(ask('ent.example.', RRType.A)).find((record) => record.type === type)!;
      expect(nsec3.rdata.length).toBe(26);
    }
  });

  it('gives what a wildcard stands for its own signature, and the proof that the name is not there', () => {
    const direct = ask('*.wild.example.', RRType.TXT);
    expect([expanded(direct), count(direct, type)]).toEqual([[2], 0]);
    for (const [name, qtype] of [
      ['x.wild.example.', RRType.A],
      ['x.y.wild.example.', RRType.TXT],
      ['*.x.wild.example.', RRType.TXT],
    ] as const) {
      const reply = ask(name, qtype);
      expect([name, rcode(reply), expanded(reply), count(reply, type)]).toEqual([name, 0, [2], 1]);
    }
    const signature = (name: string): string =>
      recordsOf(ask(name, RRType.TXT))
        .find((record) => record.type === RRType.RRSIG)!
        .rdata.toString('hex');
    expect(signature('x.wild.example.')).toBe(signature('*.wild.example.'));
    // Of types it has not.
    const none = ask('x.wild.example.', RRType.MX);
    expect([rcode(none), count(none, type)]).toEqual([0, either(2, 3)]);
  });

  it('proves each wildcard of a chain once', () => {
    const reply = ask('x.alias.example.', RRType.TXT);
    expect(recordsOf(reply).map((record) => record.section)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(count(reply, type)).toBe(2);
    const lost = ask('x.lost.example.', RRType.A);
    expect([rcode(lost), count(lost, type)]).toEqual([NXDOMAIN, either(3, 4)]);
    const down = ask('x.down.example.', RRType.TXT);
    expect([rcode(down), count(down, type)]).toEqual([0, 1]);
  });

  it('refers with the DS, or with the proof that there is none', () => {
    expect(count(ask('a.sub.example.', RRType.A), type)).toBe(1);
    const secure = ask('a.safe.example.', RRType.A);
    expect([count(secure, type), count(secure, RRType.DS)]).toEqual([0, 1]);
  });

  it('answers for its own types as for any', () => {
    const nsec = ask('www.example.', RRType.NSEC);
    expect(recordsOf(nsec)[0]).toMatchObject(denial === 'minimal' ? { section: 0, type } : { section: 1 });
    for (const name of ['www.example.', 'example.', 'x.wild.example.', 'alias.example.', 'sub.example.']) {
      const [first] = recordsOf(ask(name, RRType.RRSIG));
      expect([name, first.type]).toEqual([name, name === 'sub.example.' ? RRType.NS : RRType.RRSIG]);
    }
    // A CNAME is followed for DNSKEY and NSEC3PARAM as for any type.
    for (const qtype of [RRType.DNSKEY, RRType.NSEC3PARAM, RRType.CDS])
      expect(recordsOf(ask('alias.example.', qtype))[0].type).toBe(RRType.CNAME);
    const params = recordsOf(ask('example.', RRType.NSEC3PARAM)).filter((record) => record.section === 0);
    expect(params.map(({ rdata }) => rdata.toString('hex')).slice(0, 1)).toEqual(
      denial === 'nsec3' ? ['0100000000'] : [],
    );
    expect(count(ask('example.', RRType.NSEC3, {}), RRType.RRSIG)).toBe(2);
  });

  it.each([
    ['with DO', { dnssecOk: true }],
    ['without', { dnssecOk: false }],
    ['without EDNS', { dnssecOk: false, edns: undefined }],
  ])('answers for RRSIG as for any type (RFC 4035 §3): with a signature that is given with what it is of, and nothing else, %s', (_how, options) => {
    for (const name of ['svc', 'hinted', 'dns', 'x.web', 'www', 'alias', 'ns1', 'x.wild'].map(
      (of) => `${of}.example.`,
    )) {
      const answers = recordsOf(ask(name, RRType.RRSIG, options as object)).filter(({ section }) => section === 0);
      expect([name, answers.map((record) => record.type)]).toEqual([name, [RRType.RRSIG]]);
      const [{ rdata, owner }] = answers;
      expect(owner).toBe(hexName(name));
      const given = recordsOf(ask(name, rdata.readUInt16BE(0))).filter((record) => record.type === RRType.RRSIG);
      expect([name, given.map((record) => record.rdata.toString('hex'))]).toEqual([
        name,
        expect.arrayContaining([rdata.toString('hex')]),
      ]);
    }
    const none = recordsOf(ask('ent.example.', RRType.RRSIG, options as object));
    expect(none.filter(({ section }) => section === 0).length).toBe(either(1, 0));
  });

  it('is right where names are as long as can be, or have octets that come first or last', () => {
    const names = [
      `${L('a', 63)}.${DEEP}`,
      `${L('\\255', 63)}.${DEEP}`,
      `${L('a', 61)}.${DEEP}`,
      `${L('\\255', 62)}.${DEEP}`,
      `b.${L('a', 60)}.${DEEP}`,
      '\\000.example.',
      'www\\000.example.',
      'a\\000.example.',
      '\\000.\\000.www.example.',
      '\\[.example.',
      '\\255.example.',
      `${L('\\255', 63)}.example.`,
      // What comes right before is there, with something below it or nothing.
      'nothe\\114.example.',
      'ent\\000.example.',
      'x.\\000.wild.example.',
    ];
    for (const name of names) {
      const reply = ask(name, RRType.A);
      expect(decode(reply).tc).toBe(false);
      expect([name, rcode(reply)]).toEqual([name, name.includes('wild') ? 0 : NXDOMAIN]);
    }
  });

  it('sets TC where a proof does not fit', () => {
    const { length } = ask('x.lost.example.', RRType.A);
    for (const udpSize of [512, length - 1, length]) {
      const query = queryMessage(7, 'x.lost.example.', RRType.A, { edns: 4096, dnssecOk: true });
      const reply = Buffer.from(answerOne(tables.responder({ dnssec: signing, udpSize }), query));
      expect([udpSize, decode(reply).tc]).toEqual([udpSize, udpSize < length]);
      expect(reply.length).toBeLessThanOrEqual(udpSize);
    }
  });

  it('leaves to the complete path what needs a proof, and answers the rest alike by both', () => {
    const paths = new BothPaths(tables, { dnssec: signing });
    const isFast = (name: string, qtype: number): boolean => {
      const query = queryMessage(7, name, qtype, { edns: 1232, dnssecOk: true });
      paths.ask(query);
      const { batch, complete, fast } = paths.ask(query);
      expect(`${name} ${batch}`).toBe(`${name} ${complete}`);
      return fast;
    };
    expect(isFast('www.example.', RRType.A)).toBe(true);
    expect(isFast('x.wild.example.', RRType.A)).toBe(false);
    expect(isFast('*.wild.example.', RRType.TXT)).toBe(true);
    expect(isFast('nothere.example.', RRType.A)).toBe(false);
  });
});

/** The protocol around the answer: header, EDNS, errors, classes (RFC 1035, 6891, 7871, 8482, 8906, 8914, 9619), octet by octet. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import type { Responder } from '../../src/answer/responder.ts';
import { queryMessage } from '../support/ask.ts';
import { decode } from '../support/decode.ts';
import { opt, option, optOf, withOpt } from '../support/edns.ts';
import { inputOf } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';

const zone = new TextZone(
  'example.',
  `$ORIGIN example.
$TTL 300
@ 3600 IN SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
ns1 A 192.0.2.1
www 30 STEER web zurich
two STEER web europe/zurich
svc HTTPS 1 www alpn=h2 hints=steer
www HTTPS 1 . alpn=h2 port=8443 hints=steer key7000=x
plainsvc HTTPS 1 ns1 alpn=h2 hints=steer
alias HTTPS 0 www
mail MX 10 www
any TXT "one"
any A 192.0.2.7
sub NS ns1.sub
sub NS ns2.sub
ns1.sub A 192.0.2.53
ns2.sub AAAA 2001:db8::53
many NS ns1.many
${Array.from({ length: 40 }, (_, i) => `ns1.many AAAA 2001:db8::${(i + 1).toString(16)}`).join('\n')}
`,
);

let tables: TestTables;
let responder: Responder;

beforeAll(() => {
  tables = new TestTables();
  tables.load(inputOf([zone]));
  responder = tables.responder({ nsid: 'zrh-1', version: 'steerd test', id: 'host-1' });
});

function respond(message: Uint8Array, stream = false): Buffer {
  const m = new Uint8Array(70_000);
  m.set(message);
  return Buffer.from(
    m.subarray(
      0,
      responder.respond(m, 0, message.length, stream ? 65535 : 4096, stream ? Channel.TCP_IPV4 : Channel.UDP_IPV4),
    ),
  );
}

const A = 1;
const www = (): Buffer => queryMessage(0x1234, 'WwW.example.', A);

describe('header', () => {
  it('keeps the ID, the case of the name and RD; sets QR and AA; clears RA, Z, AD and CD', () => {
    const query = www();
    query[3] = 0xff & ~0x0f;
    const m = respond(query);
    expect([...m.subarray(0, 4)]).toEqual([0x12, 0x34, 0x85, 0x00]);
    expect(m.subarray(12, 24).toString('latin1')).toContain('WwW');
  });

  it.each([1, 2, 3, 4, 5, 6, 15])('answers opcode %i with NOTIMP, the opcode kept', (opcode) => {
    const query = www();
    query[2] = opcode << 3;
    const m = respond(query);
    expect([m[2], m[3] & 15]).toEqual([0x80 | (opcode << 3), 4]);
  });

  it('answers no response and nothing shorter than a header', () => {
    const response = www();
    response[2] |= 0x80;
    for (const m of [response, www().subarray(0, 11), Buffer.alloc(0)]) expect(respond(m).length).toBe(0);
  });

  it.each([
    [
      'no question',
      (m: Buffer) => {
        m.writeUInt16BE(0, 4);
        return m.subarray(0, 12);
      },
    ],
    [
      'two questions',
      (m: Buffer) => {
        m.writeUInt16BE(2, 4);
        return Buffer.concat([m, m.subarray(12)]);
      },
    ],
    ['a question cut off', (m: Buffer) => m.subarray(0, m.length - 3)],
    [
      'a compressed question',
      (m: Buffer) => {
        m[12] = 0xc0;
        return m;
      },
    ],
    [
      'a record announced and not there',
      (m: Buffer) => {
        m.writeUInt16BE(1, 10);
        return m;
      },
    ],
    ['octets too many', (m: Buffer) => Buffer.concat([m, Buffer.from([1, 2, 3])])],
  ])('answers %s with FORMERR', (_what, change) => {
    const m = respond(change(www()));
    expect([m[3] & 15, m.readUInt16BE(6), m.readUInt16BE(8), m.readUInt16BE(10)]).toEqual([1, 0, 0, 0]);
  });

  it('echoes the question of a FORMERR where it could be read', () => {
    expect(respond(Buffer.concat([www(), Buffer.from([1])])).readUInt16BE(4)).toBe(1);
    expect(respond(www().subarray(0, 15)).readUInt16BE(4)).toBe(0);
  });
});

describe('classes and types', () => {
  it.each([[4], [254], [2], [65535]])('refuses class %i', (rclass) => {
    const m = respond(queryMessage(1, 'www.example.', A, { rclass }));
    expect([m[3] & 15, m[2] & 4]).toEqual([5, 0]);
  });
  it('answers class ANY without authority', () => {
    const m = respond(queryMessage(1, 'www.example.', A, { rclass: 255 }));
    expect([m[3] & 15, m[2] & 4, m.readUInt16BE(6)]).toEqual([0, 0, 1]);
  });
  it.each([
    ['version.bind.', 'steerd test'],
    ['VERSION.SERVER.', 'steerd test'],
    ['id.server.', 'host-1'],
    ['hostname.bind.', 'host-1'],
  ])('CH TXT %s is %s', (name, text) => {
    const m = respond(queryMessage(1, name, 16, { rclass: 3 }));
    expect(m.subarray(-text.length).toString()).toBe(text);
    expect(m[3] & 15).toBe(0);
  });
  it('refuses other names of class CH, and what the operator does not tell', () => {
    expect(respond(queryMessage(1, 'secret.bind.', 16, { rclass: 3 }))[3] & 15).toBe(5);
    const m = new Uint8Array(512);
    const query = queryMessage(1, 'version.bind.', 16, { rclass: 3 });
    m.set(query);
    tables.responder().respond(m, 0, query.length, 512, Channel.UDP_IPV4);
    expect(m[3] & 15).toBe(5);
  });
  it.each([
    [252, 5],
    [251, 5],
    [253, 4],
    [254, 4],
    [41, 1],
    [250, 1],
    [249, 1],
  ])('type %i is rcode %i', (type, rcode) => {
    expect(respond(queryMessage(1, 'www.example.', type))[3] & 15).toBe(rcode);
  });
  it('does not let STEER be asked for', () => {
    expect(decode(respond(queryMessage(1, 'www.example.', 65280)))).toMatchObject({
      rcode: 0,
      answer: [],
      authority: [expect.stringContaining('example. 60 6')],
    });
  });
  it('gives one RRset for ANY (RFC 8482)', () => {
    expect(decode(respond(queryMessage(1, 'any.example.', 255))).answer).toEqual(['any.example. 300 1 c0000207']);
    expect(decode(respond(queryMessage(1, 'www.example.', 255))).answer).toEqual(['www.example. 30 1 cb007140']);
  });
  it('refuses names outside its zones, and says why to who can hear it', () => {
    const m = respond(withOpt(queryMessage(1, 'www.elsewhere.', A), opt()));
    expect([m[3] & 15, optOf(m)?.options.get(15)]).toEqual([5, '0014']);
  });
});

describe('EDNS', () => {
  it('answers OPT with OPT in every reply, errors included', () => {
    for (const name of ['www.example.', 'nope.example.', 'x.elsewhere.', 'any.example.']) {
      expect(optOf(respond(withOpt(queryMessage(1, name, A), opt())))).toMatchObject({
        size: 1232,
        version: 0,
        flags: 0,
      });
    }
    const notify = withOpt(www(), opt());
    notify[2] = 4 << 3;
    expect(optOf(respond(notify))).toMatchObject({ rcode: 4 });
    expect(optOf(respond(www()))).toBeUndefined();
  });
  it('copies DO and no other flag', () => {
    expect(optOf(respond(withOpt(www(), opt(undefined, { flags: 0xffff }))))?.flags).toBe(0x8000);
  });
  it('answers another version with BADVERS and its own', () => {
    expect(optOf(respond(withOpt(www(), opt(undefined, { version: 1 }))))).toMatchObject({ rcode: 16, version: 0 });
    expect(optOf(respond(withOpt(www(), opt(Buffer.from([1, 2, 3]), { version: 100 }))))).toMatchObject({ rcode: 16 });
  });
  it('ignores options it does not know', () => {
    const m = respond(
      withOpt(
        www(),
        opt(Buffer.concat([option(10, [1, 2, 3, 4, 5, 6, 7, 8]), option(65001, [1]), option(12, [0, 0])])),
      ),
    );
    expect([m[3] & 15, optOf(m)?.options.size]).toEqual([0, 0]);
  });
  it('gives its NSID when asked', () => {
    expect(optOf(respond(withOpt(www(), opt(option(3)))))?.options.get(3)).toBe(Buffer.from('zrh-1').toString('hex'));
    expect(optOf(respond(withOpt(www(), opt())))?.options.has(3)).toBe(false);
  });
  it.each([
    ['two OPTs', withOpt(withOpt(queryMessage(1, 'www.example.', A), opt()), opt())],
    ['an OPT with a name', withOpt(queryMessage(1, 'www.example.', A), Buffer.concat([Buffer.from([1, 97]), opt()]))],
    ['an option longer than its OPT', withOpt(queryMessage(1, 'www.example.', A), opt(Buffer.from([0, 3, 0, 9, 1])))],
    ['half an option', withOpt(queryMessage(1, 'www.example.', A), opt(Buffer.from([0, 3])))],
  ])('answers %s with FORMERR', (_what, message) => {
    expect(respond(message)[3] & 15).toBe(1);
  });
  it('takes sizes below 512 for 512', () => {
    expect(
      respond(withOpt(queryMessage(1, 'many.example.', A), opt(undefined, { size: 100 }))).length,
    ).toBeLessThanOrEqual(512);
  });
});

describe('Client Subnet', () => {
  const ecs = (data: readonly number[]): Buffer => withOpt(www(), opt(option(8, data)));
  it.each([
    ['IPv4 /24', [0, 1, 24, 0, 192, 0, 2], '00011800c00002'],
    ['IPv4 /0', [0, 1, 0, 0], '00010000'],
    ['IPv6 /56', [0, 2, 56, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0], '0002380020010db8000000'],
    ['IPv4 /20 with zero bits behind', [0, 1, 20, 0, 10, 1, 0x30], '000114000a0130'],
  ])('echoes %s with scope 0, since no policy looks at the client', (_what, data, echoed) => {
    expect(optOf(respond(ecs(data)))?.options.get(8)).toBe(echoed);
  });
  it.each([
    ['a scope in a query', [0, 1, 24, 24, 192, 0, 2]],
    ['too few octets', [0, 1, 24, 0, 192, 0]],
    ['too many octets', [0, 1, 24, 0, 192, 0, 2, 1]],
    ['bits beyond the source', [0, 1, 20, 0, 192, 0, 0x2f]],
    ['a source over 32', [0, 1, 33, 0, 1, 2, 3, 4, 5]],
    ['no prefix lengths', [0, 1]],
  ])('answers %s with FORMERR (RFC 7871 §7.1.1)', (_what, data) => {
    expect(respond(ecs(data))[3] & 15).toBe(1);
  });
  it('does not echo an address family it does not know', () => {
    const m = respond(ecs([0, 3, 8, 0, 1]));
    expect([m[3] & 15, optOf(m)?.options.has(8)]).toEqual([0, false]);
  });
});

describe('steered answers', () => {
  it('follow the family: AAAA of the group, A of the nearest that has IPv4', () => {
    expect(decode(respond(queryMessage(1, 'www.example.', 28))).answer).toEqual([
      'www.example. 30 28 20010db8001900000000000000000064',
    ]);
    expect(decode(respond(queryMessage(1, 'www.example.', A))).answer).toEqual(['www.example. 30 1 cb007140']);
    expect(decode(respond(queryMessage(1, 'two.example.', A))).answer).toEqual(['two.example. 60 1 c6336440']);
  });
  it('stand beside other types, and NODATA beside them', () => {
    expect(decode(respond(queryMessage(1, 'www.example.', 15)))).toMatchObject({
      rcode: 0,
      answer: [],
      authority: [expect.stringMatching(/^example\. 60 6 /)],
    });
  });
  it('come as additional addresses', () => {
    expect(decode(respond(queryMessage(1, 'mail.example.', 15))).additional).toEqual([
      'www.example. 30 1 cb007140',
      'www.example. 30 28 20010db8001900000000000000000064',
    ]);
  });
  it.each([
    [
      'its own name',
      'www.example.',
      '0001 00 00010003026832 00030002 20fb 00040004cb007140 0006001020010db8001900000000000000000064 1b58000178',
    ],
    [
      'another host',
      'svc.example.',
      '0001 0377777707 6578616d706c6500 00010003026832 00040004cb007140 0006001020010db8001900000000000000000064',
    ],
  ])('are the hints of HTTPS for %s, keys in order, at the smaller TTL', (_what, name, rdata) => {
    expect(decode(respond(queryMessage(1, name, 65))).answer).toEqual([`${name} 30 65 ${rdata.replaceAll(' ', '')}`]);
  });
  it('leave hints out where the target is not steered, and the marker always', () => {
    expect(decode(respond(queryMessage(1, 'plainsvc.example.', 65))).answer[0]).toBe(
      'plainsvc.example. 300 65 0001036e7331076578616d706c650000010003026832',
    );
  });
  it('say so when they are a last resort', () => {
    const all = ['anycast', 'europe', 'switzerland', 'zurich'].map((_, group) => ({ group, state: 'down' as const }));
    const other = new TestTables();
    other.load(inputOf([zone]), all);
    const m = new Uint8Array(512);
    const query = withOpt(www(), opt());
    m.set(query);
    const length = other.responder().respond(m, 0, query.length, 512, Channel.UDP_IPV4);
    expect(optOf(Buffer.from(m.subarray(0, length)))?.options.get(15)).toBe('0003');
  });
});

describe('referrals', () => {
  it("carry the cut's NS and glue, without authority", () => {
    expect(decode(respond(queryMessage(1, 'a.b.sub.example.', A)))).toMatchObject({
      aa: false,
      answer: [],
      authority: ['sub.example. 300 2 ns1.sub.example.', 'sub.example. 300 2 ns2.sub.example.'],
      additional: ['ns1.sub.example. 300 1 c0000235', 'ns2.sub.example. 300 28 20010db8000000000000000000000053'],
    });
  });
  it('set TC when glue below the cut has no room (RFC 9471)', () => {
    const m = respond(queryMessage(1, 'x.many.example.', A));
    expect([m[2] & 2, m.length <= 512]).toEqual([2, true]);
    expect(respond(queryMessage(1, 'x.many.example.', A), true)[2] & 2).toBe(0);
  });
});

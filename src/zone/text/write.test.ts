import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RRType } from '../../wire/constants.ts';
import { codecOf } from '../../wire/rdata/index.ts';
import { RdataWriter } from '../../wire/rdata/writer.ts';
import { zoneTextSource } from './source.ts';
import { collect, collectText, exampleNet, type KeptRecord } from './testing.ts';
import { ZoneTextWriter } from './write.ts';

function write(records: readonly KeptRecord[], defaultTtl: number): string {
  let text = '';
  const writer = new ZoneTextWriter(exampleNet, (piece) => void (text += piece), { defaultTtl });
  for (const { owner, type, ttl, rdata } of records) writer.record(owner, owner.length, type, ttl, rdata, rdata.length);
  writer.finish();
  return text;
}

test('is made for people', () => {
  const { kept } = collectText(
    '$TTL 1h\n@ NS ns1\nns1 A 192.0.2.1\n 60 A 192.0.2.2\nwww 60 STEER web europe/zurich\nx STEER web anycast\n',
  );
  expect(write(kept, 3600)).toBe(
    [
      '$ORIGIN example.net.',
      '$TTL 3600',
      '@                               IN NS     ns1.example.net.',
      'ns1                             IN A      192.0.2.1',
      '                             60 IN A      192.0.2.2',
      'www                          60 IN STEER  web europe/zurich',
      'x                               IN STEER  web anycast',
      '',
    ].join('\n'),
  );
});

const label = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((octets) => octets.map((c) => (c >= 0x41 && c <= 0x5a ? c | 0x20 : c)));
const owner = fc.array(label, { maxLength: 3 }).map((labels) => {
  const octets = labels.flatMap((l) => [l.length, ...l]);
  return Uint8Array.from([...octets, ...exampleNet]);
});
const rdataOf = (type: number, value: unknown): Uint8Array => {
  const out = new RdataWriter();
  codecOf(type).fromValue(value, exampleNet, out);
  return out.view().slice();
};
const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);
const data = fc.oneof(
  fc.ipV4().map((value) => [RRType.A, rdataOf(RRType.A, value)] as const),
  fc.ipV6().map((value) => [RRType.AAAA, rdataOf(RRType.AAAA, value)] as const),
  owner.map((name) => [RRType.CNAME, name] as const),
  fc
    .tuple(fc.integer({ min: 0, max: 65_535 }), owner)
    .map(([n, name]) => [RRType.MX, Uint8Array.from([n >> 8, n & 255, ...name])] as const),
  fc.uint8Array({ maxLength: 40 }).map((text) => [RRType.TXT, Uint8Array.from([text.length, ...text])] as const),
  fc.uint8Array({ maxLength: 40 }).map((rdata) => [9999, rdata] as const),
  fc.tuple(id, id).map(([service, group]) => [RRType.STEER, rdataOf(RRType.STEER, { service, group })] as const),
);
const record = fc
  .tuple(owner, data, fc.integer({ min: 0, max: 2_147_483_647 }), fc.boolean())
  .map(([owner, [type, rdata], ttl, given]) => ({
    owner,
    type,
    ttl: given || type !== RRType.STEER ? ttl : -1,
    rdata,
    line: 0,
  }));

test('what is written reads as the same records', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 12 }), fc.integer({ min: 0, max: 100_000 }), (records, defaultTtl) => {
      const text = new TextEncoder().encode(write(records, defaultTtl));
      const { kept, messages } = collect(zoneTextSource('z', exampleNet, text));
      expect(messages).toEqual([]);
      expect(kept.map((r) => ({ ...r, line: 0 }))).toEqual(records);
      expect(write(kept, defaultTtl)).toBe(new TextDecoder().decode(text));
    }),
    { numRuns: 500 },
  );
});

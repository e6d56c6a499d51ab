import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codecOf, typeOf } from '../../wire/rdata/index.ts';
import { RdataWriter } from '../../wire/rdata/writer.ts';
import { exampleNet } from '../../zone/text/testing.ts';
import { isUsualAddress, isUsualSteer } from './record.ts';
import { recordSchema, recordTypes, valueSchemas } from './record-schema.ts';

const scalar = fc.oneof(
  fc.constantFrom<unknown>('STEER', 'A', 'AAAA', 'web', '', '192.0.2.1', null, true, undefined),
  fc.constantFrom<unknown>(0, 60, -1, 1.5, 2_147_483_647, 2_147_483_648, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<unknown>([], ['192.0.2.1'], ['192.0.2.1', 5], {}, { ipv4: 'a', ipv6: 'b' }),
);
const keys = fc.constantFrom(
  'type',
  'ttl',
  'service',
  'group',
  'policy',
  'value',
  'values',
  'octodns',
  'x',
  '__proto__',
  'toString',
);
const usual = fc.oneof(
  fc.record(
    { type: fc.constant('STEER'), service: fc.constant('web'), group: fc.constant('x'), ttl: scalar, policy: scalar },
    { requiredKeys: ['type', 'service', 'group'] },
  ),
  fc.record(
    { type: fc.constantFrom('A', 'AAAA'), value: scalar, values: scalar, ttl: scalar },
    { requiredKeys: ['type'] },
  ),
);
const any = fc.tuple(usual, fc.array(fc.tuple(keys, scalar), { maxLength: 2 })).map(([record, changes]) => {
  const changed: Record<string, unknown> = { ...record };
  for (const [key, value] of changes) {
    if (value === undefined) delete changed[key];
    else Object.defineProperty(changed, key, { value, enumerable: true, configurable: true, writable: true });
  }
  // YAML has no undefined.
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
});

test('the checks by hand and the schema agree', () => {
  fc.assert(
    fc.property(any, (record) => {
      const byHand = isUsualSteer(record) || isUsualAddress(record);
      const { type } = record;
      const schema = typeof type === 'string' ? recordSchema(type) : undefined;
      const bySchema = schema?.safeParse(record).success === true;
      if (byHand) expect(bySchema).toBe(true);
      // The other way round: what the schema takes and the hand doesn't is of a kind that is left to the schema.
      const left = 'octodns' in record || typeof record.group === 'object';
      if (bySchema && !left && ['STEER', 'A', 'AAAA'].includes(String(type))) expect(byHand).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

/** Values of every type, as an OctoDNS user has them. */
const examples: Readonly<Record<string, readonly unknown[]>> = {
  A: ['192.0.2.1'],
  AAAA: ['2001:db8::1'],
  CAA: [{ flags: 0, tag: 'issue', value: 'ca.example.net' }],
  CNAME: ['www', 'www.example.com.'],
  DNAME: ['example.com.'],
  DS: [{ key_tag: 12_345, algorithm: 13, digest_type: 2, digest: 'ab'.repeat(32) }],
  HTTPS: [
    { svcpriority: 1, targetname: '.', svcparams: { alpn: ['h2', 'h3'], port: 8443, ipv4hint: ['192.0.2.1'] } },
    { svcpriority: 0, targetname: 'www' },
    { svcpriority: 1, targetname: '.', hints: 'steer' },
  ],
  LOC: [
    {
      lat_degrees: 47,
      lat_minutes: 22,
      lat_seconds: 30.5,
      lat_direction: 'N',
      long_degrees: 8,
      long_minutes: 32,
      long_seconds: 0,
      long_direction: 'E',
      altitude: 408,
      size: 10,
      precision_horz: 100,
      precision_vert: 10,
    },
    { lat_degrees: 47, lat_seconds: '30.500', lat_direction: 'S', long_degrees: 8, long_direction: 'W', altitude: -4 },
  ],
  MX: [
    { preference: 10, exchange: 'mail' },
    { priority: 10, value: 'mail' },
  ],
  NAPTR: [{ order: 10, preference: 20, flags: 'S', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp' }],
  NS: ['ns1'],
  OPENPGPKEY: ['mQINBA=='],
  PTR: ['www.example.net.'],
  SMIMEA: [{ certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: 'ab'.repeat(32) }],
  SOA: [
    { mname: 'ns1', rname: 'hostmaster', serial: 1, refresh: 7200, retry: 1800, expire: 1_209_600, minimum: 300 },
    { mname: 'ns1', rname: 'host@example.com', refresh: '2h' },
  ],
  SRV: [{ priority: 10, weight: 60, port: 5060, target: 'sip' }],
  SSHFP: [{ algorithm: 4, fingerprint_type: 2, fingerprint: 'ab'.repeat(32) }],
  STEER: [
    { service: 'web', group: 'anycast' },
    { service: 'web', group: { ipv4: 'europe', ipv6: 'zurich' }, policy: 'slow' },
  ],
  SVCB: [{ svcpriority: 1, targetname: 'www', svcparams: { alpn: ['dot'] } }],
  TLSA: [{ certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: 'ab'.repeat(32) }],
  TXT: ['v=spf1 -all', 'a\\; b', 12],
  URI: [{ priority: 10, weight: 1, target: 'https://www.example.net/' }],
};

test.each(
  recordTypes.flatMap((type) => examples[type].map((value) => [type, value] as const)),
)('schema and codec of %s take %j, and the schema what the codec makes of it', (type, value) => {
  const record = (data: unknown): unknown => (type === 'STEER' ? { type, ...(data as object) } : { type, value: data });
  const codec = codecOf(typeOf(type) as number);
  expect(recordSchema(type)?.safeParse(record(value)).error).toBeUndefined();
  const out = new RdataWriter();
  codec.fromValue(value, exampleNet, out);
  const rdata = out.view().slice();
  expect(codec.check(rdata)).toBeUndefined();
  const made = codec.toValue(rdata);
  expect(recordSchema(type)?.safeParse(record(made)).error).toBeUndefined();
  out.reset();
  codec.fromValue(made, exampleNet, out);
  expect(out.view().slice()).toEqual(rdata);
});

test('every type of the schema has an example, and every example a type', () => {
  expect(Object.keys(examples).sort()).toEqual([...recordTypes].sort());
  expect(Object.keys(valueSchemas).every((type) => typeOf(type) !== undefined)).toBe(true);
});

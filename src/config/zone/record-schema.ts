/**
 * What a record of a zone file may say: OctoDNS's records, and STEER. The same schema checks files, makes the JSON Schema that editors
 * use, and says in its descriptions what each key means.
 */
import * as z from 'zod';
import { MAX_TTL } from '../../wire/constants.ts';

const name = z.string().min(1).describe('A domain name: absolute with a final dot, else relative to the zone');
const text = z.string();
const u8 = z.int().min(0).max(0xff);
const u16 = z.int().min(0).max(0xffff);
/** Digits alone are a number to YAML; digests and the like may consist of them. */
const digits = z.union([z.string(), z.number()]);
/** `30.500` is text to us, because it would not be written that way again. */
const decimal = z.union([z.number(), z.string().regex(/^-?[0-9]+([.][0-9]+)?$/)]);
const seconds = z.union([z.int().min(0).max(0xffffffff), z.string().regex(/^([0-9]+[smhdwSMHDW])+$/)]);

const common = {
  ttl: z
    .int()
    .min(0)
    .max(MAX_TTL)
    .optional()
    .describe("Seconds a resolver may keep the answer; the zone's default when left out"),
  octodns: z
    .unknown()
    .optional()
    .describe("OctoDNS's own options; of no meaning here, so they are left aside with a warning"),
};

const group = z.string().min(1).describe('A group of network.yaml');

/** A host steered to a service. */
export const steerSchema = z
  .strictObject({
    type: z.literal('STEER'),
    ttl: common.ttl.describe("Seconds a resolver may keep the answer; the policy's when left out"),
    service: z.string().min(1).describe('The service of network.yaml that answers for this host'),
    group: z
      .union([group, z.strictObject({ ipv4: group, ipv6: group })])
      .describe('The group whose VIPs the host gets; {ipv4: …, ipv6: …} for one a family'),
    policy: z.string().min(1).optional().describe('The policy of network.yaml; `default` when left out'),
    octodns: common.octodns,
  })
  .describe(
    'A host steered to a service: A and AAAA are the VIPs of its group, or of the nearest ancestor that has the family',
  );

const svcb = z
  .strictObject({
    svcpriority: u16.describe('0 for AliasMode, the order of preference otherwise'),
    targetname: name.describe('`.` for the owner itself'),
    svcparams: z.record(z.string(), z.unknown()).optional().describe('Parameters by key: alpn, port, ipv4hint, …'),
    hints: z.literal('steer').optional().describe("`steer`: ipv4hint and ipv6hint are the target's steered addresses"),
  })
  .describe('Service binding (RFC 9460)');

const tlsa = z.strictObject({
  certificate_usage: u8,
  selector: u8,
  matching_type: u8,
  certificate_association_data: digits.describe('Hexadecimal digits'),
});

/** The value of a record, by type. Types with `single` have one record an owner. */
export const valueSchemas: Readonly<Record<string, { readonly value: z.ZodType; readonly single?: true }>> = {
  A: { value: z.string().describe('An IPv4 address') },
  AAAA: { value: z.string().describe('An IPv6 address') },
  CAA: {
    value: z
      .strictObject({ flags: u8.optional(), tag: text, value: text })
      .describe('Who may issue certificates (RFC 8659)'),
  },
  CNAME: { value: name, single: true },
  DNAME: { value: name, single: true },
  DS: {
    value: z.strictObject({
      key_tag: u16,
      algorithm: u8,
      digest_type: u8,
      digest: digits.describe('Hexadecimal digits'),
    }),
  },
  HTTPS: { value: svcb },
  LOC: {
    value: z.strictObject({
      lat_degrees: u8,
      lat_minutes: u8.optional(),
      lat_seconds: decimal.optional(),
      lat_direction: z.enum(['N', 'S']),
      long_degrees: u8,
      long_minutes: u8.optional(),
      long_seconds: decimal.optional(),
      long_direction: z.enum(['E', 'W']),
      altitude: decimal,
      size: decimal.optional(),
      precision_horz: decimal.optional(),
      precision_vert: decimal.optional(),
    }),
  },
  MX: {
    value: z.union([
      z.strictObject({ preference: u16.describe('The lowest is tried first'), exchange: name }),
      z.strictObject({ priority: u16, value: name }).describe("OctoDNS's older keys"),
    ]),
  },
  NAPTR: {
    value: z.strictObject({
      order: u16,
      preference: u16,
      flags: digits,
      service: text,
      regexp: text,
      replacement: name,
    }),
  },
  NS: { value: name },
  OPENPGPKEY: { value: text.describe('Base64') },
  PTR: { value: name },
  SMIMEA: { value: tlsa },
  SOA: {
    value: z.strictObject({
      mname: name,
      rname: name,
      serial: z.int().min(0).max(0xffffffff).optional(),
      refresh: seconds.optional(),
      retry: seconds.optional(),
      expire: seconds.optional(),
      minimum: seconds.optional(),
    }),
    single: true,
  },
  SRV: { value: z.strictObject({ priority: u16, weight: u16, port: u16, target: name }) },
  SSHFP: {
    value: z.strictObject({ algorithm: u8, fingerprint_type: u8, fingerprint: digits.describe('Hexadecimal digits') }),
  },
  SVCB: { value: svcb },
  TLSA: { value: tlsa },
  TXT: { value: digits.describe('Text; OctoDNS writes a semicolon as \\;') },
  URI: { value: z.strictObject({ priority: u16, weight: u16, target: text }) },
};

function recordOf(type: z.ZodType, value: z.ZodType, single: boolean) {
  const values = z.array(value).min(1);
  return z
    .strictObject({
      type,
      ttl: common.ttl,
      value: value.optional().describe('The data, when there is one record'),
      values: (single ? values.max(1) : values).optional().describe('The data of several records'),
      octodns: common.octodns,
    })
    .superRefine((record, context) => {
      if ((record.value === undefined) === (record.values === undefined)) {
        const message = record.value === undefined ? '"value" is missing' : '"value" and "values" are both given';
        context.addIssue({ code: 'custom', path: record.value === undefined ? [] : ['values'], message });
      }
    });
}

/** Any type in the form of RFC 3597 §5. */
const genericSchema = recordOf(
  z.string().regex(/^TYPE[0-9]{1,5}$/),
  z.string().describe('RFC 3597 form: \\# LENGTH HEXADECIMAL'),
  false,
).meta({ id: 'TYPEn', description: 'A record of a type that has no mnemonic here (RFC 3597)' });

const schemas = new Map<string, z.ZodType>([['STEER', steerSchema]]);
for (const [type, { value, single }] of Object.entries(valueSchemas)) {
  schemas.set(type, recordOf(z.literal(type), value, single === true).meta({ id: type }));
}

/** The mnemonics a record's `type` may be. */
export const recordTypes: readonly string[] = [...schemas.keys()];

/** The schema of records of a type; undefined for a type that has none. */
export function recordSchema(type: string): z.ZodType | undefined {
  return schemas.get(type) ?? (/^TYPE[0-9]{1,5}$/.test(type) ? genericSchema : undefined);
}

/** The keys that the mapping at `path` in a record of a type can have. */
export function knownKeys(type: string, path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return keysOf(type === 'STEER' ? steerSchema : (schemas.get(type) ?? genericSchema));
  if (path[0] === 'group') return ['ipv4', 'ipv6'];
  const inValue = path.length === (path[0] === 'values' ? 2 : 1);
  return inValue && Object.hasOwn(valueSchemas, type) ? keysOf(valueSchemas[type].value) : [];
}

function keysOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodUnion) return keysOf(schema.options[0] as z.ZodType);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const anyRecord = z
  .union([...schemas.values(), genericSchema])
  .meta({ id: 'record', description: 'One record type at a name' });

/** A whole zone file. */
export const zoneFileSchema = z
  .record(
    z.string().describe("A name relative to the zone; '' is the apex"),
    z.union([anyRecord, z.array(anyRecord).min(1).describe('Several record types at one name')]),
  )
  .describe('A zone: names relative to it, and their records');

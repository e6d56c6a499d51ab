/** What steerd.yaml says of signatures: the keys of messages (TSIG), and zones that are signed (DNSSEC). */
import * as z from 'zod';
import { path } from './setting-fields.ts';

/** What systems take as the name of a variable. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const tsig = z.strictObject({
  key_files: z
    .array(path)
    .default([])
    .describe('Files of TSIG keys, as tsig-keygen writes them; only their owner may read them')
    .meta({ examples: [['./keys/xfr.key']] }),
  key_variables: z
    .array(z.string().regex(VARIABLE))
    .default([])
    .describe('Names of environment variables that hold a TSIG key each, as ALGORITHM:NAME:SECRET')
    .meta({ examples: [['XFR_KEY']] }),
  md5: z
    .boolean()
    .default(false)
    .describe('Take keys of hmac-md5 too, which is weak')
    .meta({ examples: [false] }),
});

const signedZone = z.strictObject({
  algorithm: z
    .enum(['ecdsap256sha256', 'ed25519'])
    .default('ecdsap256sha256')
    .describe('Of the keys made when the zone has none'),
  keys: z
    .enum(['csk', 'ksk+zsk'])
    .default('csk')
    .describe('Which keys are made then: one that signs all, or one that signs the keys and one that signs all else'),
  nsec: z
    .enum(['compact', 'minimal', 'nsec3'])
    .default('compact')
    .describe(
      'How is proved that something is not there: compact denial (RFC 9824), minimally covering NSEC, or NSEC3',
    ),
});

export const dnssec = z.strictObject({
  key_dir: path
    .optional()
    .describe("Directory of the zones' keys, in BIND's format; `keys` in the state directory when left out")
    .meta({ examples: ['./keys'] }),
  signatures: z
    .int()
    .min(1024)
    .max(16_777_216)
    .default(262_144)
    .describe('Signatures kept, 80 octets each')
    .meta({ examples: [262_144] }),
  signers: z
    .int()
    .min(1)
    .max(4)
    .default(1)
    .describe('Threads of low priority that sign, for what is asked over UDP')
    .meta({ examples: [1] }),
  zones: z
    .record(z.string().min(1).max(1024), z.union([signedZone.shape.algorithm.unwrap(), signedZone]))
    .default({})
    .describe('Zones that are signed: each with `{ algorithm, keys, nsec }`, or with the algorithm alone')
    .meta({ examples: [{ 'example.net': 'ecdsap256sha256' }] }),
});

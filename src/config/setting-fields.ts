/** Values that settings of every area have, as they are written in steerd.yaml and as they are read: addresses to listen on, networks, servers, names, paths, counts. */
import * as z from 'zod';
import { parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import { lowerCase, NameError, parseName } from '../wire/name.ts';
import { prefixField } from './prefix-field.ts';

/** An address to listen on. */
export interface Listen {
  /** IPv4 or IPv6 text without brackets. */
  readonly host: string;
  readonly port: number;
  /** Networks that are answered there; all when left out. */
  readonly allow?: readonly Prefix[];
}

/** `127.0.0.1:5300`, `[::1]:5300` */
export function parseListen(text: string): Listen | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  const octets = parseAddress(host);
  if (octets === undefined || port > 65535 || (octets.length === 16) !== (match[1] !== undefined)) return undefined;
  return { host, port };
}

export const listen = z
  .string()
  .transform((text, context): Listen => {
    const address = parseListen(text);
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no address with a port` });
    return z.NEVER;
  })
  .meta({ examples: ['127.0.0.1:5300'] });

/** A network, or an address that is one of its own. */
export const network = z
  .string()
  .transform((text, context): Prefix => {
    const address = parseAddress(text);
    const whole = address === undefined ? text : `${text}/${address.length * 8}`;
    const result = prefixField(whole, text.includes(':') ? 'ipv6' : 'ipv4');
    if ('prefix' in result) return result.prefix;
    context.addIssue({ code: 'custom', message: `has what is no network: ${result.problem.message}` });
    return z.NEVER;
  })
  .meta({ examples: ['192.0.2.0/24'] });

/** Where queries are listened for: an address, alone or with whom is answered there. */
const listener = z
  .union([
    z.string().meta({ examples: ['127.0.0.1:5300'] }),
    z.strictObject({
      address: z.string().meta({ examples: ['127.0.0.1:5300'] }),
      allow: z
        .array(network)
        .min(1)
        .describe('Networks and addresses that are answered there')
        .meta({ examples: [['192.0.2.0/24']] }),
    }),
  ])
  .transform((one, context): Listen => {
    const { address: text, ...rest } = typeof one === 'string' ? { address: one } : one;
    const address = parseListen(text);
    if (address !== undefined) return { ...address, ...rest };
    context.addIssue({ code: 'custom', message: `has "${text}", which is no address with a port` });
    return z.NEVER;
  })
  .meta({ examples: ['127.0.0.1:5300'] });

/** Each address once. */
export const listeners = z
  .array(listener)
  .refine((all) => new Set(all.map(({ host, port }) => `${host} ${port}`)).size === all.length, 'has an address twice');

export const path = z.string().min(1).max(4096);
export const workers = z.int().min(1).max(256);
export const limit = z.int().min(1).max(1_000_000);
/** What goes into one character string of a TXT record (RFC 1035 §3.3), or an option of like size. */
export const text = z.string().min(1).max(255);

/** Another server: an address, with a port unless it is 53. */
export const server = z
  .string()
  .transform((text, context): Listen => {
    const address = parseAddress(text) === undefined ? parseListen(text) : { host: text, port: 53 };
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no address of a server` });
    return z.NEVER;
  })
  .meta({ examples: ['192.0.2.53'] });

/** A domain name, in wire form and lower case. */
export const domain = z
  .string()
  .transform((text, context): Uint8Array => {
    try {
      const name = parseName(text);
      lowerCase(name);
      return name;
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      context.addIssue({ code: 'custom', message: `has what is no domain name: ${error.message}` });
      return z.NEVER;
    }
  })
  .meta({ examples: ['example.net'] });

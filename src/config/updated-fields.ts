/** What rules of dynamic updates are about: patterns of names, and types that updates may have. */
import { RRType } from '../wire/constants.ts';
import { lowerCase, NameError, parseName } from '../wire/name.ts';
import { typeOf } from '../wire/rdata/index.ts';

/** Which names: `self` and `subdomains` go by the key's name; else labels from left to right, `*` for any number of them, relative to the zone unless absolute. */
export type NamePattern = 'self' | 'subdomains' | { readonly labels: readonly string[]; readonly isAbsolute: boolean };

/** @returns undefined for what is none */
export function parseNamePattern(text: string): NamePattern | undefined {
  if (text === 'self' || text === 'subdomains') return text;
  if (text === '@') return { labels: [], isAbsolute: false };
  try {
    const name = parseName(text);
    lowerCase(name);
    const labels: string[] = [];
    for (let at = 0; name[at] !== 0; at += name[at] + 1)
      labels.push(String.fromCharCode(...name.subarray(at + 1, at + 1 + name[at])));
    return { labels, isAbsolute: text.endsWith('.') };
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

/** The number of a type that updates may have, by its mnemonic; undefined for none. */
export function updatableType(mnemonic: string): number | undefined {
  const type = typeOf(mnemonic);
  return type === undefined || isNeverUpdated(type) ? undefined : type;
}

/**
 * What only the zone's file has: what makes the zone and its delegations, what signing makes, and STEER. Types without a name here: SIG, KEY and NXT, which came before today's
 * DNSSEC; CDS and CDNSKEY; CSYNC and ZONEMD, which speak of the zone as a whole.
 */
const NEVER: readonly number[] = [
  ...[RRType.SOA, RRType.NS, RRType.DS, RRType.DNAME, RRType.STEER],
  ...[RRType.RRSIG, RRType.NSEC, RRType.DNSKEY, RRType.NSEC3, RRType.NSEC3PARAM, RRType.NXNAME],
  ...[24, 25, 30, 59, 60, 62, 63],
];

export function isNeverUpdated(type: number): boolean {
  return NEVER.includes(type);
}

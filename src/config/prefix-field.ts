/**
 * Addresses and prefixes as an operator writes them, and what is wrong with those that aren't any.
 */
import { formatAddress, parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Family } from '../steering/model.ts';

/** The family's name in a message. */
export const familyName = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

const exampleAddress = { ipv4: '192.0.2.64', ipv6: '2001:db8:16::64' } as const;
const examplePrefix = { ipv4: '192.0.2.0/24', ipv6: '2001:db8:16::/48' } as const;
const octetsOf = { ipv4: 4, ipv6: 16 } as const;

/** Why a text isn't what it should be. */
export interface FieldProblem {
  readonly message: string;
  readonly fix: string;
}

/** A prefix of one family. */
export function prefixField(text: string, family: Family): { prefix: Prefix } | { problem: FieldProblem } {
  const bad = (message: string, fix = `write e.g. ${examplePrefix[family]}`) => ({ problem: { message, fix } });
  const [addressText, lengthText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) return bad(`"${text}" is no ${familyName[family]} prefix`);
  if (address.length !== octetsOf[family]) {
    const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
    return bad(`${text} is ${familyName[other]}, not ${familyName[family]}`, `write it as ${other}: ${text}`);
  }
  if (lengthText === undefined) return bad(`"${text}" has no prefix length`);
  const length = Number(lengthText);
  const bits = octetsOf[family] * 8;
  if (!/^\d{1,3}$/.test(lengthText) || length > bits)
    return bad(`"/${lengthText}" is no prefix length`, `write /0 to /${bits}`);
  const network = masked(address, length);
  if (!network.every((octet, i) => octet === address[i])) {
    return bad(`${text} has bits set behind its length`, `write ${formatAddress(network)}/${length}`);
  }
  return { prefix: { family, address: network, length } };
}

/** An address of one family. */
export function addressField(text: string, family: Family): { address: Uint8Array } | { problem: FieldProblem } {
  const address = parseAddress(text);
  if (address !== undefined && address.length === octetsOf[family]) return { address };
  const message = `"${text}" is no ${familyName[family]} address`;
  return { problem: { message, fix: `write e.g. ${exampleAddress[family]}` } };
}

/** `192.0.2.0/24` */
export function prefixText(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/** The address with only its first `length` bits. */
function masked(address: Uint8Array, length: number): Uint8Array {
  return address.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, length - i * 8))));
}

/** Whether an address lies in a prefix. */
export function contains(prefix: Prefix, address: Uint8Array): boolean {
  if (prefix.address.length !== address.length) return false;
  return masked(address, prefix.length).every((octet, i) => octet === prefix.address[i]);
}

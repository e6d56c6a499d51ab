/** An address to listen on, as text, and as the sockaddr of Linux (sockaddr_in, sockaddr_in6; man 7 ip, man 7 ipv6). */
import { formatAddress, parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import { PrefixSet } from '../net/prefix-set.ts';

export interface ListenAddress {
  /** IPv4 or IPv6 text without brackets. */
  readonly host: string;
  readonly port: number;
}

/** An address that not everybody may be answered on. */
export interface Listener extends ListenAddress {
  /** Networks that are answered there; all when left out. */
  readonly allow?: readonly Prefix[] | undefined;
}

/** A socket that the main thread has opened for workers. */
export interface OpenSocket {
  readonly fd: number;
  readonly ipv6: boolean;
  /** As of its `Listener`. */
  readonly allow?: readonly Prefix[] | undefined;
}

/** Whom a listener answers; undefined for everybody. */
export function allowedAt({ allow }: Pick<Listener, 'allow'>): PrefixSet | undefined {
  return allow && new PrefixSet(allow);
}

export const AF_INET = 2;
export const AF_INET6 = 10;
/** Octets of the larger sockaddr. */
export const SOCKADDR_SIZE = 28;

/** `127.0.0.1:5300`, `[::1]:5300`. */
export function formatListen({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether the address stands for all of the machine's. */
export function isWildcard({ host }: ListenAddress): boolean {
  return parseAddress(host)?.every((octet) => octet === 0) ?? false;
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}

/** The sockaddr, in a buffer of its own. @throws Error when the host is no IP address */
export function toSockaddr({ host, port }: ListenAddress): Uint8Array {
  const octets = parseAddress(host);
  if (octets === undefined) throw new Error(`${host} is no IP address`);
  const ipv4 = octets.length === 4;
  const bytes = new Uint8Array(new ArrayBuffer(ipv4 ? 16 : SOCKADDR_SIZE));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ipv4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  bytes.set(octets, ipv4 ? 4 : 8);
  return bytes;
}

export function fromSockaddr(bytes: Uint8Array): ListenAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const ipv4 = view.getUint16(0, true) === AF_INET;
  return { host: formatAddress(ipv4 ? bytes.slice(4, 8) : bytes.slice(8, 24)), port: view.getUint16(2) };
}

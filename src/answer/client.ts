/**
 * Who asks, as far as an answer may depend on it: the client's network that a trusted resolver tells (EDNS Client Subnet, RFC 7871), else the address the query came
 * from, which is the resolver's.
 *
 * Not believed, and so answered for the resolver with SCOPE 0:
 * - the option of a resolver that is not trusted (RFC 7871 §11.2 tells why one may not be);
 * - SOURCE 0, by which a client asks not to be told of (§7.1.2); the server then may go by the resolver's address, and what it says holds for all of its clients.
 */
import { parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import { PrefixSet } from '../net/prefix-set.ts';
import type { ClientReader } from '../tables/client-reader.ts';
import { ClientWord } from '../tables/plan-layout.ts';
import { ECS_FIXED, EcsAt, EcsFamily } from './ecs.ts';

/** Octets of the networks that clients are told apart by: /24 and /56 (tables/client-layout.ts). */
const NETWORK4 = 3;
const NETWORK6 = 7;

/** In place of an address that isn't known: nobody's. */
export const NOBODY: Uint8Array = new Uint8Array(16);

export class Client {
  /** The network, and how many octets of it count: what a bucket is made of when it is the client's. */
  readonly network = new Uint8Array(NETWORK6);
  octets = NETWORK4;
  /** Whether the network is one a resolver told, so that the response says how far the answer holds. */
  told = false;
  readonly #reader: ClientReader;
  /** Undefined: all are trusted. */
  readonly #trust: PrefixSet | undefined;
  #address: Uint8Array = NOBODY;
  #at = 0;
  #size = 4;
  /** The address as text, until somebody wants to know it; '' when it is known. */
  #text = '';
  /** The last text that was read, and what it says. */
  #lastText = '';
  #lastOctets: Uint8Array = NOBODY;

  constructor(reader: ClientReader, trust: readonly Prefix[] | undefined) {
    this.#reader = reader;
    const all =
      trust === undefined || [4, 16].every((size) => trust.some((p) => p.address.length === size && p.length === 0));
    this.#trust = all ? undefined : new PrefixSet(trust);
  }

  /** Takes the address a query came from. @param size 4 or 16 octets */
  from(address: Uint8Array, at: number, size: number): void {
    this.#address = address;
    this.#at = at;
    this.#size = size;
    this.#text = '';
  }

  /** Takes the address as text, which is read only if an answer depends on it. */
  fromText(address: string): void {
    this.#text = address;
  }

  /** The address that was taken, as octets: `addressSize` of them at `addressAt`. */
  get address(): Uint8Array {
    if (this.#text !== '') this.#read();
    return this.#address;
  }

  /** After `address`. */
  get addressAt(): number {
    return this.#at;
  }

  /** After `address`. */
  get addressSize(): number {
    return this.#size;
  }

  /** Whether the address the query came from is in one of these networks. */
  isIn(networks: PrefixSet): boolean {
    if (this.#text !== '') this.#read();
    return networks.has(this.#address, this.#at, this.#size);
  }

  /**
   * Finds out whose network counts.
   * @param ecs       a well-formed option (ecs.ts) begins at `ecsAt`
   * @param ecsLength its octets, 0 for none
   */
  locate(ecs: Uint8Array, ecsAt: number, ecsLength: number): void {
    if (this.#text !== '') this.#read();
    this.told =
      ecsLength > ECS_FIXED && (this.#trust === undefined || this.#trust.has(this.#address, this.#at, this.#size));
    if (!this.told) this.#take(this.#address, this.#at, this.#size, this.#size === 4);
    else this.#take(ecs, ecsAt + ECS_FIXED, ecsLength - ECS_FIXED, ecs[ecsAt + EcsAt.FAMILY] === EcsFamily.IPV4);
  }

  /**
   * The client's class for an assignment (`PlanReader.client`).
   * @param use not 0
   */
  classOf(use: number): number {
    const policy = use & ClientWord.POLICY;
    if (policy === 0) return 0;
    const n = this.network;
    const hi = (n[0] << 24) | (n[1] << 16) | (n[2] << 8) | (this.octets === NETWORK4 ? 0 : n[3]);
    if (this.octets === NETWORK4) return this.#reader.ipv4(policy - 1, hi);
    return this.#reader.ipv6(policy - 1, hi, (n[4] << 24) | (n[5] << 16) | (n[6] << 8));
  }

  /**
   * SCOPE PREFIX-LENGTH of an answer (RFC 7871 §7.2.1), after `classOf`: as wide as the policy treats clients alike, whatever SOURCE was; longer than that, it says
   * that more bits would have told more. A bucket is of one network alone. It does not depend on which targets are up: what differs for a while must not be cached as
   * if it were the same.
   */
  scope(use: number): number {
    if (!this.told) return 0;
    if ((use & ClientWord.BUCKET) !== 0) return this.octets * 8;
    return (use & ClientWord.POLICY) === 0 ? 0 : this.#reader.scope;
  }

  /** Often the address is that of the message before. */
  #read(): void {
    if (this.#text !== this.#lastText) {
      this.#lastText = this.#text;
      this.#lastOctets = parseAddress(this.#text) ?? NOBODY;
    }
    this.from(this.#lastOctets, 0, this.#lastOctets.length);
  }

  #take(from: Uint8Array, at: number, have: number, ipv4: boolean): void {
    this.octets = ipv4 ? NETWORK4 : NETWORK6;
    for (let i = 0; i < this.octets; i++) this.network[i] = i < have ? from[at + i] : 0;
  }
}

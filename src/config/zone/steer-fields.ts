/**
 * The fields of one steered host as spans of the file's octets, and the RDATA they make. A file names few combinations: the octets are
 * compared with those seen before, so that a host costs neither a string nor an object.
 */

const SLOTS = 256;

/** Encodes fields not seen before; undefined when something is wrong with them. */
export type EncodeSteer = (service: string, group: string, policy: string | undefined) => Uint8Array | undefined;

interface Entry {
  readonly service: Uint8Array;
  readonly group: Uint8Array;
  readonly policy: Uint8Array | undefined;
  readonly rdata: Uint8Array;
}

export class SteerFields {
  readonly #encode: EncodeSteer;
  readonly #slots: (Entry | undefined)[] = new Array(SLOTS).fill(undefined);
  #service = 0;
  #serviceEnd = 0;
  #group = 0;
  #groupEnd = 0;
  #policy = 0;
  #policyEnd = 0;

  constructor(encode: EncodeSteer) {
    this.#encode = encode;
  }

  setService(at: number, end: number): void {
    this.#service = at;
    this.#serviceEnd = end;
  }

  setGroup(at: number, end: number): void {
    this.#group = at;
    this.#groupEnd = end;
  }

  setPolicy(at: number, end: number): void {
    this.#policy = at;
    this.#policyEnd = end;
  }

  /** RDATA of the fields last set. */
  rdata(bytes: Uint8Array, withPolicy: boolean): Uint8Array | undefined {
    let hash = hashSpan(bytes, this.#service, this.#serviceEnd, 0x811c9dc5);
    hash = hashSpan(bytes, this.#group, this.#groupEnd, hash);
    if (withPolicy) hash = hashSpan(bytes, this.#policy, this.#policyEnd, hash);
    const slot = (hash >>> 8) & (SLOTS - 1);
    const entry = this.#slots[slot];
    if (
      entry !== undefined &&
      sameSpan(entry.service, bytes, this.#service, this.#serviceEnd) &&
      sameSpan(entry.group, bytes, this.#group, this.#groupEnd) &&
      (entry.policy === undefined
        ? !withPolicy
        : withPolicy && sameSpan(entry.policy, bytes, this.#policy, this.#policyEnd))
    ) {
      return entry.rdata;
    }
    const service = bytes.slice(this.#service, this.#serviceEnd);
    const group = bytes.slice(this.#group, this.#groupEnd);
    const policy = withPolicy ? bytes.slice(this.#policy, this.#policyEnd) : undefined;
    const rdata = this.#encode(ascii(service), ascii(group), policy === undefined ? undefined : ascii(policy));
    if (rdata !== undefined) this.#slots[slot] = { service, group, policy, rdata };
    return rdata;
  }
}

function hashSpan(bytes: Uint8Array, at: number, end: number, hash: number): number {
  for (let p = at; p < end; p++) hash = Math.imul(hash ^ bytes[p], 0x01000193);
  return Math.imul(hash ^ 0xff, 0x01000193);
}

function sameSpan(span: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (span.length !== end - at) return false;
  for (let i = 0; i < span.length; i++) if (span[i] !== bytes[at + i]) return false;
  return true;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

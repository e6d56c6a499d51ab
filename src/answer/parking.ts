/** Where queries wait whose answers need a signature that is not there yet. Transports have it, responders fill it. */
import type { Batch } from './batch.ts';

/** A signature that is missing: what it is of lies in memory that is used again. */
export interface Awaited {
  /** `length` octets of it are to be signed. */
  readonly octets: Uint8Array;
  readonly length: number;
  /** The key's id (`SigningKey`). */
  readonly key: number;
  /** Whether the owner is not in the zone. */
  readonly madeUp: boolean;
}

export interface Parking {
  /** Most octets a signature can be asked for of. */
  readonly mostOctets: number;
  /**
   * Asks for the signature that message i of a batch awaits, and finds the message a place to wait in.
   * @returns the place, or a negative number when there is none for it. It may be that of another, which then has none any more.
   */
  park(batch: Batch, i: number, awaited: Awaited): number;
}

/**
 * What one record type knows of its RDATA. One file a type (`mx.ts`, `svcb.ts`, …), each opening with its RFC and wire diagram;
 * `index.ts` is the registry. Three forms, one meaning:
 *
 *   wire    RDATA octets; names absolute, uncompressed, case as the operator wrote it
 *   text    presentation form of a zone file (RFC 1035 §5.1, RFC 3597 §5)
 *   value   the YAML value of an OctoDNS record (`value:` or one of `values:`)
 */
import type { RdataWriter } from './writer.ts';

/** RDATA that can't be what it says. `message` names the field and what to write instead. */
export class RdataError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RdataError';
  }
}

/** One field of a zone file line: its text with escapes still in it, and whether it was quoted. */
export interface TextField {
  readonly text: string;
  readonly quoted: boolean;
}

export interface RdataCodec {
  /** The type's number. */
  readonly type: number;
  /** The type's mnemonic, upper case. */
  readonly mnemonic: string;
  /**
   * Reads the fields of a zone file line into wire form.
   * @param origin wire name that completes relative names
   * @throws RdataError | NameError
   */
  fromText(fields: readonly TextField[], origin: Uint8Array, out: RdataWriter): void;
  /** Presentation form of well-formed RDATA; names absolute. */
  toText(rdata: Uint8Array): string;
  /**
   * Reads an OctoDNS value. Names in it are relative to the zone when they lack the final dot, as in a zone file.
   * @throws RdataError | NameError
   */
  fromValue(value: unknown, origin: Uint8Array, out: RdataWriter): void;
  /** The OctoDNS value of well-formed RDATA; names absolute. */
  toValue(rdata: Uint8Array): unknown;
  /** Says what is wrong with RDATA octets, or undefined when they are well formed. Never throws. */
  check(rdata: Uint8Array): string | undefined;
  /**
   * Offsets of domain names in well-formed RDATA that an answer may compress (only the types of RFC 1035: RFC 3597 §4).
   * Absent for every other type.
   */
  readonly compressibleNames?: (rdata: Uint8Array) => readonly number[];
  /**
   * Offset of the name whose A and AAAA belong in the additional section (RFC 1034 §4.3.2, RFC 2782, RFC 9460 §4.1), or -1.
   */
  readonly additionalName?: (rdata: Uint8Array) => number;
}

/**
 * How a zone's records reach whoever builds tables from them: streamed, one call a record, nothing kept by the source.
 * A million hosts pass through here, so no object is made per record: sources reuse their buffers between calls.
 */
import type { Diagnostic } from './diagnostic.ts';

export interface RecordSink {
  /**
   * One record. The octets are only valid during the call.
   *
   * @param owner  buffer holding the absolute owner name in wire form, lower case
   * @param ownerEnd  octets of the name, from offset 0, root octet included
   * @param type   RR type; RRType.STEER for a steered host
   * @param ttl    seconds, or -1 for "not given": the policy's for STEER, the zone's default for the rest
   * @param rdata  buffer holding the RDATA in wire form, names absolute and uncompressed
   * @param rdataEnd  octets of RDATA, from offset 0
   * @param line   1-based line of the file for messages (the owner key's line in YAML)
   */
  record(
    owner: Uint8Array,
    ownerEnd: number,
    type: number,
    ttl: number,
    rdata: Uint8Array,
    rdataEnd: number,
    line: number,
  ): void;

  /** Something wrong with the file. The source goes on, so that all mistakes are told in one run. */
  report(diagnostic: Diagnostic): void;
}

/**
 * Told by a source how far it has read, so that what did not change need not be read again: which stretches of a file hold plain hosts, each named and
 * steered by an entry of its own, that means the same wherever it stands between entries like it. Offsets are those in the buffer the source reads from.
 */
export interface Progress {
  /** What lies before `at` has been read, and what comes next may be no plain host. @param inherits whether it may take its owner from the line before */
  mark(at: number, state: ReadingState, inherits: boolean): void;
  /** It was none: since the mark, up to `to`. @param origin what completes names from here on, if the format has such a thing */
  other(bytes: Uint8Array, to: number, origin: Uint8Array | undefined): void;
  /** What lies before `at` has been read, and leaves the buffer; or the file ends there. */
  leave(bytes: Uint8Array, at: number, state: ReadingState, inherits: boolean): void;
  /** Where the rest lies now. */
  enter(at: number): void;
}

/** What entries hand down to those behind them. */
export interface ReadingState {
  /** A text that is the same whenever the rest of a file would be read the same. What depends on the owner follows a space, if it is asked for. */
  tail(withOwner: boolean): string;
}

/** A zone file of any format. */
export interface ZoneSource {
  /** Path for messages, as the operator wrote it. */
  readonly file: string;
  /** Wire form of the apex, lower case. */
  readonly apex: Uint8Array;
  /** Streams all records into the sink. Synchronous: it runs in the compile worker. */
  read(sink: RecordSink, progress?: Progress): void;
}

/**
 * What a load reads, behind an interface: a directory (directory.ts), or anything a test makes up. Stamps are texts that differ when a
 * file may have changed.
 */
import type { FeedsModel } from '../feeds/model.ts';
import type { HealthModel } from '../health/check.ts';
import type { Network } from '../steering/model.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { RecordSink } from '../zone/source.ts';

export interface ZoneInput {
  /** The zone's file, for messages. */
  readonly file: string;
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** Whether every file with a stamp still has it. */
  isUnchanged(stamps: ReadonlyMap<string, string>): boolean;
  /** Streams the zone's records and returns the stamps of all files read, taken before reading. */
  read(sink: RecordSink): ReadonlyMap<string, string>;
}

export interface InputSet {
  readonly network: {
    readonly stamp: string;
    load(): { network?: Network; health?: HealthModel; feeds?: FeedsModel; diagnostics: Diagnostic[] };
  };
  readonly zones: readonly ZoneInput[];
  /** What is wrong with the set itself: unreadable directory, two files for one zone. */
  readonly diagnostics: readonly Diagnostic[];
}

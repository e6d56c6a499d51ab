/**
 * What a load reads, behind an interface: a directory (directory.ts), or anything a test makes up. Stamps are texts that differ when a
 * file may have changed.
 */
import type { FeedsModel } from '../feeds/model.ts';
import type { HealthModel } from '../health/check.ts';
import type { Network } from '../steering/model.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { Progress, RecordSink } from '../zone/source.ts';
import type { Layer } from './layers.ts';
import type { Change, Stretch } from './stretches.ts';

/** A zone's uppermost layer, the operator's file, and what lies below it. A zone without a file reads nothing here. */
export interface ZoneInput {
  /** The zone's file, for messages. */
  readonly file: string;
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** Whether every file with a stamp still has it. */
  isUnchanged(stamps: ReadonlyMap<string, string>): boolean;
  /** Streams the zone's records and returns the stamps of all files read, taken before reading. @param progress told of the zone's own file, if it has `parts` */
  read(sink: RecordSink, progress?: Progress): ReadonlyMap<string, string>;
  /** Of a large file: how to read only what changed. */
  readonly parts?: FileParts;
  /** Layers below it, the upper one first. SOA and NS may come from one of them. */
  readonly under?: readonly Layer[];
  /** Of a zone from another server (secondary-zones.ts): whether anything has come of it, and may be answered. Undefined for others. */
  readonly secondary?: 'answered' | 'waiting' | 'withheld';
}

export interface FileParts {
  /** Octets of plain hosts that are worth a stretch of their own. */
  readonly least: number;
  /** What differs from the stretches it had, and all stamps, taken before; undefined when the whole must be read. */
  change(
    list: readonly Stretch[],
    stamps: ReadonlyMap<string, string>,
  ): { change: Change; stamps: ReadonlyMap<string, string> } | undefined;
  /** Streams the records of a part of the file, as if it were all. @param origin what its names are completed with, if the format has such a thing */
  read(bytes: Uint8Array, origin: Uint8Array | undefined, sink: RecordSink, progress: Progress): void;
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

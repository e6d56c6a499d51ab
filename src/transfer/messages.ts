/** What the main thread and the transfer worker tell each other. */
import type { TransferView } from '../answer/transfers.ts';
import type { ZoneSigning } from '../dnssec/zone-keys.ts';
import type { Plan } from '../steering/model.ts';
import type { ArenaBuffers } from '../tables/arena.ts';
import type { TsigKey } from '../wire/tsig.ts';

/** A server that is told of changes (NOTIFY, RFC 1996). */
export interface NotifyTarget {
  /** Zones it is told of, wire form, lower case; undefined: all that are transferred. */
  readonly zones: readonly Uint8Array[] | undefined;
  readonly host: string;
  readonly port: number;
  readonly key: TsigKey | undefined;
}

export interface TransferPolicy {
  /** By view the zones that are transferred, wire form, lower case; undefined: all. */
  readonly zones: Readonly<Record<TransferView, readonly Uint8Array[] | undefined>>;
  readonly notify: readonly NotifyTarget[];
  /** Milliseconds between two serials of a zone at least. */
  readonly coalesce: number;
  /** Whom steered hosts are answered for: 4 or 16 octets. */
  readonly client: Uint8Array | undefined;
  /** Seconds: the longest that signatures of transfers are good. */
  readonly signatureLifetime: number;
  /** Names that a signed zone may have to be transferred. */
  readonly mostSigned: number;
}

export interface TransferWorkerData extends TransferPolicy {
  readonly arenas: ArenaBuffers;
  readonly control: SharedArrayBuffer;
  /** The worker's line in it. */
  readonly line: number;
  /** Key of the tables' hash. */
  readonly seed: number;
  /** Where files of transfers are. */
  readonly folder: string;
  /** Zones that are signed. */
  readonly signed: readonly ZoneSigning[];
}

/** How hosts are declared to be answered. */
export interface Declared {
  readonly plan: Plan;
  /** The number each of the plan's assignments has in cells, and one past the highest. */
  readonly numbers: readonly number[];
  readonly size: number;
}

export type ToTransferWorker =
  /** Other zones or another network are answered from. */
  | { readonly declared: Declared }
  /** In answer to `allocate`; undefined when the store refused. */
  | { readonly allocated: number | undefined; readonly id: number }
  /** The serials of these zones are answered. */
  | { readonly raised: readonly Uint8Array[] }
  /** Zones are signed with other keys. */
  | { readonly signed: readonly ZoneSigning[] }
  | 'stop';

export type FromTransferWorker =
  /** A serial for content that is new: this one, or a newer one. */
  | { readonly allocate: Uint8Array; readonly serial: number; readonly id: number }
  /** What is transferred has this serial, which answers have not yet. */
  | { readonly raise: Uint8Array; readonly serial: number }
  /** A zone is transferred with this serial from now on. */
  | { readonly made: Uint8Array; readonly view: TransferView; readonly serial: number; readonly records: number }
  /** A server has taken note of a change, or did not answer in all tries. */
  | { readonly notified: Uint8Array; readonly serial: number; readonly target: string; readonly problem?: string }
  /** Something an operator has to know. */
  | { readonly problem: string };

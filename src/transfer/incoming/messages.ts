/** What the main thread and the thread that follows primaries tell each other. */
import type { TsigKey } from '../../wire/tsig.ts';

/** A server that a zone is transferred from. */
export interface Primary {
  readonly host: string;
  readonly port: number;
  readonly key: TsigKey | undefined;
  /** TLS instead of TCP: the name its certificate is for, and who signs that (PEM), unless the system knows. */
  readonly tls: { readonly name: string; readonly ca: string | undefined } | undefined;
}

/** A zone that comes from elsewhere. */
export interface SecondaryZone {
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** In the order they are asked. */
  readonly primaries: readonly Primary[];
  /** Whether the zone is signed here, so that what it has of signing there is left out. */
  readonly signs: boolean;
}

export interface SecondaryPolicy {
  readonly zones: readonly SecondaryZone[];
  /** Octets a zone may have. */
  readonly most: number;
}

export interface SecondaryWorkerData extends SecondaryPolicy {
  /** Where images of zones are. */
  readonly folder: string;
  /** Key of the hash of owners. */
  readonly seed: number;
}

/**
 * - `waiting`: nothing has come yet
 * - `current`: the primary had nothing newer when it was asked last
 * - `failing`: it could not be asked, or what it sent was not taken; what came before is answered
 * - `expired`: it could not be asked for so long that nothing is answered any more
 */
export const secondaryStates = ['waiting', 'current', 'failing', 'expired'] as const;
export type SecondaryState = (typeof secondaryStates)[number];

/** How a zone does. Times are Unix milliseconds. */
export interface SecondaryStatus {
  readonly apex: Uint8Array;
  readonly state: SecondaryState;
  /** The primary that was asked last, as text. */
  readonly primary: string;
  /** The serial that came from it; undefined as long as nothing has. */
  readonly serial: number | undefined;
  /** When the primary was last known to have nothing newer. */
  readonly checkedAt: number | undefined;
  readonly nextAt: number;
  readonly expiresAt: number | undefined;
  /** Whether an operator wants the whole zone transferred, and it has not come yet. */
  readonly retransfer: boolean;
  /** Why not all is well. */
  readonly problem: string | undefined;
}

export type ToSecondaryWorker =
  /** A notification has come. @property serial the one it told of, @property from who sent it */
  | { readonly poke: Uint8Array; readonly serial: number | undefined; readonly from: string }
  /** Ask the primary now. */
  | { readonly refresh: Uint8Array }
  /** The same, with the whole zone to be transferred whatever its serial. @property wish which wish of an operator that is: each has a higher number */
  | { readonly retransfer: Uint8Array; readonly wish: number }
  /** What has come of a zone is answered from now on; or why it is not. */
  | { readonly loaded: Uint8Array; readonly problem: string | undefined }
  | 'stop';

export type FromSecondaryWorker =
  /** A new image of a zone lies beside its old one. */
  | { readonly arrived: Uint8Array; readonly transfer: ArrivedTransfer }
  | { readonly status: SecondaryStatus }
  /** Something an operator has to know. */
  | { readonly problem: string };

export interface ArrivedTransfer {
  readonly serial: number;
  readonly before: number | undefined;
  readonly kind: 'whole' | 'changes';
  readonly primary: string;
  readonly octets: number;
  readonly milliseconds: number;
  /** Up to which wish of an operator it came as a whole for; undefined where nobody wanted that. */
  readonly wish: number | undefined;
}

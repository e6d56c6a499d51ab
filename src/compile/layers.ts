/**
 * A zone is made of layers, each from another source: the operator's file on top, below it what comes and goes by itself.
 *
 *     file              www  A 192.0.2.1     mail A 192.0.2.2
 *     dynamic updates   www  A 192.0.2.9                          _acme-challenge.www TXT "…"
 *                       └─ hidden: told, and kept for when the file's record goes
 *     answered          www  A 192.0.2.1     mail A 192.0.2.2     _acme-challenge.www TXT "…"
 *
 * The upper layer wins RRset by RRset, and where two sets can't stand together. A lower one never makes a name of an upper one unanswered.
 */
import { RRType } from '../wire/constants.ts';
import { mnemonicOf } from '../wire/rdata/index.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { RecordSink } from '../zone/source.ts';

/** Records below a zone's file. No RRset of it may have a record twice, or two TTLs. */
export interface Layer {
  /** Where its records come from, for messages: `dynamic updates`. */
  readonly from: string;
  /** Differs when its records may. */
  readonly stamp: string;
  /** Streams its records, which must be in the zone. */
  read(sink: RecordSink): void;
}

/** In place of a type that hides (no record has it, RFC 6895 §3.1): the zone comes from another server, and what it has is that server's alone. */
export const BY_PRIMARY = 0;

/** An RRset of a lower layer that is not answered, and what hides it. */
export interface Hidden {
  /** Its layer's `from`. */
  readonly from: string;
  /** Wire form, lower case. */
  readonly owner: Uint8Array;
  readonly type: number;
  /** The type that hides it (or BY_PRIMARY), and the name that has it: its own, or one above it. */
  readonly by: number;
  readonly at: Uint8Array;
  /** Of that record; 0 where it is not known. */
  readonly line: number;
}

/** Says which of the types that layers above have at a name keeps one out; 0 for none. @param steered whether they steer the name */
export function hiderAt(types: readonly number[], steered: boolean, isApex: boolean, type: number): number {
  if (types.includes(type)) return type;
  if (types.includes(RRType.CNAME)) return RRType.CNAME;
  if (type === RRType.CNAME && types.length > 0) return types[0];
  if (steered && STEERED_OUT.includes(type)) return RRType.STEER;
  // At a zone cut the parent's side has NS and DS, and nothing else that counts (RFC 4035 §2.6).
  if (!isApex && types.includes(RRType.NS) && type !== RRType.DS) return RRType.NS;
  return 0;
}

/** What can't be at a steered host. */
const STEERED_OUT: readonly number[] = [RRType.STEER, RRType.A, RRType.AAAA, RRType.CNAME, RRType.NS, RRType.DNAME];

/** Stamps of layers, as one text. */
export function layersStamp(layers: readonly Layer[] = []): string {
  return layers.map(({ from, stamp }) => `${from}\0${stamp}`).join('\0');
}

/** @param names how names are shown */
export function hiddenWarning(file: string, hidden: Hidden, names: (name: Uint8Array) => string): Diagnostic {
  const { from, owner, type, by, at, line } = hidden;
  return {
    code: 'hides-layer',
    severity: 'warning',
    file,
    line,
    column: 0,
    message: `${names(at)} ${hiderName(by)} hides ${names(owner)} ${mnemonicOf(type)} of ${from}`,
    fix: 'remove one of both',
  };
}

/** Warns that nothing of a layer is answered, because the zone comes from another server. */
export function asideWarning(file: string, zone: string, hidden: readonly Hidden[]): Diagnostic {
  const [{ from }] = hidden;
  return {
    code: 'hides-layer',
    severity: 'warning',
    file,
    line: 0,
    column: 0,
    message: `${zone} comes from another server, which hides what it had before of ${from} (${hidden.length} RRsets)`,
    fix: `see steerd updates ${zone}, and remove what is not to come back with steerd updates remove ${zone}`,
  };
}

/** How a type that hides is named; ANY where it is that there is anything at all. */
export function hiderName(type: number): string {
  return type === RRType.ANY ? '(a name above others)' : mnemonicOf(type);
}

/**
 * What tests of zone sources share: a sink that keeps everything, in forms that are easy to compare.
 */
import { formatName, parseName } from '../../wire/name.ts';
import { mnemonicOf } from '../../wire/rdata/index.ts';
import { type Diagnostic, formatDiagnostic } from '../diagnostic.ts';
import type { ZoneSource } from '../source.ts';
import { type ZoneTextOptions, zoneTextSource } from './source.ts';
import type { ByteReader } from './window.ts';

export interface KeptRecord {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
  readonly line: number;
}

export interface Collected {
  readonly kept: KeptRecord[];
  /** `line owner ttl TYPE hexadecimal RDATA` */
  readonly records: string[];
  readonly diagnostics: Diagnostic[];
  /** The same as `file:line:column: …`. */
  readonly messages: string[];
}

/** Reads a source to its end. */
export function collect(source: ZoneSource): Collected {
  const kept: KeptRecord[] = [];
  const diagnostics: Diagnostic[] = [];
  source.read({
    record(owner, ownerEnd, type, ttl, rdata, rdataEnd, line) {
      kept.push({ owner: owner.slice(0, ownerEnd), type, ttl, rdata: rdata.slice(0, rdataEnd), line });
    },
    report(diagnostic) {
      diagnostics.push(diagnostic);
    },
  });
  return { kept, records: kept.map(show), diagnostics, messages: diagnostics.map(formatDiagnostic) };
}

function show({ owner, type, ttl, rdata, line }: KeptRecord): string {
  return `${line} ${formatName(owner)} ${ttl} ${mnemonicOf(type)} ${hex(rdata)}`;
}

export function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

export const exampleNet: Uint8Array = parseName('example.net.');

/** Reads zone text of example.net. */
export function collectText(text: string, options?: ZoneTextOptions): Collected {
  return collect(zoneTextSource('zones/example.net.zone', exampleNet, new TextEncoder().encode(text), options));
}

/** Opens octets for reading at most `step` at a time. */
export function inSteps(octets: Uint8Array, step: number): () => ByteReader {
  return () => {
    let from = 0;
    return {
      read(into, at) {
        const n = Math.min(step, into.length - at, octets.length - from);
        into.set(octets.subarray(from, from + n), at);
        from += n;
        return n;
      },
      close() {
        from = octets.length;
      },
    };
  };
}

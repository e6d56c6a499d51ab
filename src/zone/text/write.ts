/**
 * Records as zone text (RFC 1035 §5), for people: owners relative to the apex and named once, TTLs only where they differ from `$TTL`,
 * everything in columns. What is written here, `zoneTextSource` reads as the same records.
 */
import { MAX_NAME, RRType } from '../../wire/constants.ts';
import { formatName, suffixOffset } from '../../wire/name.ts';
import { codecOf, mnemonicOf } from '../../wire/rdata/index.ts';

/** Characters collected before they are passed on. */
const CHUNK = 1 << 16;

export interface ZoneTextWriterOptions {
  /** Seconds, written as `$TTL`: what records get whose TTL is -1, STEER aside. */
  readonly defaultTtl: number;
}

/** Takes records as a `RecordSink` does, and passes text on a piece at a time. */
export class ZoneTextWriter {
  readonly #apex: Uint8Array;
  readonly #defaultTtl: number;
  readonly #write: (text: string) => void;
  readonly #lastOwner = new Uint8Array(MAX_NAME);
  #lastEnd = 0;
  #text: string;

  /**
   * @param apex  wire form, lower case
   * @param write called with pieces of the text, in order
   */
  constructor(apex: Uint8Array, write: (text: string) => void, options: ZoneTextWriterOptions) {
    this.#apex = apex;
    this.#defaultTtl = options.defaultTtl;
    this.#write = write;
    this.#text = `$ORIGIN ${formatName(apex)}\n$TTL ${options.defaultTtl}\n`;
  }

  /** Writes one record; parameters as in `RecordSink.record`. The owner is in the zone, the RDATA well formed. */
  record(owner: Uint8Array, ownerEnd: number, type: number, ttl: number, rdata: Uint8Array, rdataEnd: number): void {
    const name = this.#ownerText(owner, ownerEnd);
    // A STEER without a TTL takes its policy's, not $TTL: there only what isn't given may be left out.
    const implied = type === RRType.STEER ? ttl < 0 : ttl < 0 || ttl === this.#defaultTtl;
    const ttlText = implied ? '' : String(ttl);
    const data = codecOf(type).toText(rdata.subarray(0, rdataEnd));
    this.#text += `${name.padEnd(24)} ${ttlText.padStart(6)} IN ${mnemonicOf(type).padEnd(6)} ${data}\n`;
    if (this.#text.length >= CHUNK) this.finish();
  }

  /** Passes on what is left. */
  finish(): void {
    if (this.#text !== '') this.#write(this.#text);
    this.#text = '';
  }

  /** The owner relative to the apex, or '' when it is the last record's. */
  #ownerText(owner: Uint8Array, end: number): string {
    if (end === this.#lastEnd) {
      let i = 0;
      while (i < end && owner[i] === this.#lastOwner[i]) i++;
      if (i === end) return '';
    }
    this.#lastOwner.set(owner.subarray(0, end));
    this.#lastEnd = end;
    return relativeName(owner.subarray(0, end), this.#apex);
  }
}

/** A name in the zone as it is written relative to the apex: `@` for the apex, no final dot for the rest. */
export function relativeName(name: Uint8Array, apex: Uint8Array): string {
  const at = suffixOffset(name, apex);
  if (at < 0) return formatName(name);
  if (at === 0) return '@';
  const labels = new Uint8Array(at + 1);
  labels.set(name.subarray(0, at));
  return formatName(labels).slice(0, -1);
}

/** A zone given as zone text, for the real builder. */
import type { ZoneInput } from '../../src/compile/input.ts';
import { parseName } from '../../src/wire/name.ts';
import type { RecordSink } from '../../src/zone/source.ts';
import { zoneTextSource } from '../../src/zone/text/source.ts';

export class TextZone implements ZoneInput {
  readonly file: string;
  readonly apex: Uint8Array;
  readonly #text: string;

  constructor(name: string, text: string) {
    this.file = `${name}zone`;
    this.apex = parseName(name);
    this.#text = text;
  }

  isUnchanged(): boolean {
    return false;
  }

  read(sink: RecordSink): ReadonlyMap<string, string> {
    zoneTextSource(this.file, this.apex, new TextEncoder().encode(this.#text)).read(sink);
    return new Map();
  }
}

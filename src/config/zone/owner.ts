/**
 * A key of a zone file as an owner name: relative to the zone, '' the apex (OctoDNS); absolute with a final dot also does.
 */
import { MAX_NAME } from '../../wire/constants.ts';
import { formatName, lowerCase, NameError, parseName, suffixOffset } from '../../wire/name.ts';

/** What is wrong with a key. */
export interface KeyMistake {
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}

export class Owner {
  /** The name last read, wire form, lower case, in `bytes[0, end)`. */
  readonly bytes = new Uint8Array(MAX_NAME + 1);
  end = 0;
  readonly #apex: Uint8Array;

  constructor(apex: Uint8Array) {
    this.#apex = apex;
  }

  set(key: string): KeyMistake | undefined {
    const apex = this.#apex;
    if (key === '@')
      return { code: 'bad-name', message: '"@" is not the apex here', fix: `write '' for ${formatName(apex)}` };
    let name = apex;
    if (key !== '') {
      try {
        name = parseName(key, apex);
      } catch (error) {
        if (!(error instanceof NameError)) throw error;
        return { code: 'bad-name', message: error.message };
      }
    }
    this.bytes.set(name);
    this.end = name.length;
    lowerCase(this.bytes, 0, this.end);
    if (suffixOffset(this.bytes.subarray(0, this.end), apex) >= 0) return undefined;
    const message = `${formatName(name)} is not in the zone ${formatName(apex)}`;
    return { code: 'out-of-zone', message, fix: 'write the name relative to the zone, without a final dot' };
  }
}

/**
 * NAPTR: naming authority pointer (RFC 3403 §4.1).
 *
 *     | ORDER (16) | PREFERENCE (16) | / FLAGS / | / SERVICES / | / REGEXP / | / REPLACEMENT /
 */
import { RRType } from '../constants.ts';
import { formatName } from '../name.ts';
import { fieldCodec } from './field-codec.ts';
import { characterString, domainName, u16 } from './fields.ts';
import { escapeText } from './text-form.ts';

/** Flags follow order and preference. */
const FLAGS_AT = 4;

/** RFC 3403 §4.1: "single characters from the set A-Z and 0-9. The case of the alphabetic characters is not significant." */
const isFlag = (octet: number): boolean => /[A-Za-z0-9]/.test(String.fromCharCode(octet));
const stringEnd = (rdata: Uint8Array, at: number): number => at + 1 + rdata[at];
/** The octets of the <character-string> at `at`. */
const stringAt = (rdata: Uint8Array, at: number): Uint8Array => rdata.subarray(at + 1, stringEnd(rdata, at));

export const naptr = fieldCodec(
  RRType.NAPTR,
  'NAPTR',
  [
    u16('order'),
    u16('preference'),
    characterString('flags'),
    characterString('service'),
    characterString('regexp'),
    domainName('replacement'),
  ],
  {
    verify(rdata) {
      const given = stringAt(rdata, FLAGS_AT);
      if (!given.every(isFlag))
        return `flags "${escapeText(given)}" must be letters and digits; write e.g. "u" or "s", or "" for none`;
      const regexpAt = stringEnd(rdata, stringEnd(rdata, FLAGS_AT));
      const replacementAt = stringEnd(rdata, regexpAt);
      // RFC 3403 §4.1: the two are mutually exclusive, and a record with both is in error.
      return rdata[regexpAt] !== 0 && rdata[replacementAt] !== 0
        ? `regexp "${escapeText(stringAt(rdata, regexpAt))}" and replacement "${formatName(rdata, replacementAt)}" exclude each other; write "" as regexp or . as replacement`
        : undefined;
    },
  },
);

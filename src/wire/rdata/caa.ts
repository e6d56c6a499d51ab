/**
 * CAA: which certification authorities may issue (RFC 8659 §4.1).
 *
 *     | FLAGS (8) | TAG LENGTH (8) |  /  TAG  /  /  VALUE  /      the value has no length of its own
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { characterString, textToEnd, u8 } from './fields.ts';

const tag = characterString('tag');

export const caa = fieldCodec(
  RRType.CAA,
  'CAA',
  // The tag is written bare: letters and digits need no quotes.
  [
    u8('flags', { preset: '0' }),
    { ...tag, text: (rdata, at, end) => String(tag.value(rdata, at, end)) },
    textToEnd('value'),
  ],
  {
    verify(rdata) {
      const text = String.fromCharCode(...rdata.subarray(2, 2 + rdata[1]));
      return /^[A-Za-z0-9]{1,15}$/.test(text)
        ? undefined
        : `tag "${text}" must be 1 to 15 letters and digits, e.g. issue`;
    },
  },
);

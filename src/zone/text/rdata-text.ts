/**
 * RDATA from the fields of a line: in the type's own form through its codec, or in the form of RFC 3597 §5 (`\# 4 c0000201`) that
 * any type has.
 */
import { RRType } from '../../wire/constants.ts';
import { NameError } from '../../wire/name.ts';
import { RdataError } from '../../wire/rdata/codec.ts';
import { codecOf } from '../../wire/rdata/index.ts';
import { MAX_RDATA, type RdataWriter } from '../../wire/rdata/writer.ts';
import { hexDigit } from './address-octets.ts';
import type { Fields } from './fields.ts';
import type { Mistake } from './reporter.ts';

const HASH = 0x23;
const BACKSLASH = 0x5c;

/**
 * Reads fields `first` and on into `out`.
 * @param typeField index of the field that holds the type, to blame when there is no RDATA
 */
export function readRdata(
  type: number,
  fields: Fields,
  bytes: Uint8Array,
  typeField: number,
  origin: Uint8Array,
  out: RdataWriter,
): Mistake | undefined {
  const first = typeField + 1;
  const codec = codecOf(type);
  const at = fields.offset(first < fields.count ? first : typeField);
  out.reset();
  // STEER is no wire data, so it has no octets an operator would know.
  if (type !== RRType.STEER && isHashMark(fields, bytes, first)) {
    const mistake = readHex(fields, bytes, first, out);
    if (mistake !== undefined) return mistake;
    const wrong = codec.check(out.view());
    return wrong === undefined ? undefined : { code: 'bad-rdata', offset: at, message: named(codec.mnemonic, wrong) };
  }
  const text = fields.from(bytes, first);
  try {
    codec.fromText(text, origin, out);
  } catch (error) {
    if (!(error instanceof RdataError) && !(error instanceof NameError)) throw error;
    // Codecs don't know columns; they quote the field they mean.
    const blamed = text.findIndex((field) => field.text !== '' && error.message.includes(`"${field.text}"`));
    let offset = at;
    if (blamed >= 0) offset = fields.offset(first + blamed);
    if (blamed >= 0 && error instanceof NameError) offset = fields.start[first + blamed] + error.offset;
    return {
      code: error instanceof NameError ? 'bad-name' : 'bad-rdata',
      offset,
      message: named(codec.mnemonic, error.message),
    };
  }
  if (!out.fits) {
    return {
      code: 'bad-rdata',
      offset: at,
      message: `${codec.mnemonic}: ${out.length} octets of RDATA are over ${MAX_RDATA}`,
    };
  }
  return undefined;
}

/** A codec's message with its type in front, if it isn't there. */
export function named(mnemonic: string, message: string): string {
  return message.startsWith(mnemonic) ? message : `${mnemonic}: ${message}`;
}

function isHashMark(fields: Fields, bytes: Uint8Array, i: number): boolean {
  if (i >= fields.count || fields.quoted[i] === 1 || fields.end[i] - fields.start[i] !== 2) return false;
  return bytes[fields.start[i]] === BACKSLASH && bytes[fields.start[i] + 1] === HASH;
}

/** `\# LENGTH HEX…`, the digits in as many fields as one likes (RFC 3597 §5). */
function readHex(fields: Fields, bytes: Uint8Array, hash: number, out: RdataWriter): Mistake | undefined {
  const fix = 'write \\# LENGTH and then that many octets in hexadecimal, e.g. \\# 4 c0000201';
  const mistake = (i: number, message: string): Mistake => ({
    code: 'bad-rdata',
    offset: fields.offset(Math.min(i, fields.count - 1)),
    message,
    fix,
  });
  const lengthText = hash + 1 < fields.count ? fields.text(bytes, hash + 1) : '';
  if (!/^\d{1,5}$/.test(lengthText) || Number(lengthText) > MAX_RDATA) {
    return mistake(
      hash + 1,
      `\\# needs the number of octets, 0 to ${MAX_RDATA}${lengthText === '' ? '' : `, not "${lengthText}"`}`,
    );
  }
  let high = -1;
  for (let i = hash + 2; i < fields.count; i++) {
    for (let p = fields.start[i]; p < fields.end[i]; p++) {
      const digit = hexDigit(bytes[p]);
      if (digit < 0) return mistake(i, `"${fields.text(bytes, i)}" is not hexadecimal`);
      if (high < 0) high = digit;
      else {
        out.u8((high << 4) | digit);
        high = -1;
      }
    }
  }
  if (high >= 0) return mistake(fields.count - 1, 'an odd number of hexadecimal digits');
  if (out.length !== Number(lengthText)) {
    return mistake(hash + 1, `\\# says ${lengthText} octets, but ${out.length} follow`);
  }
  return undefined;
}

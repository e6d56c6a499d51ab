/** What tests of record types share: reading forms, and the fields of a line of zone text. */
import { parseName } from '../name.ts';
import type { TextField } from './codec.ts';
import { codecOf, typeOf } from './index.ts';
import { RdataWriter } from './writer.ts';

export const origin = parseName('example.');
export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
export const octets = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'));

/** The codec of a mnemonic. */
export function codec(mnemonic: string) {
  return codecOf(typeOf(mnemonic) as number);
}

/** Splits zone text into fields as a zone file's scanner does: at white space, `"…"` a field, `key="…"` one with its quotes left in. */
export function fieldsOf(text: string): TextField[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|((?:=(?:"(?:[^"\\]|\\.)*")?|[^\s\\="]|\\.)+)/gs)].map(
    ([, quoted, plain]) => (plain === undefined ? { text: quoted, quoted: true } : { text: plain, quoted: false }),
  );
}

export function fromText(mnemonic: string, text: string): Uint8Array {
  const out = new RdataWriter();
  codec(mnemonic).fromText(fieldsOf(text), origin, out);
  return out.view().slice();
}

export function fromValue(mnemonic: string, value: unknown): Uint8Array {
  const out = new RdataWriter();
  codec(mnemonic).fromValue(value, origin, out);
  return out.view().slice();
}

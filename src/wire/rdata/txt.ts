/**
 * TXT: text strings (RFC 1035 §3.3.14).
 *
 *     | LENGTH (8) |  /  STRING  /  and so on: one or more <character-string>s
 *
 * A value is one text; OctoDNS writes a semicolon in it as `\;`. Longer ones are cut into strings of 255 octets, or where they are written as quoted
 * strings in a row.
 */
import { RRType } from '../constants.ts';
import { type RdataCodec, RdataError } from './codec.ts';
import { scalarText } from './field-codec.ts';
import { escapeText, quoteText, unescapeText, writeString } from './text-form.ts';

/** What is inside the quotes of `"one" "two"`, or undefined when a text is anything else. A regular expression would run out of stack. */
function quotedStrings(text: string): string[] | undefined {
  const list: string[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === ' ' || text[i] === '\t' || text[i] === '\n') continue;
    if (text[i] !== '"') return undefined;
    const start = ++i;
    for (; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    if (i >= text.length) return undefined;
    list.push(text.slice(start, i));
  }
  return list.length === 0 ? undefined : list;
}

function strings(rdata: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let p = 0; p < rdata.length; p += rdata[p] + 1) list.push(rdata.subarray(p + 1, p + 1 + rdata[p]));
  return list;
}

export const txt: RdataCodec = {
  type: RRType.TXT,
  mnemonic: 'TXT',
  fromText(fields, _origin, out) {
    if (fields.length === 0) throw new RdataError('text is missing; write "" for an empty string');
    for (const { text } of fields) writeString(unescapeText(text, 'text'), 'text', out);
  },
  toText: (rdata) => strings(rdata).map(quoteText).join(' '),
  fromValue(value, _origin, out) {
    const text = scalarText(value, 'text');
    const list = quotedStrings(text);
    if (list !== undefined) {
      for (const inner of list) writeString(unescapeText(inner, 'text'), 'text', out);
      return;
    }
    const octets = unescapeText(text, 'text');
    for (let at = 0; at === 0 || at < octets.length; at += 255) writeString(octets.subarray(at, at + 255), 'text', out);
  },
  toValue(rdata) {
    const list = strings(rdata);
    const semicolons = (octets: Uint8Array): string => escapeText(octets).replaceAll(';', '\\;');
    // Strings cut elsewhere than at 255 octets must be kept as they are.
    const asOne = list.every((s, i) => s.length === 255 || (i === list.length - 1 && (s.length > 0 || i === 0)));
    return asOne ? list.map(semicolons).join('') : list.map((s) => `"${semicolons(s)}"`).join(' ');
  },
  check(rdata) {
    if (rdata.length === 0) return 'TXT has no string';
    let p = 0;
    while (p < rdata.length) p += rdata[p] + 1;
    return p === rdata.length ? undefined : 'TXT: the last string is cut off';
  },
};

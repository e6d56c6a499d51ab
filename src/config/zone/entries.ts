/**
 * Where entries of a zone file begin: at the lines that have a key in column 0. Nothing else can stand there: in a block mapping at column
 * 0, text in quotes, in `{…}` and in `|` is indented (YAML 1.2 §6.1, §8.2.2), or js-yaml refuses it.
 */

const NEWLINE = 0x0a;
const DASH = 0x2d;

/** Octets that begin no entry: blanks, a comment, an item of the list above (`-` is looked at closer), a bracket out of place. */
const continuing = new Uint8Array(256);
for (const c of ' \t\r\n#}],:') continuing[c.charCodeAt(0)] = 1;

/** Whether the line at `at` begins an entry. */
export function beginsEntry(bytes: Uint8Array, at: number, limit: number): boolean {
  const c = bytes[at];
  if (continuing[c] === 1) return false;
  if (c !== DASH) return true;
  // `- …` goes on with a list (YAML allows its items at the key's own column); `-x:` is a key and `---` a marker.
  const next = at + 1 < limit ? bytes[at + 1] : NEWLINE;
  return continuing[next] !== 1;
}

/** Where the line after the one at `at` begins, at most `limit`. */
export function nextLine(bytes: Uint8Array, at: number, limit: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline < 0 || newline >= limit ? limit : newline + 1;
}

/** Whether the line at `at` is the marker of three such octets (`---` or `...`) and nothing else but blanks or a comment. */
export function isMarker(bytes: Uint8Array, at: number, limit: number, octet: number): boolean {
  if (at + 3 > limit || bytes[at] !== octet || bytes[at + 1] !== octet || bytes[at + 2] !== octet) return false;
  for (let p = at + 3; p < limit; p++) {
    const c = bytes[p];
    if (c === NEWLINE || (c === 0x23 && p > at + 3)) return true;
    if (c !== 0x20 && c !== 0x09 && c !== 0x0d) return false;
  }
  return true;
}

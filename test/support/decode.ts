/** Reads a whole message into lines that can be compared, without the server's own code. */

export interface DecodedMessage {
  readonly rcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  /** Sorted `name ttl type rdata`, names lower-case, rdata decompressed. */
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  /** OPT left out. */
  readonly additional: readonly string[];
  readonly opt: boolean;
}

const NAMES_IN_RDATA: Record<number, { at: number; count: number }> = {
  2: { at: 0, count: 1 },
  5: { at: 0, count: 1 },
  6: { at: 0, count: 2 },
  12: { at: 0, count: 1 },
  15: { at: 2, count: 1 },
  33: { at: 6, count: 1 },
  39: { at: 0, count: 1 },
};

function readName(m: Uint8Array, at: number): { text: string; next: number } {
  let text = '';
  let next = -1;
  let p = at;
  for (let jumps = 0; ; ) {
    const length = m[p];
    if (length === undefined) throw new Error(`name at ${at} runs off the message`);
    if (length >= 0xc0) {
      if (next < 0) next = p + 2;
      const to = ((length & 0x3f) << 8) | m[p + 1];
      if (to >= p || ++jumps > 128) throw new Error(`pointer at ${p} leads forward`);
      p = to;
    } else if (length === 0) return { text: text === '' ? '.' : text, next: next < 0 ? p + 1 : next };
    else {
      for (let i = 1; i <= length; i++) {
        const c = String.fromCharCode(m[p + i]).toLowerCase();
        text += /[a-z0-9_*-]/.test(c) ? c : `\\${String(m[p + i]).padStart(3, '0')}`;
      }
      text += '.';
      p += length + 1;
    }
  }
}

/** @throws Error when the message is malformed */
export function decode(m: Uint8Array): DecodedMessage {
  const u16 = (at: number): number => (m[at] << 8) | m[at + 1];
  let p = 12;
  for (let q = u16(4); q > 0; q--) p = readName(m, p).next + 4;
  let opt = false;
  const section = (count: number): string[] => {
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      const { text, next } = readName(m, p);
      const type = u16(next);
      const ttl = ((m[next + 4] << 24) | (m[next + 5] << 16) | (m[next + 6] << 8) | m[next + 7]) >>> 0;
      const data = next + 10;
      const end = data + u16(next + 8);
      if (end > m.length) throw new Error('rdata runs off the message');
      p = end;
      if (type === 41) {
        opt = true;
        continue;
      }
      let rdata = '';
      let q = data;
      const names = NAMES_IN_RDATA[type];
      if (names !== undefined) {
        rdata += Buffer.from(m.subarray(q, q + names.at)).toString('hex');
        q += names.at;
        for (let n = 0; n < names.count; n++) {
          const name = readName(m, q);
          rdata += ` ${name.text}`;
          q = name.next;
        }
        rdata += ' ';
      }
      rdata += Buffer.from(m.subarray(q, end)).toString('hex');
      lines.push(`${text} ${ttl} ${type} ${rdata.trim()}`);
    }
    return lines.sort();
  };
  const answer = section(u16(6));
  const authority = section(u16(8));
  const additional = section(u16(10));
  if (p !== m.length) throw new Error(`${m.length - p} octets after the last record`);
  return { rcode: m[3] & 15, aa: (m[2] & 4) !== 0, tc: (m[2] & 2) !== 0, answer, authority, additional, opt };
}

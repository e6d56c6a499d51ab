/** IP addresses between text and octets (RFC 4291 §2.2, RFC 5952), and which of them are nobody's on the Internet. */

/**
 * Reads an address strictly: dotted quad without leading zeros, or IPv6 with at most one `::`, an embedded dotted quad allowed, no zone index.
 * @returns 4 or 16 octets in network order, or undefined when the text is no address
 */
export function parseAddress(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  if (text.length > 45) return undefined;
  const [head, tail, more] = text.split('::');
  if (more !== undefined) return undefined;
  const before = head === '' ? [] : groupsOf(head, tail === undefined);
  const after = tail === undefined || tail === '' ? [] : groupsOf(tail, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  // `::` stands for at least one group.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...new Array<number>(missing).fill(0), ...after];
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]));
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const octets = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i];
    // A leading zero means octal to some readers, so it means nothing here.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    octets[i] = Number(part);
  }
  return octets;
}

/** The groups of a colon-separated run; a dotted quad may be its end where `last` says so. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    if (last && i === parts.length - 1 && parts[i].includes('.')) {
      const quad = parseIpv4(parts[i]);
      if (quad === undefined) return undefined;
      groups.push((quad[0] << 8) | quad[1], (quad[2] << 8) | quad[3]);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(parts[i])) return undefined;
      groups.push(Number.parseInt(parts[i], 16));
    }
  }
  return groups;
}

/** Writes 4 or 16 octets; IPv6 as RFC 5952 recommends: lower case, the longest run of two or more zero groups as `::`. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (octets[i * 2] << 8) | octets[i * 2 + 1]);
  let best = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) {
      best = i;
      length = run;
    }
    i += run;
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return best < 0 ? text(groups) : `${text(groups.slice(0, best))}::${text(groups.slice(best + length))}`;
}

/**
 * Whether an address is not a client's own on the Internet: loopback, private (RFC 1918), shared (RFC 6598), link-local, unique local (RFC 4193), or such
 * an IPv4 address mapped into IPv6.
 */
export function isPrivate(octets: Uint8Array): boolean {
  if (octets.length === 4) {
    const [a, b] = octets;
    return (
      a === 127 ||
      a === 10 ||
      (a === 172 && (b & 0xf0) === 16) ||
      (a === 192 && b === 168) ||
      (a === 100 && (b & 0xc0) === 64) ||
      (a === 169 && b === 254)
    );
  }
  const zeros = octets.findIndex((octet) => octet !== 0);
  if (zeros === 15 && octets[15] === 1) return true;
  if (zeros === 10 && octets[10] === 0xff && octets[11] === 0xff) return isPrivate(octets.subarray(12));
  return (octets[0] & 0xfe) === 0xfc || (octets[0] === 0xfe && (octets[1] & 0xc0) === 0x80);
}

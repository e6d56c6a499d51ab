/** OPT records of queries, written by hand, and those of responses, taken apart (RFC 6891 §6.1.2). */

/** OPT with flags, version and options. */
export function opt(
  options: Buffer = Buffer.alloc(0),
  fields: { size?: number; version?: number; flags?: number } = {},
): Buffer {
  const head = Buffer.from([0, 0, 41, 0, 0, 0, fields.version ?? 0, 0, 0, 0, 0]);
  head.writeUInt16BE(fields.size ?? 1232, 3);
  head.writeUInt16BE(fields.flags ?? 0, 7);
  head.writeUInt16BE(options.length, 9);
  return Buffer.concat([head, options]);
}

export function option(code: number, data: Uint8Array | readonly number[] = []): Buffer {
  return Buffer.from([code >>> 8, code & 255, data.length >>> 8, data.length & 255, ...data]);
}

/** A message with one more additional record. */
export function withOpt(message: Buffer, record: Buffer): Buffer {
  const m = Buffer.concat([message, record]);
  m.writeUInt16BE(m.readUInt16BE(10) + 1, 10);
  return m;
}

/** The OPT of a response: extended RCODE, version, flags, and options in hexadecimal. */
export function optOf(
  m: Buffer,
): { size: number; rcode: number; version: number; flags: number; options: Map<number, string> } | undefined {
  const at = m.lastIndexOf(Buffer.from([0, 0, 41]));
  if (m.readUInt16BE(10) === 0 || at < 0) return undefined;
  const options = new Map<number, string>();
  for (let p = at + 11; p < m.length; p += 4 + m.readUInt16BE(p + 2))
    options.set(m.readUInt16BE(p), m.subarray(p + 4, p + 4 + m.readUInt16BE(p + 2)).toString('hex'));
  return {
    size: m.readUInt16BE(at + 3),
    rcode: (m[at + 5] << 4) | (m[3] & 15),
    version: m[at + 6],
    flags: m.readUInt16BE(at + 7),
    options,
  };
}

/**
 * Copies octets four at a time, wherever they lie. `TypedArray.set` would want a view made of the source, and one octet after another takes twice as long.
 * Integers only: a float would lose what it takes for no number.
 */
export function copyOctets(from: DataView, at: number, octets: number, to: DataView, toAt: number): void {
  let i = 0;
  for (const whole = octets - 3; i < whole; i += 4) to.setInt32(toAt + i, from.getInt32(at + i));
  for (; i < octets; i++) to.setInt8(toAt + i, from.getInt8(at + i));
}

/** The same of arrays, for a few octets. @returns the octet after those copied */
export function copy(from: Uint8Array, at: number, end: number, to: Uint8Array, toAt: number): number {
  let p = toAt;
  for (let i = at; i < end; i++) to[p++] = from[i];
  return p;
}

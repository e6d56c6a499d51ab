/** RFC 1982 §3.2: whether serial `a` is newer than `b`. */
export function isNewerSerial(a: number, b: number): boolean {
  return a !== b && ((a - b) | 0) > 0;
}

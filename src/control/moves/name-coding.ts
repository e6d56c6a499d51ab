/**
 * Names one after another, each as what it doesn't share with the one before: {u8 octets the same in front, u8 octets the same at the end, u8 length of what
 * lies between, those octets}. Hosts of one zone share their end, and neighbours in a file mostly their front: 28 octets become 4 to 12.
 */

const HEADER = 3;

export class NameEncoder {
  #octets: Uint8Array;
  #end = 0;
  #count = 0;
  #before = new Uint8Array(256);
  #length = 0;

  constructor(room = 1024) {
    this.#octets = new Uint8Array(room);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds the name `octets[at, end)`, of up to 255 octets. */
  add(octets: Uint8Array, at: number, end: number): void {
    const length = end - at;
    const before = this.#before;
    const most = Math.min(length, this.#length);
    let front = 0;
    while (front < most && octets[at + front] === before[front]) front++;
    let back = 0;
    while (back < most - front && octets[end - 1 - back] === before[this.#length - 1 - back]) back++;
    const between = length - front - back;
    if (this.#end + HEADER + between > this.#octets.length) {
      const more = new Uint8Array(this.#octets.length * 2 + HEADER + between);
      more.set(this.#octets);
      this.#octets = more;
    }
    const to = this.#octets;
    to[this.#end++] = front;
    to[this.#end++] = back;
    to[this.#end++] = between;
    for (let i = 0; i < between; i++) to[this.#end++] = octets[at + front + i];
    for (let i = front; i < length; i++) before[i] = octets[at + i];
    this.#length = length;
    this.#count++;
  }

  /** What was written: a view. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#end);
  }
}

/** Reads what `NameEncoder` wrote. A name is a view, valid until the next. @throws Error for octets that were not written by it */
export function* decodeNames(octets: Uint8Array): Generator<Uint8Array> {
  let name = new Uint8Array(256);
  let other = new Uint8Array(256);
  let length = 0;
  for (let at = 0; at < octets.length; ) {
    const [front, back, between] = [octets[at], octets[at + 1], octets[at + 2]];
    const now = front + between + back;
    if (at + HEADER + between > octets.length || front + back > length || now > 255)
      throw new Error(`names can't be read: octet ${at} is no beginning of one`);
    at += HEADER;
    for (let i = 0; i < front; i++) other[i] = name[i];
    for (let i = 0; i < between; i++) other[front + i] = octets[at + i];
    for (let i = 0; i < back; i++) other[front + between + i] = name[length - back + i];
    at += between;
    [name, other] = [other, name];
    length = now;
    yield name.subarray(0, length);
  }
}

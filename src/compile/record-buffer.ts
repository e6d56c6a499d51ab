/**
 * Records of the zone being read, before its RRsets can be written: columns again, linked per node, thrown away (kept for reuse) at the
 * end of each zone.
 */
const WORDS = 6;
const NEXT = 0;
const TYPE = 1;
const TTL = 2;
const FIRST = 3;
const LENGTH = 4;
const LINE = 5;

export class RecordBuffer {
  #words = new Uint32Array(1024 * WORDS);
  #count = 1;
  /** RDATA of all records, one after another. */
  octets = new Uint8Array(64 * 1024);
  #end = 0;

  reset(): void {
    this.#count = 1;
    this.#end = 0;
  }

  /** Records held. */
  get count(): number {
    return this.#count - 1;
  }

  /** Adds a record in front of `next` (0 = none) and returns its number. */
  add(next: number, type: number, ttl: number, rdata: Uint8Array, length: number, line: number): number {
    const record = this.#count++;
    const w = record * WORDS;
    if (w + WORDS > this.#words.length) {
      const more = new Uint32Array(this.#words.length * 2);
      more.set(this.#words);
      this.#words = more;
    }
    if (this.#end + length > this.octets.length) {
      const more = new Uint8Array(Math.max(this.octets.length * 2, this.#end + length));
      more.set(this.octets);
      this.octets = more;
    }
    const words = this.#words;
    words[w + NEXT] = next;
    words[w + TYPE] = type;
    words[w + TTL] = ttl;
    words[w + FIRST] = this.#end;
    words[w + LENGTH] = length;
    words[w + LINE] = line;
    for (let i = 0; i < length; i++) this.octets[this.#end + i] = rdata[i];
    this.#end += length;
    return record;
  }

  next(record: number): number {
    return this.#words[record * WORDS + NEXT];
  }
  type(record: number): number {
    return this.#words[record * WORDS + TYPE];
  }
  ttl(record: number): number {
    return this.#words[record * WORDS + TTL];
  }
  first(record: number): number {
    return this.#words[record * WORDS + FIRST];
  }
  end(record: number): number {
    return this.#words[record * WORDS + FIRST] + this.#words[record * WORDS + LENGTH];
  }
  line(record: number): number {
    return this.#words[record * WORDS + LINE];
  }
  rdata(record: number): Uint8Array {
    return this.octets.subarray(this.first(record), this.end(record));
  }

  /** Orders by type, then RDATA as left-justified octets (RFC 4034 §6.3). */
  compare(a: number, b: number): number {
    const byType = this.type(a) - this.type(b);
    if (byType !== 0) return byType;
    const { octets } = this;
    let i = this.first(a);
    let j = this.first(b);
    const endA = this.end(a);
    const endB = this.end(b);
    while (i < endA && j < endB) {
      const d = octets[i++] - octets[j++];
      if (d !== 0) return d;
    }
    return endA - i - (endB - j);
  }
}

/**
 * The content of a zone out of records in any order: an owner's records may come apart, and twice. What comes is kept as it comes, and put together once all is there.
 */
import { hashName } from '../../zone/suffixes.ts';
import { BlockWriter, recordSize } from '../blocks.ts';
import { ZoneContent } from '../zone-content.ts';

/** First number of runs there is room for. */
const FIRST = 1024;
/** Records of an owner that are compared one by one; more are found by their text. */
const FEW = 8;
const NO_RUN = -1;

export class ContentBuilder {
  readonly #seed: number;
  /** Records of owner after owner: a run is what came of one owner without another between. */
  #bytes = new Uint8Array(1 << 16);
  #end = 0;
  /** By run: owner (octets of #names), first record, and the owner's next run. */
  #owner = new Uint32Array(FIRST);
  #from = new Uint32Array(FIRST);
  #next = new Int32Array(FIRST).fill(NO_RUN);
  /** By run that is an owner's first: its last one. */
  #last = new Int32Array(FIRST);
  #runs = 0;
  #names = new Uint8Array(1 << 14);
  #namesEnd = 0;
  /** By hash of the owner: its first run, plus one. At most half full. */
  #slots = new Uint32Array(FIRST * 2);
  #owners = 0;
  #current = NO_RUN;
  #records = 0;

  /** @param seed key of the hash of owners */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get records(): number {
    return this.#records;
  }

  /** Octets that are kept. */
  get octets(): number {
    return this.#end + this.#namesEnd + this.#runs * 16;
  }

  /**
   * @param owner lower case: its labels in front of the apex lie at [0, labelsEnd)
   * @param rdata lies at [0, rdataEnd)
   */
  add(owner: Uint8Array, labelsEnd: number, type: number, ttl: number, rdata: Uint8Array, rdataEnd: number): void {
    if (this.#current === NO_RUN || !this.#isOwner(this.#current, owner, labelsEnd)) this.#begin(owner, labelsEnd);
    this.#need(10 + rdataEnd);
    const bytes = this.#bytes;
    let p = this.#end;
    bytes[p++] = type >>> 8;
    bytes[p++] = type;
    bytes[p++] = 0;
    bytes[p++] = 1;
    bytes[p++] = ttl >>> 24;
    bytes[p++] = ttl >>> 16;
    bytes[p++] = ttl >>> 8;
    bytes[p++] = ttl;
    bytes[p++] = rdataEnd >>> 8;
    bytes[p++] = rdataEnd;
    for (let i = 0; i < rdataEnd; i++) bytes[p++] = rdata[i];
    this.#end = p;
    this.#records++;
  }

  /** @param soa the block of the SOA */
  finish(soa: Uint8Array): ZoneContent {
    const blocks = new BlockWriter(this.#end + this.#namesEnd + this.#owners * 5);
    for (let run = 0; run < this.#runs; run++) {
      // Runs that are not their owner's first are written with it.
      if (this.#last[run] === NO_RUN) continue;
      const name = this.#owner[run];
      blocks.begin(this.#names, name + 1, name + 1 + this.#names[name]);
      const seen: { from: number; size: number }[] = [];
      let texts: Set<string> | undefined;
      for (let one = run; one !== NO_RUN; one = this.#next[one]) {
        const end = one + 1 < this.#runs ? this.#from[one + 1] : this.#end;
        for (let p = this.#from[one]; p < end; ) {
          const size = recordSize(this.#bytes, p);
          // RFC 5936 §2.2: a record that comes twice is one.
          let isNew = true;
          if (seen.length < FEW) {
            isNew = !seen.some(({ from, size: other }) => size === other && this.#isSame(from, p, size));
            if (isNew) seen.push({ from: p, size });
          } else {
            texts ??= new Set(seen.map(({ from, size: other }) => this.#text(from, other)));
            const text = this.#text(p, size);
            isNew = !texts.has(text);
            texts.add(text);
          }
          if (isNew) blocks.octetsOf(this.#bytes, p, p + size);
          p += size;
        }
      }
      blocks.finish();
    }
    return new ZoneContent(soa, blocks.view(), blocks.count, this.#seed);
  }

  #begin(owner: Uint8Array, labelsEnd: number): void {
    if (this.#runs === this.#owner.length) this.#growRuns();
    if ((this.#owners + 1) * 2 > this.#slots.length) this.#growSlots();
    const run = this.#runs++;
    this.#from[run] = this.#end;
    this.#next[run] = NO_RUN;
    this.#current = run;
    const mask = this.#slots.length - 1;
    let s = hashName(this.#seed, owner, 0, labelsEnd) & mask;
    for (; this.#slots[s] !== 0; s = (s + 1) & mask) {
      const first = this.#slots[s] - 1;
      if (!this.#isOwner(first, owner, labelsEnd)) continue;
      this.#next[this.#last[first]] = run;
      this.#last[first] = run;
      this.#last[run] = NO_RUN;
      this.#owner[run] = this.#owner[first];
      return;
    }
    this.#slots[s] = run + 1;
    this.#owners++;
    this.#last[run] = run;
    this.#owner[run] = this.#namesEnd;
    const end = this.#namesEnd + 1 + labelsEnd;
    if (end > this.#names.length) this.#names = larger(this.#names, end);
    this.#names[this.#namesEnd++] = labelsEnd;
    for (let i = 0; i < labelsEnd; i++) this.#names[this.#namesEnd++] = owner[i];
  }

  #isOwner(run: number, owner: Uint8Array, labelsEnd: number): boolean {
    const at = this.#owner[run];
    if (this.#names[at] !== labelsEnd) return false;
    for (let i = 0; i < labelsEnd; i++) if (this.#names[at + 1 + i] !== owner[i]) return false;
    return true;
  }

  #isSame(a: number, b: number, size: number): boolean {
    for (let i = 0; i < size; i++) if (this.#bytes[a + i] !== this.#bytes[b + i]) return false;
    return true;
  }

  #text(from: number, size: number): string {
    return Buffer.from(this.#bytes.buffer, from, size).toString('latin1');
  }

  #need(octets: number): void {
    if (this.#end + octets > this.#bytes.length) this.#bytes = larger(this.#bytes, this.#end + octets);
  }

  #growRuns(): void {
    const grown = this.#owner.length * 2;
    const more = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const array = new Uint32Array(grown);
      array.set(old);
      return array;
    };
    this.#owner = more(this.#owner);
    this.#from = more(this.#from);
    const next = new Int32Array(grown).fill(NO_RUN);
    next.set(this.#next);
    this.#next = next;
    const last = new Int32Array(grown);
    last.set(this.#last);
    this.#last = last;
  }

  #growSlots(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const entry of this.#slots) {
      if (entry === 0) continue;
      const at = this.#owner[entry - 1];
      let s = hashName(this.#seed, this.#names, at + 1, at + 1 + this.#names[at]) & mask;
      while (slots[s] !== 0) s = (s + 1) & mask;
      slots[s] = entry;
    }
    this.#slots = slots;
  }
}

function larger(bytes: Uint8Array<ArrayBuffer>, octets: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(Math.max(bytes.length * 2, octets));
  more.set(bytes);
  return more;
}

/** The parts of one message that a primary sent: its header, its question, and record after record. */
import { HEADER_SIZE, MAX_TTL } from '../../wire/constants.ts';
import { ReceivedRdata } from '../../wire/received-rdata.ts';
import { u32At } from '../blocks.ts';

export class MessageRecords {
  /** The owner of the record read last: lower case, its octets at [0, ownerEnd). */
  readonly owner = new Uint8Array(256);
  ownerEnd = 0;
  type = 0;
  class = 0;
  /** A TTL with the highest bit set means none (RFC 2181 §8). */
  ttl = 0;
  /** RDATA as zones hold it. */
  readonly rdata = new ReceivedRdata();
  /** Of the question, if there is one. */
  readonly question = new Uint8Array(256);
  questionEnd = 0;
  questionType = 0;
  questionClass = 0;
  /** Records in the answer section, and in all. */
  answers = 0;
  records = 0;
  /** The message's last record: its type and place; 0 without any. */
  lastType = 0;
  lastAt = 0;
  readonly #name = new ReceivedRdata();
  #m: Uint8Array = new Uint8Array(0);
  #p = 0;

  /** Begins a message. @returns whether all of it is well formed, as far as records are bound */
  begin(m: Uint8Array): boolean {
    this.#m = m;
    if (m.length < HEADER_SIZE) return false;
    const counts = [4, 6, 8, 10].map((at) => (m[at] << 8) | m[at + 1]);
    const [questions, answers] = counts;
    this.answers = answers;
    this.records = counts[1] + counts[2] + counts[3];
    this.lastType = 0;
    this.lastAt = 0;
    this.questionEnd = 0;
    if (questions > 1) return false;
    this.#p = HEADER_SIZE;
    if (questions === 1) {
      const p = this.#name.takeName(m, HEADER_SIZE, m.length);
      if (p < 0 || p + 4 > m.length) return false;
      this.questionEnd = this.#name.length;
      for (let i = 0; i < this.questionEnd; i++) this.question[i] = this.#name.octets[i];
      this.questionType = (m[p] << 8) | m[p + 1];
      this.questionClass = (m[p + 2] << 8) | m[p + 3];
      this.#p = p + 4;
    }
    let p = this.#p;
    for (let i = 0; i < this.records; i++) {
      this.lastAt = p;
      p = skipName(m, p);
      if (p < 0 || p + 10 > m.length) return false;
      this.lastType = (m[p] << 8) | m[p + 1];
      p += 10 + ((m[p + 8] << 8) | m[p + 9]);
      if (p > m.length) return false;
    }
    return p === m.length;
  }

  /** Reads the next record. @returns whether its names can be read */
  next(): boolean {
    const m = this.#m;
    const p = this.#name.takeName(m, this.#p, m.length);
    if (p < 0) return false;
    this.ownerEnd = this.#name.length;
    for (let i = 0; i < this.ownerEnd; i++) this.owner[i] = this.#name.octets[i];
    this.type = (m[p] << 8) | m[p + 1];
    this.class = (m[p + 2] << 8) | m[p + 3];
    const ttl = u32At(m, p + 4);
    this.ttl = ttl > MAX_TTL ? 0 : ttl;
    const rdata = p + 10;
    this.#p = rdata + ((m[p + 8] << 8) | m[p + 9]);
    return this.rdata.take(m, this.type, rdata, this.#p, m.length);
  }
}

function skipName(m: Uint8Array, p: number): number {
  for (;;) {
    if (p >= m.length) return -1;
    const size = m[p];
    if (size === 0) return p + 1;
    if (size >= 0xc0) return p + 2 <= m.length ? p + 2 : -1;
    if (size > 63) return -1;
    p += size + 1;
  }
}

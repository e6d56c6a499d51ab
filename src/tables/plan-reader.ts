import type { PlanArena } from './arena.ts';
import { Answer, AnswerFlag, blockWords, FAILURE, PLAN_HEADER_WORDS, PlanHeader, SET, SetWord } from './plan-layout.ts';

/** Rows and answers of a plan (plan-layout.ts). An answer is its word index; 0 is "the host does not have this family". */
export class PlanReader {
  #rows: Uint32Array = new Uint32Array(PLAN_HEADER_WORDS);
  #sets: Uint32Array = new Uint32Array(0);
  #maps: Uint8Array = new Uint8Array(0);
  #answers: Uint32Array = new Uint32Array(0);
  #octets: Uint8Array = new Uint8Array(0);
  #classes = 1;
  #block = blockWords(1);
  #assignments = 0;

  /** Takes the views of a generation's plan. */
  use(arena: PlanArena): void {
    arena.refresh();
    this.#rows = arena.rows.u32;
    this.#sets = arena.sets.u32;
    this.#maps = arena.sets.u8;
    this.#answers = arena.answers.u32;
    this.#octets = arena.answers.u8;
    this.#classes = this.#rows[PlanHeader.CLASSES];
    this.#block = blockWords(this.#classes);
    this.#assignments = this.#rows[PlanHeader.ASSIGNMENTS];
  }

  /** Client classes the plan tells apart. */
  get classes(): number {
    return this.#classes;
  }

  /** One past the highest assignment the plan has rows for. */
  get assignments(): number {
    return this.#assignments;
  }

  /** How the client counts for an assignment (`ClientWord`); 0 when the answer is the same for all. */
  client(assignment: number): number {
    if (assignment >= this.#assignments) return 0;
    return this.#rows[PLAN_HEADER_WORDS + assignment * this.#block];
  }

  /**
   * The row of an assignment, class and family (0 IPv4, 1 IPv6): 0, FAILURE, an answer, or a set when `isSet`. A cell is read apart from the
   * plan, so an assignment newer than the plan has no row here; the writer publishes the plan first, so that is never seen. Signed, as are salts: a number of
   * 32 bits without sign is an object wherever the engine passes it on.
   */
  row(assignment: number, clientClass: number, family: number): number {
    if (assignment >= this.#assignments) return 0;
    return this.#rows[PLAN_HEADER_WORDS + assignment * this.#block + 1 + clientClass * 2 + family] | 0;
  }

  /** Key of the hash that gives a row's bucket. Only of a set. */
  salt(row: number): number {
    return this.#sets[(row & ~SET) + SetWord.SALT] | 0;
  }

  /** Picks the answer of a row for a bucket (0..65535). */
  answer(row: number, bucket: number): number {
    if ((row & SET) === 0) return row;
    const set = row & ~SET;
    return this.#sets[set + SetWord.ANSWERS + this.#maps[this.#sets[set + SetWord.MAP] * 4 + bucket]];
  }

  ttl(answer: number): number {
    return this.#answers[answer + Answer.TTL];
  }

  /** The TTL signatures of the answer are made with (RFC 4034 §3.1.4). */
  originalTtl(answer: number): number {
    return this.#answers[answer + Answer.ORIGINAL_TTL];
  }

  group(answer: number): number {
    return this.#answers[answer + Answer.GROUP_FLAGS] & 0xffff;
  }

  /** Where this answer is counted. */
  slot(answer: number): number {
    return this.#answers[answer + Answer.SLOT];
  }

  isLastResort(answer: number): boolean {
    return ((this.#answers[answer + Answer.GROUP_FLAGS] >>> 16) & AnswerFlag.LAST_RESORT) !== 0;
  }

  /** The octets answers lie in; `recordAt` says where one's resource record begins. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  recordAt(answer: number): number {
    return (answer + Answer.RECORD) * 4;
  }
}

/** Whether a row names shares, so that a bucket is needed to choose. */
export function isSet(row: number): boolean {
  return (row & SET) !== 0;
}

/** Whether a row names one answer or several: neither "no such family" nor a failure. */
export function isAnswered(row: number): boolean {
  return row !== 0 && row !== FAILURE;
}

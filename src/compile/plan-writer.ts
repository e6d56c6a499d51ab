/**
 * Encodes a plan (steering/model.ts) into a plan arena (tables/plan-layout.ts). Answers and sets are interned by what they say, so a plan
 * of many assignments stays as small as what it can answer. A writer stays with its arena, where what was written for one plan serves the next.
 */
import type { AnswerSet, Assignment, ClientUse, Family, Plan, Answer as PlannedAnswer } from '../steering/model.ts';
import type { PlanArena } from '../tables/arena.ts';
import {
  Answer,
  AnswerFlag,
  blockWords,
  ClientWord,
  FAILURE,
  PLAN_HEADER_WORDS,
  PlanHeader,
  SET,
  SetWord,
} from '../tables/plan-layout.ts';
import { RRClass, RRType } from '../wire/constants.ts';

/** The first pointer target a message can have: the question's name, right after the header (RFC 1035 §4.1.4). */
const QUESTION_POINTER = 0xc00c;
/** Sets that are written into an arena, beyond twice those of a plan, before it is begun anew. */
const MOST_KEPT = 4096;

/** Maps of shares likewise, of 64 KiB each: loads that come and go make ever new ones. */
const MOST_MAPS = 256;

/** The slot in which answers of a service and group (indexes into the network's lists) are counted. */
export type SlotOf = (service: number, group: number, family: Family) => number;

export class PlanWriter {
  readonly #arena: PlanArena;
  readonly #slots: SlotOf;
  readonly #answers = new Map<string, number>();
  readonly #maps = new Map<Uint8Array, number>();
  /** The row of each set of the plan written last: a set that is in the next one too need not be written again. */
  #rows = new Map<AnswerSet, number>();
  #answerEnd = PLAN_HEADER_WORDS;
  #setEnd = 1;
  /** Sets written since the arena was begun. */
  #written = 0;

  /** @param slots where to count answers; without it all count in slot 0 */
  constructor(arena: PlanArena, slots: SlotOf = () => 0) {
    this.#arena = arena;
    this.#slots = slots;
  }

  /**
   * @param plan in the order of `numbers`: the plan of the assignments that exist
   * @param numbers the number each of the plan's assignments has in cells
   * @param size one past the highest number
   */
  write(plan: Plan, numbers: readonly number[], size: number): void {
    const { rows } = this.#arena;
    const { classes } = plan;
    const block = blockWords(classes);
    const end = PLAN_HEADER_WORDS + size * block;
    rows.ensure(end * 4);
    const words = rows.u32;
    words.fill(0, 0, end);
    words[PlanHeader.CLASSES] = classes;
    words[PlanHeader.ASSIGNMENTS] = size;
    if (this.#written > MOST_KEPT + plan.sets.length * 2 || this.#maps.size > MOST_MAPS + plan.sets.length)
      this.#forget();
    const known = this.#rows;
    this.#rows = new Map();
    const bySet = Uint32Array.from(plan.sets, (set) => {
      const row = known.get(set) ?? this.#row(set);
      this.#rows.set(set, row);
      return row;
    });
    const rowsOf = classes * 2;
    for (let i = 0; i < numbers.length; i++) {
      const at = PLAN_HEADER_WORDS + numbers[i] * block;
      words[at] = clientWord(plan.clients[i]);
      for (let j = 0; j < rowsOf; j++) words[at + 1 + j] = bySet[plan.rows[i * rowsOf + j]];
    }
  }

  /** Begins the arena anew: answers of plans before have piled up. */
  #forget(): void {
    this.#answers.clear();
    this.#maps.clear();
    this.#rows.clear();
    this.#written = 0;
    this.#answerEnd = PLAN_HEADER_WORDS;
    this.#setEnd = 1;
  }

  #row({ answers, spread, failure }: AnswerSet): number {
    this.#written++;
    if (failure === true) return FAILURE;
    if (answers.length === 0) return 0;
    if (spread === undefined) return this.#answer(answers[0]);
    const map = this.#map(spread.map);
    const { sets } = this.#arena;
    const at = this.#setEnd;
    this.#setEnd = at + SetWord.ANSWERS + answers.length;
    sets.ensure(this.#setEnd * 4);
    sets.u32[at + SetWord.SALT] = spread.salt;
    sets.u32[at + SetWord.MAP] = map;
    answers.forEach((answer, i) => {
      sets.u32[at + SetWord.ANSWERS + i] = this.#answer(answer);
    });
    return (SET | at) >>> 0;
  }

  #map(map: Uint8Array): number {
    let at = this.#maps.get(map);
    if (at !== undefined) return at;
    at = this.#setEnd;
    const { sets } = this.#arena;
    this.#setEnd = at + map.length / 4;
    sets.ensure(this.#setEnd * 4);
    sets.u8.set(map, at * 4);
    this.#maps.set(map, at);
    return at;
  }

  #answer(share: PlannedAnswer): number {
    const slot = this.#slots(share.service, share.group, share.address.length === 4 ? 'ipv4' : 'ipv6');
    const key = `${share.address.join('.')} ${share.ttl} ${share.originalTtl} ${share.group} ${share.lastResort} ${slot}`;
    let at = this.#answers.get(key);
    if (at !== undefined) return at;
    at = this.#answerEnd;
    const { answers } = this.#arena;
    const octets = 12 + share.address.length;
    this.#answerEnd = at + Answer.RECORD + ((octets + 3) >>> 2);
    answers.ensure(this.#answerEnd * 4);
    answers.u32[at + Answer.TTL] = share.ttl;
    answers.u32[at + Answer.GROUP_FLAGS] = share.group | ((share.lastResort ? AnswerFlag.LAST_RESORT : 0) << 16);
    answers.u32[at + Answer.SLOT] = slot;
    answers.u32[at + Answer.ORIGINAL_TTL] = share.originalTtl;
    const record = (at + Answer.RECORD) * 4;
    const view = new DataView(answers.buffer, record, octets);
    view.setUint16(0, QUESTION_POINTER);
    view.setUint16(2, share.address.length === 4 ? RRType.A : RRType.AAAA);
    view.setUint16(4, RRClass.IN);
    view.setUint32(6, share.ttl);
    view.setUint16(10, share.address.length);
    answers.u8.set(share.address, record + 12);
    this.#answers.set(key, at);
    return at;
  }
}

function clientWord(use: ClientUse | undefined): number {
  return use === undefined ? 0 : (use.policy + 1) | (use.bucket ? ClientWord.BUCKET : 0);
}

/** The assignments that exist, without the holes numbering leaves: what `decide` is asked for, and the number of each. */
export function denseAssignments(all: readonly (Assignment | undefined)[]): {
  assignments: Assignment[];
  numbers: number[];
} {
  const assignments: Assignment[] = [];
  const numbers: number[] = [];
  all.forEach((assignment, number) => {
    if (assignment === undefined) return;
    assignments.push(assignment);
    numbers.push(number);
  });
  return { assignments, numbers };
}

/** One message by both of the responder's paths, which must agree in all: octets, counts, and whose host it was. */
import { expect } from 'vitest';
import { ANSWER_SLOTS, Channel, COUNTER_WORDS, Counter } from '../../src/answer/counters.ts';
import type { Responder } from '../../src/answer/responder.ts';
import { answerOne, ROOM } from './batch.ts';
import type { TestTables } from './tables.ts';

export interface Both {
  /** What each answered, as hexadecimal digits. */
  readonly batch: string;
  readonly complete: string;
  /** Whether the fast path did. */
  readonly fast: boolean;
}

export class BothPaths {
  /** Batches: the fast path first. */
  readonly responder: Responder;
  /** The complete path alone, with counters of its own. */
  readonly complete: Responder;
  readonly tables: TestTables;
  readonly rows = { counters: new Uint32Array(COUNTER_WORDS), answers: new Uint32Array(ANSWER_SLOTS) };

  constructor(tables: TestTables, options: Parameters<TestTables['responder']>[0] = {}) {
    this.tables = tables;
    this.responder = tables.responder(options);
    this.complete = tables.responder(options, this.rows);
  }

  resetCounters(): void {
    const { tables, rows } = this;
    for (const words of [tables.counters, tables.answers, rows.counters, rows.answers]) words.fill(0);
  }

  /** Both have counted the same since `resetCounters`, but for what says which path it was, and who had to sign. */
  expectSameCounters(): void {
    this.tables.counters[Counter.FAST] = 0;
    for (const { counters } of [this.tables, this.rows]) counters[Counter.SIGNATURES_MADE] = 0;
    expectSame(this.tables.counters, this.rows.counters);
    expectSame(this.tables.answers, this.rows.answers);
  }

  ask(message: Uint8Array, channel: Channel = Channel.UDP_IPV4, client?: Uint8Array): Both {
    this.resetCounters();
    const batch = Buffer.from(answerOne(this.responder, message, { channel, client })).toString('hex');
    const fast = this.tables.counters[Counter.FAST] === 1;
    const again = new Uint8Array(ROOM);
    again.set(message);
    const length = this.complete.respond(again, 0, message.length, ROOM, channel, client);
    this.expectSameCounters();
    expect(this.responder.hosts[0]).toBe(this.complete.host);
    expect(this.responder.known[0]).toBe(this.complete.isKnown ? 1 : 0);
    return { batch, complete: Buffer.from(again.subarray(0, length)).toString('hex'), fast };
  }
}

/** Element by element only when something differs: this is asked after every message. */
function expectSame(a: Uint32Array, b: Uint32Array): void {
  if (Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) !== 0) expect(a).toEqual(b);
}

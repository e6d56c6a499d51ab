/**
 * On node's event loop: one signature at a time. What lacks one waits for its turn, and everything else that the loop has comes between two turns.
 */
import type { StreamHandler } from './stream.ts';

export class SigningTurns {
  readonly #signing: Pick<StreamHandler, 'allow' | 'maySign'>;
  #waiting: (() => void)[] = [];

  /** @param signing what signs, from now on in turns only */
  constructor(signing: Pick<StreamHandler, 'allow' | 'maySign'>) {
    this.#signing = signing;
    signing.allow(0);
  }

  /** @param again tries again to answer; if that takes yet another signature, it comes back here */
  add(again: () => void): void {
    this.#waiting.push(again);
    if (this.#waiting.length === 1) setImmediate(() => this.#turn());
  }

  #turn(): void {
    const turn = this.#waiting;
    const signing = this.#signing;
    let done = 0;
    // What is added meanwhile comes behind all that wait.
    this.#waiting = [];
    signing.allow(1);
    while (done < turn.length && signing.maySign()) turn[done++]();
    signing.allow(0);
    const added = this.#waiting;
    if (done === turn.length) return;
    this.#waiting = [...turn.slice(done), ...added];
    // The first that was added has asked for another turn; those that go on waiting have not.
    if (added.length === 0) setImmediate(() => this.#turn());
  }
}

/** Notifications that a zone has changed elsewhere, on their way to the main thread: so many a second at most, as anybody may be believed to be a primary where no key is asked for. */

/** Sent to the main thread. */
export interface Notification {
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** The serial it tells of, if it does. */
  readonly serial: number | undefined;
  /** 4 or 16 octets. */
  readonly from: Uint8Array;
}

/** Of each worker, a second: what a primary with as many zones says when it starts. */
const MOST_A_SECOND = 1000;

export class NotificationPort {
  readonly #now: () => number;
  readonly #send: (notification: Notification) => void;
  #second = 0;
  #sent = 0;

  /** @param now a clock of seconds that costs little */
  constructor(now: () => number, send: (notification: Notification) => void) {
    this.#now = now;
    this.#send = send;
  }

  /** @returns whether it was sent on */
  take(apex: Uint8Array, serial: number | undefined, from: Uint8Array): boolean {
    const now = this.#now();
    if (now !== this.#second) {
      this.#second = now;
      this.#sent = 0;
    }
    if (this.#sent === MOST_A_SECOND) return false;
    this.#sent++;
    this.#send({ apex, serial, from });
    return true;
  }
}

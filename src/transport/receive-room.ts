/**
 * How many queries a socket may hold that have not been received yet. Enough for some 30 ms of a core's full speed while the worker keeps up: it may have to wait for its turn on
 * the CPU for several ticks of the scheduler, and what does not fit meanwhile is lost. Few while it does not keep up: under overload more would not be served sooner, only
 * later, and from memory that has left the caches (at 4 MiB receiving costs 5 % of the core more).
 */

/** Octets; the kernel doubles them and charges some 768 a query: about 11,000 of them, and 1,300. */
export const Room = { AMPLE: 4 << 20, SHORT: 512 << 10 } as const;
/** Full batches in a row of a worker that does not keep up: after the longest wait there is room for, it has fewer to catch up with. */
const MANY = 1024;

export class ReceiveRoom {
  readonly #set: (octets: number) => void;
  #full = 0;

  /** @param set sets how much the socket may hold; it has ample room at first */
  constructor(set: (octets: number) => void) {
    this.#set = set;
  }

  /** The worker has received a batch. @param isFull whether more is waiting, most likely */
  received(isFull: boolean): void {
    if (isFull) {
      if (++this.#full === MANY) this.#set(Room.SHORT);
      return;
    }
    if (this.#full >= MANY) this.#set(Room.AMPLE);
    this.#full = 0;
  }
}

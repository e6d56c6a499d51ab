/**
 * A worker's end of a ring (xdp-socket.ts): indexes that only grow, modulo 2^32, each written by one side. The kernel's entries count once its index says so, and ours
 * once ours does, which is why both are read and written atomically.
 */
import type { Libc } from '../libc.ts';
import type { RingPlace } from './xdp-socket.ts';
import { RING_ENTRIES } from './xdp-socket.ts';

const MASK = RING_ENTRIES - 1;
const NEED_WAKEUP = 1;

class Ring {
  /** Signed: the engine holds numbers of 31 bits and a sign as they are, and an index passes 2^31 after an hour or two of full speed. */
  protected readonly words: Int32Array;
  protected readonly producer: number;
  protected readonly consumer: number;
  /** The word the entries begin at. */
  protected readonly entries: number;
  readonly #flags: number;

  constructor(libc: Libc, place: RingPlace) {
    this.words = new Int32Array(libc.view(place.memory, place.octets));
    this.producer = place.producer / 4;
    this.consumer = place.consumer / 4;
    this.entries = place.entries / 4;
    this.#flags = place.flags / 4;
  }

  /** Whether the kernel waits to be woken before it looks at the ring. */
  get sleeping(): boolean {
    return (Atomics.load(this.words, this.#flags) & NEED_WAKEUP) !== 0;
  }
}

/** Entries from the kernel: `available`, then `take` each, then `done`. */
export class IncomingRing extends Ring {
  #next: number;

  constructor(libc: Libc, place: RingPlace) {
    super(libc, place);
    this.#next = this.words[this.consumer];
  }

  available(): number {
    return (Atomics.load(this.words, this.producer) - this.#next) >>> 0;
  }

  /** The place of the next entry's first word in `view`, for entries of `words` words. */
  take(words: number): number {
    const at = this.entries + (this.#next & MASK) * words;
    this.#next = (this.#next + 1) | 0;
    return at;
  }

  get view(): Int32Array {
    return this.words;
  }

  /** Gives what was taken back to the kernel. */
  done(): void {
    Atomics.store(this.words, this.consumer, this.#next);
  }
}

/** Entries for the kernel: `free`, then `put` each, then `done`. */
export class OutgoingRing extends Ring {
  #next: number;

  constructor(libc: Libc, place: RingPlace) {
    super(libc, place);
    this.#next = this.words[this.producer];
  }

  /** Entries there is room for. */
  free(): number {
    return RING_ENTRIES - this.waiting();
  }

  /** Entries the kernel has not taken yet. */
  waiting(): number {
    return (this.#next - Atomics.load(this.words, this.consumer)) >>> 0;
  }

  /** A frame's address. */
  putAddress(address: number): void {
    const at = this.entries + (this.#next & MASK) * 2;
    this.#next = (this.#next + 1) | 0;
    this.words[at] = address;
    this.words[at + 1] = 0;
  }

  /** A descriptor: address and octets. */
  putDescriptor(address: number, octets: number): void {
    const at = this.entries + (this.#next & MASK) * 4;
    this.#next = (this.#next + 1) | 0;
    this.words[at] = address;
    this.words[at + 1] = 0;
    this.words[at + 2] = octets;
    this.words[at + 3] = 0;
  }

  /** Shows the kernel what was put. */
  done(): void {
    Atomics.store(this.words, this.producer, this.#next);
  }
}

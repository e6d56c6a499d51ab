/**
 * An epoll instance of our own: descriptors, each with 32 bits that come back when it is ready.
 *
 * One epoll_event (man 3type epoll_event): `events`, then 64 bits of ours, of which the lower 32 are used. On x64 it is packed, 12 octets; elsewhere 16.
 */
import { NONE } from './descriptors.ts';
import type { Libc } from './libc.ts';
import { own } from './udp-loop.ts';

export const EPOLLIN = 1;
export const EPOLLOUT = 4;

const EPOLL_CLOEXEC = 0x80000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EVENT_WORDS = process.arch === 'x64' ? 3 : 4;
const DATA_WORD = process.arch === 'x64' ? 1 : 2;
/** Events of one wait. */
const EVENTS = 256;

export class Epoll {
  readonly #libc: Libc;
  readonly #fds: Int32Array;
  readonly #fd: number;
  readonly #events = own(EVENTS * EVENT_WORDS * 4);
  readonly #events32 = new Uint32Array(this.#events.buffer);
  readonly #event = own(EVENT_WORDS * 4);
  readonly #event32 = new Uint32Array(this.#event.buffer);
  readonly #eventsAt: number;
  readonly #eventAt: number;

  /**
   * @param fds where its descriptor is kept, in the first place, while it is open (descriptors.ts)
   * @throws Error if the system has no instance left for us
   */
  constructor(libc: Libc, fds: Int32Array) {
    this.#libc = libc;
    this.#fds = fds;
    this.#eventsAt = libc.pointer(this.#events);
    this.#eventAt = libc.pointer(this.#event);
    fds[0] = libc.epoll_create1(EPOLL_CLOEXEC);
    this.#fd = fds[0];
    if (this.#fd < 0) throw new Error(`epoll_create1 failed: error ${libc.errno()}`);
  }

  /** @returns below 0 when there is no memory, or there are too many watches (fs.epoll.max_user_watches) */
  add(fd: number, events: number, data: number): number {
    return this.#control(EPOLL_CTL_ADD, fd, events, data);
  }

  change(fd: number, events: number, data: number): void {
    this.#control(EPOLL_CTL_MOD, fd, events, data);
  }

  remove(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  /** Waits until something is ready, at most so many milliseconds. @returns how many are */
  wait(milliseconds: number): number {
    return this.#libc.epoll_wait(this.#fd, this.#eventsAt, EVENTS, milliseconds);
  }

  /** The data of the `i`-th that was ready after the last wait. */
  data(i: number): number {
    return this.#events32[i * EVENT_WORDS + DATA_WORD];
  }

  close(): void {
    this.#fds[0] = NONE;
    this.#libc.close(this.#fd);
  }

  #control(operation: number, fd: number, events: number, data: number): number {
    this.#event32[0] = events;
    this.#event32[DATA_WORD] = data;
    return this.#libc.epoll_ctl(this.#fd, operation, fd, this.#eventAt);
  }
}

/** A descriptor by which one thread wakes another that polls (eventfd(2)): readable from a ring until it is heard. */
import type { Libc } from './libc.ts';
import { own } from './udp-loop.ts';

const EFD_NONBLOCK = 0x800;
const EFD_CLOEXEC = 0x80000;
/** What is read and written: a count of 64 bits. */
const OCTETS = 8;

/** Main thread, which closes it. @throws Error when the system has no descriptor left for us */
export function openWake(libc: Libc): number {
  const fd = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw new Error(`eventfd failed: error ${libc.errno()}`);
  return fd;
}

export class Wake {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #count = own(OCTETS);

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.fd = fd;
  }

  ring(): void {
    this.#count.fill(0);
    this.#count[0] = 1;
    this.#libc.write(this.fd, this.#count, OCTETS);
  }

  /** @returns whether it had been rung since it was heard last */
  hear(): boolean {
    return this.#libc.read(this.fd, this.#count, OCTETS) === OCTETS;
  }
}

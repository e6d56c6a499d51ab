/** The loop of a UDP worker: waits for sources of messages, and has each served that has some. It never returns to node's event loop until it is told to stop. */
import { BATCH, type Batch } from '../answer/batch.ts';
import type { Libc } from './libc.ts';

const POLLIN = 1;
/** How long a worker sleeps without traffic before it looks whether it should stop. */
const POLL_MS = 20;

/** Where messages come from and replies go: a socket, or a queue of a network card. */
export interface UdpSource {
  /** Readable when messages are waiting. */
  readonly fd: number;
  /**
   * Takes up to BATCH messages, has them answered and sends the replies; never blocks.
   * @param isReadable whether `fd` is known to be readable; otherwise it may be
   * @returns how many messages there were
   */
  serve(isReadable: boolean): number;
  /** Answers messages again that waited for a signature, those of so many places (parked-queries.ts). */
  again?(places: Int32Array, count: number): void;
}

/** Sends a reply that comes later. */
export type WayBack = (reply: Uint8Array) => void;

/** What a batch is handed to. */
export interface BatchHandler {
  /** Messages were received: renew what must be as new as they are, then answer in place (Responder.respondBatch). */
  batch(batch: Batch): void;
  /**
   * Of the batch just answered: replies to some messages come later.
   * @param wayBack where the reply to a message of the batch goes; valid for as long as the socket is
   */
  later?(wayBack: (message: number) => WayBack): void;
  /** About to block. */
  idle(): void;
  /** Whether to end the loop. */
  readonly stopping: boolean;
  /** Whether a thread that may share the worker's core waits to make new answers true. */
  readonly isAwaited: boolean;
  /** Replies that could not be sent. */
  unsent(count: number): void;
  /** How long a batch of `count` messages was in our hands, from its receive until its replies were the kernel's; every SAMPLE_EVERYth batch. */
  served(milliseconds: number, count: number): void;
}

/** Serves the sources until the handler says stop. */
export function runUdpLoop(libc: Libc, sources: readonly UdpSource[], handler: BatchHandler): void {
  const pollfds = own(sources.length * 8);
  const fds = new Int32Array(pollfds.buffer);
  const events = new Int16Array(pollfds.buffer);
  sources.forEach((source, i) => {
    fds[i * 2] = source.fd;
    events[i * 4 + 2] = POLLIN;
  });
  let skipPoll = false;
  while (!handler.stopping) {
    if (!skipPoll) {
      handler.idle();
      if (libc.poll(pollfds, sources.length, POLL_MS) <= 0) continue;
    } else if (handler.isAwaited) {
      // Who never waits keeps the core until the scheduler's next tick (4 ms), and a move that is durable would not be true until then.
      libc.sched_yield();
    }
    // After a full batch more is waiting, most likely: ask the sources straight away.
    const all = skipPoll;
    skipPoll = false;
    for (let s = 0; s < sources.length; s++) {
      if (!all && events[s * 4 + 3] === 0) continue;
      if (sources[s].serve(!all) === BATCH) skipPoll = true;
    }
  }
  handler.idle();
}

/** A buffer whose address may be taken: nobody else's pool, never moved. */
export function own(octets: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(octets));
}

/**
 * A worker's side of a network card's queue: queries are answered in the frames they came in, and the frames go out again with addresses changed round. No copy of
 * ours, no socket buffer on the way in, no routing on the way out: the reply leaves by the interface and to the neighbour the query came from.
 *
 * A frame is always in one place: a ring, a batch, among those that wait for signatures, or among the `spare`. Received ones go from rx over the batch to tx, come back by completion, and are given to fill
 * again.
 */
import { BATCH, Batch } from '../../answer/batch.ts';
import { Channel } from '../../answer/counters.ts';
import { SAMPLE_EVERY } from '../../answer/service-time.ts';
import { PLACES } from '../../dnssec/signature-requests.ts';
import type { Libc } from '../libc.ts';
import type { BatchHandler, UdpSource } from '../udp-loop.ts';
import {
  CLIENT4,
  CLIENT6,
  ETHERNET,
  HEADERS4,
  HEADERS6,
  isIpv4,
  messageOctets,
  replyHeaders4,
  replyHeaders6,
} from './frame.ts';
import { IncomingRing, OutgoingRing } from './ring.ts';
import { FRAMES, type XdpQueue } from './xdp-socket.ts';

const MSG_DONTWAIT = 0x40;
const DESCRIPTOR_WORDS = 4;
const ADDRESS_WORDS = 2;
const NO_FRAME = -1;
/** In place of a reply's octets: the frame is kept. */
const KEPT = -1;

export class XdpSource implements UdpSource {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #handler: BatchHandler;
  readonly #memory: Uint8Array;
  readonly #words: Uint16Array;
  readonly #rx: IncomingRing;
  readonly #tx: OutgoingRing;
  readonly #fill: OutgoingRing;
  readonly #completion: IncomingRing;
  readonly #ipv4: Batch;
  readonly #ipv6: Batch;
  /** Frames in no ring. */
  readonly #spare = new Uint32Array(FRAMES);
  #spares = 0;
  /** To the beginning of a frame, from any place in it. */
  readonly #frameMask: number;
  #id = 0;
  #untilTimed: number = SAMPLE_EVERY;
  /** Where queries lie that wait for signatures, and their octets, by place. A frame whose place another source has got comes back when the place does. */
  readonly #waiting = new Int32Array(PLACES).fill(NO_FRAME);
  readonly #waitingOctets = new Int32Array(PLACES);
  readonly #number: number;

  /** @param number by which messages are told apart that wait */
  constructor(libc: Libc, queue: XdpQueue, handler: BatchHandler, number: number) {
    this.#number = number;
    this.fd = queue.fd;
    this.#libc = libc;
    this.#handler = handler;
    const memory = libc.view(queue.frames, FRAMES * queue.frameOctets);
    this.#memory = new Uint8Array(memory);
    this.#words = new Uint16Array(memory);
    this.#frameMask = ~(queue.frameOctets - 1);
    this.#rx = new IncomingRing(libc, queue.rx);
    this.#tx = new OutgoingRing(libc, queue.tx);
    this.#fill = new OutgoingRing(libc, queue.fill);
    this.#completion = new IncomingRing(libc, queue.completion);
    const room = queue.mtu + ETHERNET;
    this.#ipv4 = new Batch(this.#memory, room - HEADERS4, Channel.UDP_IPV4, this.#memory);
    this.#ipv6 = new Batch(this.#memory, room - HEADERS6, Channel.UDP_IPV6, this.#memory);
    for (let i = FRAMES - 1; i >= 0; i--) this.#spare[this.#spares++] = i * queue.frameOctets;
    this.#refill();
  }

  serve(): number {
    this.#reclaim();
    const count = Math.min(this.#rx.available(), BATCH);
    if (count === 0) {
      this.#refill();
      return 0;
    }
    const timed = --this.#untilTimed === 0;
    const began = timed ? performance.now() : 0;
    this.#receive(count);
    this.#answer(this.#ipv4, HEADERS4);
    this.#answer(this.#ipv6, HEADERS6);
    this.#send();
    this.#refill();
    if (timed) {
      this.#untilTimed = SAMPLE_EVERY;
      this.#handler.served(performance.now() - began, count);
    }
    return count;
  }

  again(places: Int32Array, count: number): void {
    this.#reclaim();
    this.#ipv4.count = 0;
    this.#ipv6.count = 0;
    for (let i = 0; i < count; i++) {
      const frame = this.#waiting[places[i]];
      if (frame === NO_FRAME) continue;
      this.#waiting[places[i]] = NO_FRAME;
      this.#add(frame, isIpv4(this.#memory, frame), this.#waitingOctets[places[i]]);
    }
    this.#answer(this.#ipv4, HEADERS4);
    this.#answer(this.#ipv6, HEADERS6);
    this.#send();
    this.#refill();
  }

  /** Puts the message of a frame into its family's batch. */
  #add(frame: number, four: boolean, octets: number): void {
    const batch = four ? this.#ipv4 : this.#ipv6;
    const n = batch.count++;
    batch.at[n] = frame + (four ? HEADERS4 : HEADERS6);
    batch.lengths[n] = octets;
    batch.clientAt[n] = frame + (four ? CLIENT4 : CLIENT6);
  }

  #receive(count: number): void {
    const { view } = this.#rx;
    const memory = this.#memory;
    this.#ipv4.count = 0;
    this.#ipv6.count = 0;
    for (let i = 0; i < count; i++) {
      const at = this.#rx.take(DESCRIPTOR_WORDS);
      const frame = view[at];
      const four = isIpv4(memory, frame);
      const octets = messageOctets(memory, frame, view[at + 2], four ? HEADERS4 : HEADERS6);
      if (octets < 0) {
        this.#spare[this.#spares++] = frame & this.#frameMask;
        continue;
      }
      this.#add(frame, four, octets);
    }
    this.#rx.done();
  }

  #answer(batch: Batch, headers: number): void {
    if (batch.count === 0) return;
    batch.source = this.#number;
    this.#handler.batch(batch);
    if (batch.waiting > 0) this.#keep(batch, headers);
    const four = headers === HEADERS4;
    const { at, lengths, count } = batch;
    let free = this.#tx.free();
    for (let i = 0; i < count; i++) {
      const frame = at[i] - headers;
      if (lengths[i] === KEPT) continue;
      if (lengths[i] === 0 || free === 0) {
        if (lengths[i] !== 0) this.#handler.unsent(1);
        this.#spare[this.#spares++] = frame & this.#frameMask;
        continue;
      }
      const octets = four
        ? replyHeaders4(this.#memory, this.#words, frame, lengths[i], (this.#id = (this.#id + 1) & 0xffff))
        : replyHeaders6(this.#memory, this.#words, frame, lengths[i]);
      this.#tx.putDescriptor(frame, octets);
      free--;
    }
  }

  /** Keeps the frames of messages that wait. */
  #keep({ at, lengths, waiting, waitingMessage, waitingOctets, waitingPlace }: Batch, headers: number): void {
    for (let k = 0; k < waiting; k++) {
      const i = waitingMessage[k];
      const place = waitingPlace[k];
      // Of one that had to give up its place.
      const before = this.#waiting[place];
      if (before !== NO_FRAME) this.#spare[this.#spares++] = before & this.#frameMask;
      this.#waiting[place] = at[i] - headers;
      this.#waitingOctets[place] = waitingOctets[k];
      lengths[i] = KEPT;
    }
  }

  /** What the kernel does not take at once it takes when it is polled, or when its driver gets to it. */
  #send(): void {
    const tx = this.#tx;
    tx.done();
    let before = tx.waiting();
    while (before > 0 && tx.sleeping) {
      this.#libc.sendto(this.fd, null, 0, MSG_DONTWAIT, null, 0);
      const waiting = tx.waiting();
      // An older kernel takes 32 frames a call.
      if (waiting === before) return;
      before = waiting;
    }
  }

  /** Takes back the frames that were sent. */
  #reclaim(): void {
    const completion = this.#completion;
    const count = completion.available();
    if (count === 0) return;
    const { view } = completion;
    for (let i = 0; i < count; i++)
      this.#spare[this.#spares++] = view[completion.take(ADDRESS_WORDS)] & this.#frameMask;
    completion.done();
  }

  #refill(): void {
    const fill = this.#fill;
    const count = Math.min(fill.free(), this.#spares);
    if (count === 0) return;
    for (let i = 0; i < count; i++) fill.putAddress(this.#spare[--this.#spares]);
    fill.done();
  }
}

/**
 * UDP in batches: recvmmsg takes up to 64 queries from the kernel, they are answered in the buffers they came in, sendmmsg gives them back. Everything is
 * allocated once.
 *
 * One mmsghdr (man 2 recvmmsg, 64-bit Linux), as words of 32 bits:
 *
 *     0  msg_name (pointer)     2  msg_namelen     4  msg_iov (pointer)   6  msg_iovlen
 *     8  msg_control (pointer) 10  msg_controllen 12  msg_flags          14  msg_len: octets received or sent
 *
 * The same headers serve both ways: the peer's address and the control message that says which of our addresses was asked
 * (IP_PKTINFO, IPV6_PKTINFO) are where the reply needs them.
 */
import { BATCH, Batch } from '../answer/batch.ts';
import { Channel } from '../answer/counters.ts';
import { SAMPLE_EVERY } from '../answer/service-time.ts';
import { PLACES } from '../dnssec/signature-requests.ts';
import type { PrefixSet } from '../net/prefix-set.ts';
import type { Libc } from './libc.ts';
import { type BatchHandler, own, type WayBack } from './udp-loop.ts';

const HEADER_WORDS = 16;
const NAME_LENGTH = 2;
const CONTROL_LENGTH = 10;
const RECEIVED = 14;
const NAME_OCTETS = 32;
/** Where the address lies in a sockaddr (man 7 ip, man 7 ipv6). */
const IPV4_ADDRESS_AT = 4;
const IPV6_ADDRESS_AT = 8;
const CONTROL_OCTETS = 64;
const MSG_DONTWAIT = 0x40;
/** Octets of a reply that comes later: header, zone, OPT and TSIG. */
const LONGEST_LATE = 1232;
/** Octets of a control message's header, before in_pktinfo or in6_pktinfo. */
const CMSG_HEADER = 16;
/** In in_pktinfo the interface index is first; in in6_pktinfo it follows the address. */
const IPV6_INDEX_AT = CMSG_HEADER + 16;

export interface UdpSocket {
  readonly fd: number;
  readonly ipv6: boolean;
  /** Bound to the wildcard address: replies must say where they come from. */
  readonly wildcard: boolean;
  /** Whom it answers; undefined for everybody. */
  readonly allow?: PrefixSet | undefined;
}

/** What a message that waits is kept in, by its place. */
class Kept {
  readonly messages: Uint8Array;
  readonly octets = new Int32Array(PLACES);
  readonly names = new Uint8Array(PLACES * NAME_OCTETS);
  readonly control = new Uint8Array(PLACES * CONTROL_OCTETS);
  readonly nameLength = new Int32Array(PLACES);
  readonly controlLength = new Int32Array(PLACES);

  constructor(stride: number) {
    this.messages = new Uint8Array(PLACES * stride);
  }
}

/** Octets between messages: room for the largest query and reply, and one octet to see that more was cut off. An odd number of cache lines, so that messages do not crowd the same cache sets. */
export function strideFor(udpSize: number): number {
  const lines = Math.ceil((udpSize + 1) / 64);
  return (lines % 2 === 0 ? lines + 1 : lines) * 64;
}

export class BatchedUdp {
  readonly #libc: Libc;
  readonly #handler: BatchHandler;
  readonly #stride: number;
  readonly #messages: Uint8Array;
  readonly #names = own(BATCH * NAME_OCTETS);
  readonly #ipv4: Batch;
  readonly #ipv6: Batch;
  readonly #control = own(BATCH * CONTROL_OCTETS);
  readonly #vectors = own(BATCH * 16);
  readonly #headers = own(BATCH * HEADER_WORDS * 4);
  /** The headers from each message on, for sending a run of them. */
  readonly #from: Uint8Array[];
  readonly #header32: Uint32Array;
  readonly #vector32: Uint32Array;
  readonly #control32: Uint32Array;
  /** Batches until one is timed. */
  #untilTimed: number = SAMPLE_EVERY;
  #kept: Kept | undefined;
  /** The socket of the batch under way. */
  #socket: UdpSocket | undefined;
  #late: LateReply | undefined;

  constructor(libc: Libc, udpSize: number, handler: BatchHandler) {
    this.#libc = libc;
    this.#handler = handler;
    this.#stride = strideFor(udpSize);
    this.#messages = own(BATCH * this.#stride);
    this.#header32 = new Uint32Array(this.#headers.buffer);
    this.#ipv4 = this.#batch(Channel.UDP_IPV4, IPV4_ADDRESS_AT);
    this.#ipv6 = this.#batch(Channel.UDP_IPV6, IPV6_ADDRESS_AT);
    this.#vector32 = new Uint32Array(this.#vectors.buffer);
    this.#control32 = new Uint32Array(this.#control.buffer);
    this.#from = Array.from({ length: BATCH }, (_, i) => this.#headers.subarray(i * HEADER_WORDS * 4));
    const headers = new BigUint64Array(this.#headers.buffer);
    const vectors = new BigUint64Array(this.#vectors.buffer);
    for (let i = 0; i < BATCH; i++) {
      vectors[i * 2] = libc.address(this.#messages) + BigInt(i * this.#stride);
      headers[i * 8] = libc.address(this.#names) + BigInt(i * NAME_OCTETS);
      headers[i * 8 + 2] = libc.address(this.#vectors) + BigInt(i * 16);
      headers[i * 8 + 3] = 1n;
      headers[i * 8 + 4] = libc.address(this.#control) + BigInt(i * CONTROL_OCTETS);
      this.#rearm(i);
    }
  }

  /** A batch over the buffers, of the messages of one family. */
  #batch(channel: Channel, addressAt: number): Batch {
    const batch = new Batch(this.#messages, this.#stride, channel, this.#names);
    for (let i = 0; i < BATCH; i++) {
      batch.at[i] = i * this.#stride;
      batch.clientAt[i] = i * NAME_OCTETS + addressAt;
    }
    return batch;
  }

  /**
   * Takes, answers and sends one batch of a socket.
   * @param source by which its messages are told apart that wait
   * @returns how many messages there were
   */
  serve(socket: UdpSocket, source: number): number {
    const count = this.#libc.recvmmsg(socket.fd, this.#headers, BATCH, MSG_DONTWAIT, null);
    if (count <= 0) return 0;
    const timed = --this.#untilTimed === 0;
    const began = timed ? performance.now() : 0;
    const batch = socket.ipv6 ? this.#ipv6 : this.#ipv4;
    const header32 = this.#header32;
    const lengths = batch.lengths;
    const stride = this.#stride;
    batch.count = count;
    batch.source = source;
    for (let i = 0; i < count; i++) {
      const received = header32[i * HEADER_WORDS + RECEIVED];
      // As long as the buffer: something was cut off, and what is left can't be judged.
      lengths[i] = received === stride ? 0 : received;
    }
    this.#answer(socket, batch);
    if (timed) {
      this.#untilTimed = SAMPLE_EVERY;
      this.#handler.served(performance.now() - began, count);
    }
    return count;
  }

  /** Answers messages of a socket again that waited. @param source as in `serve` */
  again(socket: UdpSocket, source: number, places: Int32Array, count: number): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    const batch = socket.ipv6 ? this.#ipv6 : this.#ipv4;
    const header32 = this.#header32;
    const stride = this.#stride;
    batch.count = count;
    batch.source = source;
    for (let i = 0; i < count; i++) {
      const place = places[i];
      copy(kept.messages, place * stride, this.#messages, i * stride, kept.octets[place]);
      copy(kept.names, place * NAME_OCTETS, this.#names, i * NAME_OCTETS, NAME_OCTETS);
      copy(kept.control, place * CONTROL_OCTETS, this.#control, i * CONTROL_OCTETS, CONTROL_OCTETS);
      batch.lengths[i] = kept.octets[place];
      header32[i * HEADER_WORDS + NAME_LENGTH] = kept.nameLength[place];
      header32[i * HEADER_WORDS + CONTROL_LENGTH] = kept.controlLength[place];
    }
    this.#answer(socket, batch);
  }

  #answer(socket: UdpSocket, batch: Batch): void {
    const { lengths, count } = batch;
    batch.allow = socket.allow;
    this.#handler.batch(batch);
    if (batch.waiting > 0) this.#keep(batch);
    if (socket.wildcard) this.#forgetInterface(socket.ipv6, count);
    this.#socket = socket;
    this.#handler.later?.(this.#wayBack);
    this.#send(socket.fd, lengths, count);
    for (let i = 0; i < count; i++) this.#rearm(i);
  }

  /** Keeps what is needed to answer the messages that wait, and to whom. */
  #keep({ waiting, waitingMessage, waitingOctets, waitingPlace }: Batch): void {
    this.#kept ??= new Kept(this.#stride);
    const kept = this.#kept;
    const header32 = this.#header32;
    const stride = this.#stride;
    for (let k = 0; k < waiting; k++) {
      const i = waitingMessage[k];
      const place = waitingPlace[k];
      copy(this.#messages, i * stride, kept.messages, place * stride, waitingOctets[k]);
      copy(this.#names, i * NAME_OCTETS, kept.names, place * NAME_OCTETS, NAME_OCTETS);
      copy(this.#control, i * CONTROL_OCTETS, kept.control, place * CONTROL_OCTETS, CONTROL_OCTETS);
      kept.octets[place] = waitingOctets[k];
      kept.nameLength[place] = header32[i * HEADER_WORDS + NAME_LENGTH];
      kept.controlLength[place] = header32[i * HEADER_WORDS + CONTROL_LENGTH];
    }
  }

  /** Where the reply to a message of the batch goes: to whom it came from, from the address that was asked. */
  readonly #wayBack = (message: number): WayBack => {
    const { fd } = this.#socket!;
    const at = message * HEADER_WORDS;
    const name = this.#names.slice(message * NAME_OCTETS, (message + 1) * NAME_OCTETS);
    const control = this.#control.slice(message * CONTROL_OCTETS, (message + 1) * CONTROL_OCTETS);
    const lengths = [this.#header32[at + NAME_LENGTH], this.#header32[at + CONTROL_LENGTH]] as const;
    return (reply) => {
      this.#late ??= new LateReply(this.#libc);
      if (!this.#late.send(fd, name, control, lengths, reply)) this.#handler.unsent(1);
    };
  };

  /** Sends the replies in runs: messages without one are stepped over, and so is one the kernel refuses (source port 0). */
  #send(fd: number, lengths: Int32Array, count: number): void {
    const vector32 = this.#vector32;
    for (let i = 0; i < count; i++) vector32[i * 4 + 2] = lengths[i];
    let i = 0;
    while (i < count) {
      if (lengths[i] === 0) {
        i++;
        continue;
      }
      let end = i + 1;
      while (end < count && lengths[end] !== 0) end++;
      while (i < end) {
        const sent = this.#libc.sendmmsg(fd, this.#from[i], end - i, 0);
        if (sent > 0) i += sent;
        else {
          this.#handler.unsent(1);
          i++;
        }
      }
    }
  }

  /**
   * The reply leaves from the address that was asked, by whatever interface routing says: anycast VIPs are on loopback interfaces. A link-local address means
   * nothing without its interface, so there it stays.
   */
  #forgetInterface(ipv6: boolean, count: number): void {
    const control32 = this.#control32;
    const control = this.#control;
    for (let i = 0; i < count; i++) {
      const at = i * CONTROL_OCTETS;
      if (!ipv6) control32[(at + CMSG_HEADER) >>> 2] = 0;
      else if (control[at + CMSG_HEADER] !== 0xfe || (control[at + CMSG_HEADER + 1] & 0xc0) !== 0x80) {
        control32[(at + IPV6_INDEX_AT) >>> 2] = 0;
      }
    }
  }

  /** Lengths are in and out: set them for the next receive. */
  #rearm(i: number): void {
    this.#header32[i * HEADER_WORDS + NAME_LENGTH] = NAME_OCTETS;
    this.#header32[i * HEADER_WORDS + CONTROL_LENGTH] = CONTROL_OCTETS;
    this.#vector32[i * 4 + 2] = this.#stride;
  }
}

/** One message's header and buffers, for replies that come later than their batch. */
class LateReply {
  readonly #libc: Libc;
  readonly #message = own(LONGEST_LATE);
  readonly #name = own(NAME_OCTETS);
  readonly #control = own(CONTROL_OCTETS);
  readonly #vector = own(16);
  readonly #header = own(HEADER_WORDS * 4);

  constructor(libc: Libc) {
    this.#libc = libc;
    const vector = new BigUint64Array(this.#vector.buffer);
    vector[0] = libc.address(this.#message);
    const header = new BigUint64Array(this.#header.buffer);
    header[0] = libc.address(this.#name);
    header[2] = libc.address(this.#vector);
    header[3] = 1n;
    header[4] = libc.address(this.#control);
  }

  /** @returns whether the kernel took it */
  send(
    fd: number,
    name: Uint8Array,
    control: Uint8Array,
    [nameLength, controlLength]: readonly [number, number],
    reply: Uint8Array,
  ): boolean {
    if (reply.length > LONGEST_LATE) return false;
    this.#message.set(reply);
    this.#name.set(name);
    this.#control.set(control);
    const header = new Uint32Array(this.#header.buffer);
    header[NAME_LENGTH] = nameLength;
    header[CONTROL_LENGTH] = controlLength;
    new Uint32Array(this.#vector.buffer)[2] = reply.length;
    return this.#libc.sendmmsg(fd, this.#header, 1, 0) === 1;
  }
}

/** So few octets that a view would cost more. */
function copy(from: Uint8Array, at: number, to: Uint8Array, toAt: number, octets: number): void {
  for (let i = 0; i < octets; i++) to[toAt + i] = from[at + i];
}

/**
 * One AF_XDP socket: frames of memory shared with the kernel, and four rings through which the two hand each other frames
 * (Documentation/networking/af_xdp.rst of Linux).
 *
 *     fill        ours -> kernel   frames it may write what is received into
 *     rx          kernel -> ours   frames with something received
 *     tx          ours -> kernel   frames to be sent
 *     completion  kernel -> ours   frames that were sent
 *
 * The main thread opens it; the worker that serves the queue maps what `XdpQueue` names. When that worker dies the socket is closed and another is opened, because nobody
 * knows which frames the dead one had in its hands.
 */
import type { Libc } from '../libc.ts';
import { own } from '../udp-loop.ts';

const AF_XDP = 44;
const SOCK_RAW_CLOEXEC = 3 | 0x80000;
const SOL_XDP = 283;
const Option = { MMAP_OFFSETS: 1, RX_RING: 2, TX_RING: 3, UMEM_REG: 4, FILL_RING: 5, COMPLETION_RING: 6, TX_BUDGET: 9 };
/** Where a ring is in the socket's file. */
const PageOffset = { RX: 0, TX: 0x8000_0000, FILL: 0x1_0000_0000, COMPLETION: 0x1_8000_0000 };
/** The kernel says when it wants to be woken, else it need not be. */
const USE_NEED_WAKEUP = 1 << 3;
const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 1 | 0x8000;
const MAP_PRIVATE_ANONYMOUS_POPULATE = 2 | 0x20 | 0x8000;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const Statistics = { OPTION: 7, OCTETS: 48 } as const;
/** Octets the kernel keeps free before each frame (XDP_PACKET_HEADROOM). */
export const KERNEL_HEADROOM = 256;
/** Frames waiting in a ring: about what a socket's receive buffer holds. */
export const RING_ENTRIES = 2048;
/** As many on the way out as on the way in. */
export const FRAMES = RING_ENTRIES * 2;
export const DESCRIPTOR_OCTETS = 16;
export const ADDRESS_OCTETS = 8;

/** Where in its mapping the parts of a ring lie, in octets. */
export interface RingPlace {
  readonly memory: bigint;
  readonly octets: number;
  readonly producer: number;
  readonly consumer: number;
  readonly entries: number;
  readonly flags: number;
}

/** What a worker needs to serve a queue. */
export interface XdpQueue {
  readonly fd: number;
  readonly frames: bigint;
  /** Octets of a frame, a power of two. */
  readonly frameOctets: number;
  /** Octets of the largest packet that can be sent: IP header and all. */
  readonly mtu: number;
  readonly rx: RingPlace;
  readonly tx: RingPlace;
  readonly fill: RingPlace;
  readonly completion: RingPlace;
}

/** A step that the kernel refused. */
export class XdpSocketError extends Error {
  readonly errno: number;

  constructor(what: string, errno: number) {
    super(`${what}: error ${errno}`);
    this.errno = errno;
  }
}

export class XdpSocket {
  readonly queue: XdpQueue;
  readonly #libc: Libc;
  readonly #mappings: (readonly [memory: bigint, octets: number])[] = [];

  /** Opens a socket and binds it to a queue. Until it is in the program's map it receives nothing. @throws XdpSocketError, with everything closed again */
  constructor(libc: Libc, interfaceIndex: number, queue: number, mtu: number) {
    this.#libc = libc;
    const fd = libc.socket(AF_XDP, SOCK_RAW_CLOEXEC, 0);
    if (fd < 0) throw new XdpSocketError('a socket of AF_XDP', libc.errno());
    try {
      // Ethernet and the tags a card may leave in front of the packet lie within the rounding.
      const frameOctets = mtu + KERNEL_HEADROOM + 64 <= 2048 ? 2048 : 4096;
      const frames = this.#map(null, FRAMES * frameOctets, MAP_PRIVATE_ANONYMOUS_POPULATE, -1, 0);
      const registration = own(32);
      const view = new DataView(registration.buffer);
      view.setBigUint64(0, frames, true);
      view.setBigUint64(8, BigInt(FRAMES * frameOctets), true);
      view.setUint32(16, frameOctets, true);
      this.#set(fd, Option.UMEM_REG, registration, 'memory for frames');
      for (const option of [Option.FILL_RING, Option.COMPLETION_RING, Option.RX_RING, Option.TX_RING])
        this.#set(fd, option, u32(RING_ENTRIES), 'a ring of frames');
      const rings = this.#rings(fd);
      // A batch a call where the kernel can; 32 otherwise.
      libc.setsockopt(fd, SOL_XDP, Option.TX_BUDGET, u32(64), 4);
      this.#bind(fd, interfaceIndex, queue);
      const packet = Math.min(mtu, frameOctets - KERNEL_HEADROOM - 64);
      this.queue = { fd, frames, frameOctets, mtu: packet, ...rings };
    } catch (error) {
      this.#close(fd);
      throw error;
    }
  }

  /** Frames that were for this socket and were lost: too large, or no ring had a place for them. */
  get lost(): number {
    // struct xdp_statistics: u64 each of rx_dropped, rx_invalid_descs, tx_invalid_descs, rx_ring_full, rx_fill_ring_empty_descs, tx_ring_empty_descs.
    const statistics = own(Statistics.OCTETS);
    const length = u32(statistics.length);
    if (this.#libc.getsockopt(this.queue.fd, SOL_XDP, Statistics.OPTION, statistics, length) < 0) return 0;
    const view = new DataView(statistics.buffer);
    return [0, 8, 24].reduce((sum, at) => sum + Number(view.getBigUint64(at, true)), 0);
  }

  /** Nothing may use the queue any longer. */
  close(): void {
    this.#close(this.queue.fd);
  }

  #close(fd: number): void {
    this.#libc.close(fd);
    for (const [memory, octets] of this.#mappings.splice(0)) this.#libc.munmap(memory, octets);
  }

  #rings(fd: number): Pick<XdpQueue, 'rx' | 'tx' | 'fill' | 'completion'> {
    const offsets = own(128);
    const length = u32(offsets.length);
    if (this.#libc.getsockopt(fd, SOL_XDP, Option.MMAP_OFFSETS, offsets, length) < 0)
      throw new XdpSocketError('the layout of rings', this.#libc.errno());
    const view = new DataView(offsets.buffer);
    // Four of struct xdp_ring_offset: rx, tx, fill, completion.
    const ring = (index: number, page: number, entryOctets: number): RingPlace => {
      const [producer, consumer, entries, flags] = [0, 8, 16, 24].map((at) =>
        Number(view.getBigUint64(index * 32 + at, true)),
      );
      const octets = entries + RING_ENTRIES * entryOctets;
      const memory = this.#map(null, octets, MAP_SHARED_POPULATE, fd, page);
      return { memory, octets, producer, consumer, entries, flags };
    };
    return {
      rx: ring(0, PageOffset.RX, DESCRIPTOR_OCTETS),
      tx: ring(1, PageOffset.TX, DESCRIPTOR_OCTETS),
      fill: ring(2, PageOffset.FILL, ADDRESS_OCTETS),
      completion: ring(3, PageOffset.COMPLETION, ADDRESS_OCTETS),
    };
  }

  #bind(fd: number, interfaceIndex: number, queue: number): void {
    // struct sockaddr_xdp
    const address = own(16);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_XDP, true);
    view.setUint16(2, USE_NEED_WAKEUP, true);
    view.setUint32(4, interfaceIndex, true);
    view.setUint32(8, queue, true);
    if (this.#libc.bind(fd, address, address.length) < 0)
      throw new XdpSocketError(`queue ${queue}`, this.#libc.errno());
  }

  #set(fd: number, option: number, value: Uint8Array, what: string): void {
    if (this.#libc.setsockopt(fd, SOL_XDP, option, value, value.length) < 0)
      throw new XdpSocketError(what, this.#libc.errno());
  }

  #map(at: null, octets: number, flags: number, fd: number, offset: number): bigint {
    const memory = this.#libc.mmap(at, octets, PROT_READ_WRITE, flags, fd, offset);
    if (memory === null || memory === MAP_FAILED)
      throw new XdpSocketError(`${octets} octets of memory`, this.#libc.errno());
    this.#mappings.push([memory, octets]);
    return memory;
  }
}

function u32(value: number): Uint8Array {
  const buffer = own(4);
  new DataView(buffer.buffer).setUint32(0, value, true);
  return buffer;
}

/**
 * Queries by AF_XDP from the load's end of the veth pair, and their replies, in one thread and one loop: what neither kxdpgun nor dnsperf does is asking with options of our
 * own, and looking at each reply and its time while it saturates. Uses the server's own rings (src/transport/xdp/).
 */
import { readFileSync } from 'node:fs';
import { parseAddress } from '../src/net/address.ts';
import { type Libc, loadLibc } from '../src/transport/libc.ts';
import { XdpInterface } from '../src/transport/xdp/interface.ts';
import { IncomingRing, OutgoingRing } from '../src/transport/xdp/ring.ts';
import { FRAMES, type XdpQueue } from '../src/transport/xdp/xdp-socket.ts';

/** Where the load is and whom it asks. */
export interface LoadPlace {
  readonly interface: string;
  /** IPv4 addresses; those of the load are in turn. */
  readonly from: readonly string[];
  readonly to: string;
  /** Of the server: six octets in hexadecimal, with colons. */
  readonly mac: string;
}

/** Frames ready to be sent, `stride` octets apart. */
export interface Questions {
  readonly count: number;
  readonly stride: number;
  readonly frames: Int32Array;
  readonly lengths: Uint8Array;
}

/** Of the load's side; kxdpgun takes what comes to ports from here on, so a server sees no other clients. */
const PORT = 2000;
/** Ethernet, IPv4, UDP. */
const HEADERS = 42;
/** Of a frame, so that its length is an octet. */
const MOST_OCTETS = 255;
/** Queries a call. */
export const BATCH = 64;
const MSG_DONTWAIT = 0x40;
const DESCRIPTOR_WORDS = 4;
const ADDRESS_WORDS = 2;

export class XdpLoad {
  readonly #libc: Libc;
  readonly #device: XdpInterface;
  readonly #queue: XdpQueue;
  readonly #place: LoadPlace;
  readonly #octets: Uint8Array;
  readonly #words: Int32Array;
  readonly #frameMask: number;
  readonly #rx: IncomingRing;
  readonly #tx: OutgoingRing;
  readonly #fill: OutgoingRing;
  readonly #completion: IncomingRing;
  /** Frames in no ring, of the half that is for sending. */
  readonly #spare = new Int32Array(FRAMES / 2);
  #spares = 0;

  private constructor(libc: Libc, device: XdpInterface, queue: XdpQueue, place: LoadPlace) {
    this.#libc = libc;
    this.#device = device;
    this.#queue = queue;
    this.#place = place;
    const memory = libc.view(queue.frames, FRAMES * queue.frameOctets);
    this.#octets = new Uint8Array(memory);
    this.#words = new Int32Array(memory);
    this.#frameMask = ~(queue.frameOctets - 1);
    this.#rx = new IncomingRing(libc, queue.rx);
    this.#tx = new OutgoingRing(libc, queue.tx);
    this.#fill = new OutgoingRing(libc, queue.fill);
    this.#completion = new IncomingRing(libc, queue.completion);
    for (let i = 0; i < FRAMES / 2; i++) {
      this.#fill.putAddress(i * queue.frameOctets);
      this.#spare[this.#spares++] = (FRAMES / 2 + i) * queue.frameOctets;
    }
    this.#fill.done();
  }

  /** @throws XdpError */
  static async open(place: LoadPlace): Promise<XdpLoad> {
    const libc = loadLibc();
    if (libc === undefined) throw new Error('koffi does not work here');
    const device = new XdpInterface(
      libc,
      place.interface,
      place.from.map((host) => ({ host, port: PORT })),
    );
    return new XdpLoad(libc, device, await device.open(0), place);
  }

  /** The interface is as before. */
  close(): void {
    this.#device.close();
  }

  /** Messages as frames, the first from the first of our addresses, and so on. @throws RangeError when one is too long */
  prepare(messages: readonly Uint8Array[]): Questions {
    const ethernet = ethernetHeader(this.#place);
    const froms = this.#place.from.map((address) => parseAddress(address) as Uint8Array);
    const to = parseAddress(this.#place.to) as Uint8Array;
    const longest = HEADERS + messages.reduce((most, { length }) => Math.max(most, length), 0);
    if (longest > MOST_OCTETS) throw new RangeError(`a question of ${longest - HEADERS} octets`);
    const stride = (longest + 3) & ~3;
    const bytes = new Uint8Array(messages.length * stride);
    const lengths = new Uint8Array(messages.length);
    for (const [i, message] of messages.entries()) {
      lengths[i] = HEADERS + message.length;
      bytes.set(headers(ethernet, froms[i % froms.length], to, message.length), i * stride);
      bytes.set(message, i * stride + HEADERS);
    }
    return { count: messages.length, stride, frames: new Int32Array(bytes.buffer), lengths };
  }

  /**
   * Sends a question, with an id of 16 bits, by the next `flush`.
   * @returns false when there is no room: nothing was taken
   */
  put({ frames, lengths, stride }: Questions, number: number, id: number): boolean {
    if (this.#spares === 0) this.#reclaim();
    if (this.#spares === 0 || this.#tx.free() === 0) return false;
    const to = this.#spare[--this.#spares];
    const from = (number * stride) >>> 2;
    const length = lengths[number];
    for (let w = 0; w < (length + 3) >>> 2; w++) this.#words[(to >>> 2) + w] = frames[from + w];
    this.#octets[to + HEADERS] = id >>> 8;
    this.#octets[to + HEADERS + 1] = id;
    this.#tx.putDescriptor(to, length);
    return true;
  }

  /** Frames that the kernel has not sent yet. */
  get unsent(): number {
    return this.#tx.waiting();
  }

  /** Replies that came and were lost at this end: its ring holds a few milliseconds of them, and the load did not have its core for longer. */
  get lost(): number {
    return this.#device.lost;
  }

  flush(): void {
    this.#tx.done();
    if (this.#tx.sleeping) this.#libc.sendto(this.#queue.fd, null, 0, MSG_DONTWAIT, null, 0);
    this.#reclaim();
  }

  /** Shows all replies that have come. @param each is told where in `octets` a message lies, for as long as it is called */
  receive(each: (octets: Uint8Array, at: number, length: number) => void): void {
    const count = this.#rx.available();
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const at = this.#rx.take(DESCRIPTOR_WORDS);
      const frame = this.#rx.view[at];
      each(this.#octets, frame + HEADERS, this.#rx.view[at + 2] - HEADERS);
      this.#fill.putAddress(frame & this.#frameMask);
    }
    this.#rx.done();
    this.#fill.done();
  }

  #reclaim(): void {
    const count = this.#completion.available();
    if (count === 0) return;
    for (let i = 0; i < count; i++)
      this.#spare[this.#spares++] = this.#completion.view[this.#completion.take(ADDRESS_WORDS)] & this.#frameMask;
    this.#completion.done();
  }
}

function ethernetHeader({ interface: name, mac }: LoadPlace): Buffer {
  const own = readFileSync(`/sys/class/net/${name}/address`, 'utf8').trim();
  const octets = [mac, own].flatMap((text) => text.split(':').map((octet) => Number.parseInt(octet, 16)));
  return Buffer.from([...octets, 0x08, 0]);
}

/** Ethernet, IPv4 and UDP of a message; without a UDP checksum, which RFC 768 allows. */
function headers(ethernet: Uint8Array, from: Uint8Array, to: Uint8Array, length: number): Buffer {
  const [total, udp] = [length + 28, length + 8];
  const ip = Buffer.from([...[0x45, 0, total >>> 8, total, 0, 0, 0, 0, 64, 17, 0, 0], ...from, ...to]);
  let sum = 0;
  for (let i = 0; i < ip.length; i += 2) sum += ip.readUInt16BE(i);
  sum = (sum & 0xffff) + (sum >>> 16);
  ip.writeUInt16BE(~(sum + (sum >>> 16)) & 0xffff, 10);
  const ports = [PORT >>> 8, PORT & 0xff, 0, 53, udp >>> 8, udp, 0, 0];
  return Buffer.concat([ethernet, ip, Buffer.from(ports)]);
}

/**
 * XDP at one interface: the program and its maps, and a socket for each receive queue. All of it goes with the process: a server that dies leaves the interface to the
 * kernel, as if nothing had been there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseAddress } from '../../net/address.ts';
import type { Libc } from '../libc.ts';
import type { ListenAddress } from '../socket-address.ts';
import { Bpf, BpfError, MapType } from './bpf.ts';
import { KEY_OCTETS, xdpProgram } from './program.ts';
import { type XdpQueue, XdpSocket, XdpSocketError } from './xdp-socket.ts';

const EPERM = 1;
const EBUSY = 16;
const ENOBUFS = 105;
const SKB_MODE = 2;
/** A socket closed just now may hold its queue for a moment longer. */
const OPEN_TRIES = 100;
const OPEN_WAIT_MS = 20;

/** Why an interface can't be used, and what to do about it. */
export class XdpError extends Error {}

export class XdpInterface {
  readonly name: string;
  /** Receive queues. */
  readonly queues: number;
  /** Whether the driver runs the program; else the kernel does, after it has made a socket buffer, which is slower. */
  readonly native: boolean;
  readonly #libc: Libc;
  readonly #bpf: Bpf;
  readonly #index: number;
  readonly #mtu: number;
  readonly #sockets = new Map<number, XdpSocket>();
  readonly #socketMap: number;
  readonly #descriptors: number[] = [];
  /** What sockets that were closed had lost. */
  #lost = 0;

  /**
   * Puts the program at the interface. It passes everything on until queues are opened.
   * @param addresses that are listened on, none of them a wildcard
   * @throws XdpError, with everything undone
   */
  constructor(libc: Libc, name: string, addresses: readonly ListenAddress[]) {
    this.#libc = libc;
    this.#bpf = new Bpf(libc);
    this.name = name;
    this.#index = libc.if_nametoindex(name);
    if (this.#index === 0)
      throw new XdpError(`xdp: this machine has no interface "${name}"; name one that \`ip link\` lists`);
    const folder = `/sys/class/net/${name}`;
    this.queues = readdirSync(`${folder}/queues`).filter((queue) => queue.startsWith('rx-')).length;
    this.#mtu = Number(readFileSync(`${folder}/mtu`, 'utf8'));
    try {
      const map = this.#keep(this.#bpf.createMap(MapType.HASH, KEY_OCTETS, 4, addresses.length));
      for (const address of addresses) this.#bpf.update(map, keyOf(address), new Uint8Array(4));
      this.#socketMap = this.#keep(this.#bpf.createMap(MapType.XSKMAP, 4, 4, this.queues));
      const program = this.#keep(this.#bpf.loadXdp(xdpProgram(map, this.#socketMap)));
      this.native = this.#link(program);
    } catch (error) {
      this.close();
      throw explained(name, error);
    }
  }

  /** Opens the socket of a queue, in place of the one there was, which nobody may use any longer. @throws XdpError */
  async open(queue: number): Promise<XdpQueue> {
    this.closeQueue(queue);
    for (let tries = 1; ; tries++) {
      try {
        const socket = new XdpSocket(this.#libc, this.#index, queue, this.#mtu);
        this.#sockets.set(queue, socket);
        this.#bpf.update(this.#socketMap, word(queue), word(socket.queue.fd));
        return socket.queue;
      } catch (error) {
        const busy = error instanceof XdpSocketError && error.errno === EBUSY;
        if (!busy || tries === OPEN_TRIES) throw explained(this.name, error);
        await new Promise((resolve) => setTimeout(resolve, OPEN_WAIT_MS));
      }
    }
  }

  /** Frames that were lost on the way from the interface to a worker. */
  get lost(): number {
    let sum = this.#lost;
    for (const socket of this.#sockets.values()) sum += socket.lost;
    return sum;
  }

  /** Leaves a queue to the kernel. */
  closeQueue(queue: number): void {
    const socket = this.#sockets.get(queue);
    if (socket === undefined) return;
    this.#lost += socket.lost;
    socket.close();
    this.#sockets.delete(queue);
  }

  /** Leaves the interface to the kernel. Nothing may use its queues any longer. */
  close(): void {
    for (const fd of this.#descriptors.splice(0).reverse()) this.#libc.close(fd);
    for (const queue of [...this.#sockets.keys()]) this.closeQueue(queue);
  }

  #link(program: number): boolean {
    try {
      this.#keep(this.#bpf.link(program, this.#index, 0));
      return true;
    } catch (error) {
      if (!(error instanceof BpfError) || error.errno === EBUSY || error.errno === EPERM) throw error;
      this.#keep(this.#bpf.link(program, this.#index, SKB_MODE));
      return false;
    }
  }

  #keep(fd: number): number {
    this.#descriptors.push(fd);
    return fd;
  }
}

/** The key of an address in the program's map (program.ts). */
function keyOf({ host, port }: ListenAddress): Uint8Array {
  const key = new Uint8Array(KEY_OCTETS);
  const octets = parseAddress(host) ?? new Uint8Array(4);
  if (octets.length === 4) key.set([0xff, 0xff], 10);
  key.set(octets, 16 - octets.length);
  key[16] = port >>> 8;
  key[17] = port;
  return key;
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

function explained(name: string, error: unknown): unknown {
  if (!(error instanceof BpfError) && !(error instanceof XdpSocketError)) return error;
  if (error.errno === EPERM)
    return new XdpError(
      `xdp: ${name}: this user may not use XDP: give the process CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF, or leave xdp: out (${error.message})`,
    );
  if (error.errno === ENOBUFS)
    return new XdpError(
      `xdp: ${name}: this process may not lock enough memory: 8 MiB a queue; raise LimitMEMLOCK= of its unit (ulimit -l), or leave xdp out (${error.message})`,
    );
  if (error.errno === EBUSY)
    return new XdpError(
      `xdp: ${name}: another program uses XDP there (\`ip link show ${name}\` names it); stop it or leave ${name} out of xdp: (${error.message})`,
    );
  return new XdpError(`xdp: ${name}: ${error.message}; leave ${name} out of xdp: to serve it by sockets`);
}

/** The bpf system call (man 2 bpf): maps, programs, and the link that ties a program to an interface for as long as its descriptor is open. */
import type { Libc } from '../libc.ts';
import { own } from '../udp-loop.ts';

const SYSCALL = { x64: 321, arm64: 280 } as const;
const Command = { MAP_CREATE: 0, MAP_UPDATE_ELEM: 2, PROG_LOAD: 5, LINK_CREATE: 28 } as const;
export const MapType = { HASH: 1, XSKMAP: 17 } as const;
const PROG_TYPE_XDP = 6;
const ATTACH_XDP = 37;
/** union bpf_attr, as much of it as is used here. */
const ATTR_OCTETS = 128;
/** What the kernel has to say about a program it refuses. */
const LOG_OCTETS = 65536;
const NAME_OCTETS = 16;
const LICENSE = 'Apache-2.0';
const EAGAIN = 11;
const MOST_TRIES = 50;

/** A call the kernel refused. */
export class BpfError extends Error {
  readonly errno: number;

  constructor(what: string, errno: number, detail = '') {
    super(`${what}: error ${errno}${detail === '' ? '' : `: ${detail}`}`);
    this.errno = errno;
  }
}

export class Bpf {
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** @returns the map's descriptor */
  createMap(type: number, keyOctets: number, valueOctets: number, entries: number): number {
    const attr = attributes();
    [type, keyOctets, valueOctets, entries].forEach((word, i) => {
      attr.setUint32(i * 4, word, true);
    });
    name(attr, 28);
    return this.#call(Command.MAP_CREATE, attr, 'a BPF map');
  }

  update(map: number, key: Uint8Array, value: Uint8Array): void {
    const [ownKey, ownValue] = [copy(key), copy(value)];
    const attr = attributes();
    attr.setUint32(0, map, true);
    attr.setBigUint64(8, this.#libc.address(ownKey), true);
    attr.setBigUint64(16, this.#libc.address(ownValue), true);
    this.#call(Command.MAP_UPDATE_ELEM, attr, 'an entry of a BPF map', [ownKey, ownValue]);
  }

  /** @returns the program's descriptor */
  loadXdp(instructions: Uint8Array): number {
    const code = copy(instructions);
    const license = copy(new TextEncoder().encode(`${LICENSE}\0`));
    const log = own(LOG_OCTETS);
    const attr = attributes();
    attr.setUint32(0, PROG_TYPE_XDP, true);
    attr.setUint32(4, code.length / 8, true);
    attr.setBigUint64(8, this.#libc.address(code), true);
    attr.setBigUint64(16, this.#libc.address(license), true);
    attr.setUint32(24, 1, true);
    attr.setUint32(28, LOG_OCTETS, true);
    attr.setBigUint64(32, this.#libc.address(log), true);
    name(attr, 48);
    attr.setUint32(68, ATTACH_XDP, true);
    return this.#call(Command.PROG_LOAD, attr, 'the XDP program', [code, license], log);
  }

  /**
   * Ties a program to an interface.
   * @param flags XDP_FLAGS of linux/if_link.h; 0 for the driver if it can, else the kernel
   * @returns a descriptor: closing it, or the process's end, unties it
   */
  link(program: number, interfaceIndex: number, flags: number): number {
    const attr = attributes();
    [program, interfaceIndex, ATTACH_XDP, flags].forEach((word, i) => {
      attr.setUint32(i * 4, word, true);
    });
    return this.#call(Command.LINK_CREATE, attr, 'the XDP program at its interface');
  }

  /** `_kept` are buffers whose addresses are in `attr`. */
  #call(command: number, attr: DataView, what: string, _kept: readonly Uint8Array[] = [], log?: Uint8Array): number {
    const octets = new Uint8Array(attr.buffer);
    for (let tries = 1; ; tries++) {
      const result = this.#libc.syscall(SYSCALL[process.arch as keyof typeof SYSCALL], command, octets, ATTR_OCTETS);
      if (result >= 0) return result;
      const errno = this.#libc.errno();
      // The verifier gives up when a signal is waiting, which a profiler sends all the time.
      if (errno === EAGAIN && tries < MOST_TRIES) continue;
      throw new BpfError(what, errno, log === undefined ? '' : lastLines(log));
    }
  }
}

function attributes(): DataView {
  return new DataView(new ArrayBuffer(ATTR_OCTETS));
}

/** A buffer whose address may be taken. */
function copy(octets: Uint8Array): Uint8Array {
  const copied = own(octets.length);
  copied.set(octets);
  return copied;
}

function name(attr: DataView, at: number): void {
  new Uint8Array(attr.buffer).set(new TextEncoder().encode('steerd').subarray(0, NAME_OCTETS - 1), at);
}

function lastLines(log: Uint8Array): string {
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0)));
  return text.trim().split('\n').slice(-3).join('; ');
}

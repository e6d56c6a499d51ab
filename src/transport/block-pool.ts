/**
 * Memory of connections that hold something: a message that has not come whole, or answers the kernel has not taken. Blocks come in sizes that double, so
 * that a connection holds at most twice what it must, and are used again; a connection that holds nothing has none.
 */

const SMALLEST = 512;
/** Octets of free blocks that are kept; what is more than that goes to the garbage collector. */
const KEPT = 1 << 20;

export interface Block {
  /** In an ArrayBuffer of its own. */
  readonly bytes: Uint8Array;
  /** Where the first octet is, for system calls. */
  readonly address: number;
}

export class BlockPool {
  readonly #pointer: (buffer: Uint8Array) => number;
  /** Free blocks by size: 512, 1024, … */
  readonly #free: Block[][] = [];
  #kept = 0;

  /** @param pointer gives a buffer's address */
  constructor(pointer: (buffer: Uint8Array) => number) {
    this.#pointer = pointer;
  }

  /** Octets of free blocks. */
  get kept(): number {
    return this.#kept;
  }

  /** A block of at least so many octets; what is in it is left from others. */
  take(octets: number): Block {
    const size = sizeIndex(octets);
    const free = this.#free[size]?.pop();
    if (free !== undefined) {
      this.#kept -= free.bytes.length;
      return free;
    }
    const bytes = new Uint8Array(new ArrayBuffer(SMALLEST << size));
    return { bytes, address: this.#pointer(bytes) };
  }

  give(block: Block): void {
    const octets = block.bytes.length;
    if (this.#kept + octets > KEPT) return;
    this.#kept += octets;
    const size = sizeIndex(octets);
    while (this.#free.length <= size) this.#free.push([]);
    this.#free[size].push(block);
  }
}

function sizeIndex(octets: number): number {
  return octets <= SMALLEST ? 0 : 32 - Math.clz32((octets - 1) >>> 9);
}

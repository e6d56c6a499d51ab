/**
 * The names a file has had so far, and where. A million of them, so no object each: an open-addressing table of 32-bit hashes, and the
 * names' octets one after another, to be sure.
 */

/** Words a slot has: hash, offset of the name in the arena plus 1 (0: free). */
const SLOT = 2;

export class NameSet {
  #slots = new Uint32Array(1 << 10);
  #count = 0;
  /** Each name: its line (32 bits), its length, its octets. */
  #arena = new Uint8Array(1 << 12);
  #end = 0;

  /**
   * Adds the name in `name[0, end)`.
   * @returns 0, or the line it was added with before
   */
  add(name: Uint8Array, end: number, line: number): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < end; i++) hash = Math.imul(hash ^ name[i], 0x01000193);
    hash = mix(hash);
    const mask = this.#slots.length / SLOT - 1;
    let slot = hash & mask;
    for (; this.#slots[slot * SLOT + 1] !== 0; slot = (slot + 1) & mask) {
      if (this.#slots[slot * SLOT] !== hash) continue;
      const at = this.#slots[slot * SLOT + 1] - 1;
      if (this.#same(at, name, end)) return this.#line(at);
    }
    this.#slots[slot * SLOT] = hash;
    this.#slots[slot * SLOT + 1] = this.#append(name, end, line) + 1;
    this.#count++;
    if (this.#count * 3 > mask * 2) this.#grow();
    return 0;
  }

  #same(at: number, name: Uint8Array, end: number): boolean {
    const arena = this.#arena;
    if (arena[at + 4] !== end) return false;
    for (let i = 0; i < end; i++) if (arena[at + 5 + i] !== name[i]) return false;
    return true;
  }

  #line(at: number): number {
    const a = this.#arena;
    return ((a[at] << 24) | (a[at + 1] << 16) | (a[at + 2] << 8) | a[at + 3]) >>> 0;
  }

  #append(name: Uint8Array, end: number, line: number): number {
    const at = this.#end;
    if (at + 5 + end > this.#arena.length) {
      const larger = new Uint8Array(this.#arena.length * 2);
      larger.set(this.#arena);
      this.#arena = larger;
    }
    const arena = this.#arena;
    arena[at] = line >>> 24;
    arena[at + 1] = line >>> 16;
    arena[at + 2] = line >>> 8;
    arena[at + 3] = line;
    arena[at + 4] = end;
    for (let i = 0; i < end; i++) arena[at + 5 + i] = name[i];
    this.#end = at + 5 + end;
    return at;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    const mask = slots.length / SLOT - 1;
    for (let i = 0; i < old.length; i += SLOT) {
      if (old[i + 1] === 0) continue;
      let slot = old[i] & mask;
      while (slots[slot * SLOT + 1] !== 0) slot = (slot + 1) & mask;
      slots[slot * SLOT] = old[i];
      slots[slot * SLOT + 1] = old[i + 1];
    }
    this.#slots = slots;
  }
}

/** Spreads FNV's high bits over the low ones, which choose the slot (murmur3's finalizer). */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Messages in a byte stream, each behind its length in two octets (RFC 1035 §4.2.2), in whatever pieces they arrive.
 */
const PREFIX = 2;

export class FrameReader {
  #pending: Uint8Array = new Uint8Array(0);

  /** Octets held of a message not complete yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Takes a piece of the stream and calls `message` for each message completed by it. The view is only valid during the call.
   * @returns how many messages there were; `message` may return false to stop, and the rest of the piece is then kept, or 'again' to have the message itself kept too
   */
  push(piece: Uint8Array, message: (bytes: Uint8Array) => boolean | 'again'): number {
    let bytes = piece;
    if (this.#pending.length > 0) {
      bytes = new Uint8Array(this.#pending.length + piece.length);
      bytes.set(this.#pending);
      bytes.set(piece, this.#pending.length);
    }
    let p = 0;
    let count = 0;
    let more: boolean | 'again' = true;
    while (more === true && p + PREFIX <= bytes.length) {
      const end = p + PREFIX + ((bytes[p] << 8) | bytes[p + 1]);
      if (end > bytes.length) break;
      more = message(bytes.subarray(p + PREFIX, end));
      if (more === 'again') break;
      count++;
      p = end;
    }
    this.#pending = p === bytes.length ? new Uint8Array(0) : bytes.slice(p);
    return count;
  }
}

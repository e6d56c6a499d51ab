/** What both stream transports have in common: the limits of connections, and who answers. */

export interface TcpLimits {
  /** Milliseconds. */
  readonly idleTimeout: number;
  readonly maxConnections: number;
  /** Per client address (IPv6: per /64). */
  readonly maxPerClient: number;
  /** Queries answered before the client has taken the answers to earlier ones. */
  readonly maxPipelined: number;
}

/** Messages that follow an answer without being asked for: a transfer. */
export interface Following {
  /**
   * Writes the next message at `at`.
   * @returns its octets, 0 when there are no more
   * @throws Error when there should be more and can't be: the connection is to be closed
   */
  next(buffer: Uint8Array, at: number, room: number): number;
  /** Ends it early. */
  close(): void;
}

export interface StreamHandler {
  /** A receive has returned: whatever is answered from here on must be as new as that. */
  received(): void;
  /**
   * Answers the message at [at, at + length) in place; the reply may be up to 65,535 octets from `at` on.
   * @param client the client's address, 4 or 16 octets
   * @returns its octets, 0 for none
   */
  answer(buffer: Uint8Array, at: number, length: number, ipv6: boolean, client: Uint8Array): number;
  /** How many signatures that are not there yet may be made from here on. */
  allow(signatures: number): void;
  /** Whether one may still be made. */
  maySign(): boolean;
  /** Whether the message given to `answer` last waits until one may be made: it is as it was, and is to be given again. */
  isAwaiting(): boolean;
  /** What follows the message that was answered last. Until it has ended nothing else is answered on that connection. */
  following(): Following | undefined;
  /**
   * After an answer of 0 octets: whether the reply comes later. Until then nothing else is answered on that connection.
   * @param back what to do with it; it may come when the connection is no more
   */
  later(back: (reply: Uint8Array) => void): boolean;
  /** Nothing is read from the tables until the next `received`. */
  idle(): void;
  /** A connection was opened, or turned away. */
  opened(): void;
  refused(): void;
  /** The header of a proxy was taken, or what stood in its place refused. */
  header(isTaken: boolean): void;
  /** How long a message was in our hands, from its receive until its reply was written; one of SAMPLE_EVERY messages. */
  served(milliseconds: number): void;
}

/** The longest message (RFC 1035 §4.2.2). */
export const MAX_MESSAGE = 0xffff;
/** Octets of the length before a message. */
export const PREFIX = 2;

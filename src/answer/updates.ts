/** What the responder wants of dynamic updates (RFC 2136): it knows who may ask, and leaves the rest to the one writer. */

/** An update that is answered later. */
export interface BegunUpdate {
  /** The message up to its TSIG, which its ARCOUNT still counts. */
  readonly message: Uint8Array;
  /** The key that it was signed with, wire form, lower case. */
  readonly key: Uint8Array;
  /** Its MAC, which the reply's signature is bound to. */
  readonly mac: Uint8Array;
  /** Whether it has an OPT. */
  readonly edns: boolean;
  /** The address it came from: 4 or 16 octets. */
  readonly client: Uint8Array;
}

/** One of a batch. */
export interface HeldUpdate {
  readonly message: number;
  readonly update: BegunUpdate;
}

/** Keeps count of updates under way. */
export interface UpdateGate {
  /** Whether another one of a client may be. @param client 4 or 16 octets */
  hasRoom(client: Uint8Array): boolean;
}

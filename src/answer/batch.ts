/**
 * Messages that were received together and are answered together, in the memory they lie in: between the system calls of one transport, or in frames that a
 * network card's driver filled. The transport makes a batch once and fills it again and again.
 */
import type { PrefixSet } from '../net/prefix-set.ts';
import { Channel } from './counters.ts';

/** The most messages a batch holds. */
export const BATCH = 64;

export class Batch {
  /** What messages lie in. A reply is written over its query. */
  readonly messages: Uint8Array;
  /** The same octets, to be copied into by words. */
  readonly view: DataView;
  /** Where in `messages` each begins. */
  readonly at = new Int32Array(BATCH);
  /** Octets of each; afterwards octets of its reply, 0 for none. */
  readonly lengths = new Int32Array(BATCH);
  /** Octets that any reply may fill from where its query began. */
  readonly room: number;
  /** How all of them came. */
  readonly channel: Channel;
  /** What the clients' addresses lie in. */
  readonly clients: Uint8Array;
  /** Where in `clients` each address begins: 4 or 16 octets, by the channel. */
  readonly clientAt = new Int32Array(BATCH);
  /** Whom the listener answers that they came to; undefined for everybody. */
  allow: PrefixSet | undefined;
  /** How many messages there are. */
  count = 0;
  /** Where they are from, as the transport tells its sources apart. */
  source = 0;
  /** How many of them wait for signatures: as they came, with no reply yet. */
  waiting = 0;
  /** Of each that waits: which message it is, its octets, and its place (parking.ts). */
  readonly waitingMessage = new Int32Array(BATCH);
  readonly waitingOctets = new Int32Array(BATCH);
  readonly waitingPlace = new Int32Array(BATCH);

  constructor(messages: Uint8Array, room: number, channel: Channel, clients: Uint8Array) {
    this.messages = messages;
    this.view = new DataView(messages.buffer, messages.byteOffset, messages.byteLength);
    this.room = room;
    this.channel = channel;
    this.clients = clients;
  }

  /** Octets of the clients' addresses. */
  get addressSize(): number {
    return addressSize(this.channel);
  }
}

/** Octets of the addresses a channel's queries come from. */
export function addressSize(channel: Channel): number {
  return (channel & 1) === Channel.UDP_IPV4 ? 4 : 16;
}

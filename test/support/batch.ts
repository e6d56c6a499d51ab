/** Batches as a transport would make them. */
import { Batch } from '../../src/answer/batch.ts';
import { Channel } from '../../src/answer/counters.ts';
import type { Responder } from '../../src/answer/responder.ts';

/** Octets a message and its reply may have here. */
export const ROOM = 4096;
const CLIENT_ROOM = 32;

export interface BatchOptions {
  /** IPv4 unless told otherwise. */
  readonly channel?: Channel;
  /** What lies between and behind messages. */
  readonly fill?: number;
}

/** A batch of these messages. Addresses lie as in sockaddrs: with other octets before and behind. */
export function makeBatch(
  messages: readonly Uint8Array[],
  clients: readonly Uint8Array[] = [],
  { channel = Channel.UDP_IPV4, fill = 0 }: BatchOptions = {},
): Batch {
  const addresses = new Uint8Array(messages.length * CLIENT_ROOM).fill(0xaa);
  const batch = new Batch(new Uint8Array(messages.length * ROOM).fill(fill), ROOM, channel, addresses);
  batch.count = messages.length;
  messages.forEach((message, i) => {
    batch.at[i] = i * ROOM;
    batch.lengths[i] = message.length;
    batch.messages.set(message, i * ROOM);
    batch.clientAt[i] = i * CLIENT_ROOM + 8;
    addresses.set(clients[i] ?? new Uint8Array(16), i * CLIENT_ROOM + 8);
  });
  return batch;
}

/** The octets of message i, or of its reply. */
export function messageOf({ messages, at, lengths }: Batch, i: number): Uint8Array {
  return messages.subarray(at[i], at[i] + lengths[i]);
}

/** The reply to one message. Over IPv4 or IPv6 by the client's address unless the channel is told. */
export function answerOne(
  responder: Responder,
  message: Uint8Array,
  { client, ...options }: BatchOptions & { readonly client?: Uint8Array } = {},
): Uint8Array {
  const channel = options.channel ?? (client?.length === 16 ? Channel.UDP_IPV6 : Channel.UDP_IPV4);
  const batch = makeBatch([message], client === undefined ? [] : [client], { ...options, channel });
  responder.respondBatch(batch);
  return messageOf(batch, 0);
}

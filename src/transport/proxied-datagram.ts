/** A datagram by itself, from node's sockets: what ProxiedBatches does of batches. */
import { Counter } from '../answer/counters.ts';
import { parseAddress } from '../net/address.ts';
import type { PrefixSet } from '../net/prefix-set.ts';
import { NOT_TOLD, proxiedAt, proxiedSize, proxyHeader } from './proxy-header.ts';

/** A message, and whose it is: an address as text, or 4 or 16 octets. */
export interface Unwrapped {
  /** Empty where it can't be judged. */
  readonly message: Uint8Array;
  readonly client: Uint8Array | string;
}

/**
 * Takes the header off a message of a trusted proxy; others' are left as they are.
 * @param counters this worker's row
 * @param from     whose packet it is
 */
export function unwrapDatagram(
  proxies: PrefixSet,
  counters: Uint32Array,
  message: Uint8Array,
  from: string,
): Unwrapped {
  const peer = parseAddress(from);
  if (peer === undefined || !proxies.has(peer, 0, peer.length)) return { message, client: from };
  const header = proxyHeader(message, 0, message.length);
  if (header <= 0) {
    counters[Counter.PROXY_REFUSED]++;
    return { message: message.subarray(0, 0), client: from };
  }
  counters[Counter.PROXY_TAKEN]++;
  const at = proxiedAt(message, 0);
  const client = at === NOT_TOLD ? from : message.subarray(at, at + proxiedSize(message, 0));
  return { message: message.subarray(header), client };
}

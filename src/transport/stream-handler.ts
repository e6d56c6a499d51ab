/** What answers messages of streams in a worker: its tables and counters. */
import { type Channel, Counter } from '../answer/counters.ts';
import { countServiceTime } from '../answer/service-time.ts';
import { MAX_MESSAGE, type StreamHandler } from './stream.ts';
import type { Answering } from './worker-tables.ts';

/** @param ipv4 how messages of IPv4 clients come, and `ipv6` those of others */
export function streamHandler(answering: Answering, ipv4: Channel, ipv6: Channel): StreamHandler {
  const { counters, generation, responder, updates } = answering;
  // Where the response lies that was written last.
  let response: Uint8Array = new Uint8Array(0);
  let responseAt = 0;
  return {
    received: () => answering.enter(),
    answer(buffer, at, length, isIpv6, client) {
      const channel = isIpv6 ? ipv6 : ipv4;
      const octets = responder.respond(buffer, at, length, MAX_MESSAGE, channel, client);
      answering.note(client, buffer, at, octets, channel);
      response = buffer;
      responseAt = at;
      return octets;
    },
    allow(signatures) {
      responder.allowance = signatures;
    },
    maySign: () => responder.allowance > 0,
    isAwaiting: () => responder.isAwaiting,
    following: () => answering.following(response, responseAt),
    later(back) {
      const update = responder.takeUpdate();
      if (update === undefined || updates === undefined) return false;
      updates.begin(update, false, back);
      return true;
    },
    idle: () => generation.idle(),
    opened() {
      counters[Counter.CONNECTIONS]++;
    },
    refused() {
      counters[Counter.CONNECTIONS_REFUSED]++;
    },
    header(isTaken) {
      counters[isTaken ? Counter.PROXY_TAKEN : Counter.PROXY_REFUSED]++;
    },
    served: (milliseconds) => countServiceTime(counters, milliseconds * 1000, 1),
  };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeaderOf, LOCAL, proxyHeader } from '../../test/support/proxy.ts';
import { BATCH, Batch } from '../answer/batch.ts';
import { Channel, COUNTER_WORDS, Counter } from '../answer/counters.ts';
import { parsePrefix } from '../net/prefix.ts';
import { PrefixSet } from '../net/prefix-set.ts';
import { ProxiedBatches } from './proxied-batches.ts';

const ROOM = 256;
const PROXIES = new PrefixSet([parsePrefix('192.0.2.8/32')!]);
const PROXY = Uint8Array.of(192, 0, 2, 8);
const OTHER = Uint8Array.of(192, 0, 2, 9);

/** One datagram, and what is to become of it. */
interface Sent {
  readonly from: Uint8Array;
  readonly octets: Uint8Array;
  readonly message: Uint8Array;
  readonly client: Uint8Array;
}

const message = fc.uint8Array({ minLength: 1, maxLength: 60 });
const source = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => octets.with(0, 0x20)),
);
const header = fc.oneof(
  fc.record({ source, tlvs: fc.uint8Array({ maxLength: 40 }) }),
  fc.constant<HeaderOf>({ command: LOCAL }),
);

const direct = message.map((octets): Sent => ({ from: OTHER, octets, message: octets, client: OTHER }));
const disguised = fc.tuple(header, message).map(([of, m]): Sent => {
  const octets = Buffer.concat([proxyHeader(of), m]);
  return { from: OTHER, octets, message: octets, client: OTHER };
});
const proxied = fc.tuple(header, message).map(
  ([of, m]): Sent => ({
    from: PROXY,
    octets: Buffer.concat([proxyHeader(of), m]),
    message: m,
    client: of.source ?? PROXY,
  }),
);
const bare = message.map((octets): Sent => ({ from: PROXY, octets, message: new Uint8Array(0), client: PROXY }));

describe('batches with datagrams of proxies', () => {
  it('are answered by family of the clients, each message its own, where it lies', () => {
    const octets = new Uint8Array(BATCH * ROOM);
    const peers = new Uint8Array(BATCH * 8);
    const batch = new Batch(octets, ROOM, Channel.UDP_IPV4, peers);
    const counters = new Uint32Array(COUNTER_WORDS);
    let answered: { message: number[]; client: number[] }[] = [];
    // Answers with the message backwards; to what is empty not at all.
    const proxies = new ProxiedBatches(PROXIES, counters, (half) => {
      for (let i = 0; i < half.count; i++) {
        const m = half.messages.subarray(half.at[i], half.at[i] + half.lengths[i]);
        const client = half.clients.subarray(half.clientAt[i], half.clientAt[i] + half.addressSize);
        answered.push({ message: [...m], client: [...client] });
        m.reverse();
      }
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(direct, disguised, proxied, bare), { minLength: 1, maxLength: BATCH }), (sent) => {
        answered = [];
        counters.fill(0);
        batch.count = sent.length;
        sent.forEach((one, i) => {
          batch.at[i] = i * ROOM;
          batch.lengths[i] = one.octets.length;
          batch.clientAt[i] = i * 8;
          octets.set(one.octets, i * ROOM);
          peers.set(one.from, i * 8);
        });
        proxies.answer(batch);
        const families = [4, 16].flatMap((size) => sent.filter(({ client }) => client.length === size));
        expect(answered).toEqual(families.map((one) => ({ message: [...one.message], client: [...one.client] })));
        sent.forEach((one, i) => {
          const reply = octets.subarray(i * ROOM, i * ROOM + batch.lengths[i]);
          expect([...reply]).toEqual([...one.message].reverse());
        });
        const ofProxy = sent.filter(({ from }) => from === PROXY);
        const refused = ofProxy.filter(({ message: m }) => m.length === 0).length;
        expect(counters[Counter.PROXY_REFUSED]).toBe(refused);
        expect(counters[Counter.PROXY_TAKEN]).toBe(ofProxy.length - refused);
      }),
      { numRuns: 300 },
    );
  });
});

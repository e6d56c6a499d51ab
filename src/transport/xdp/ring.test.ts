import { describe, expect, it } from 'vitest';
import type { Libc } from '../libc.ts';
import { IncomingRing, OutgoingRing } from './ring.ts';
import { ADDRESS_OCTETS, DESCRIPTOR_OCTETS, RING_ENTRIES } from './xdp-socket.ts';

/** A ring in memory of the test's own: producer, consumer and flags, a cache line each, then entries. */
function ring(octets: number, index: number) {
  const memory = new ArrayBuffer(256 + RING_ENTRIES * octets);
  const words = new Uint32Array(memory);
  words[0] = index;
  words[16] = index;
  const place = { memory: 0n, octets: memory.byteLength, producer: 0, consumer: 64, flags: 128, entries: 256 };
  return { words, place, libc: { view: () => memory } as unknown as Libc };
}

describe.each([0, 2 ** 31 - 3, 2 ** 32 - 3])('rings whose indexes begin at %d', (index) => {
  it('take what the kernel puts, in order, and say so', () => {
    const { words, place, libc } = ring(DESCRIPTOR_OCTETS, index);
    const incoming = new IncomingRing(libc, place);
    expect(incoming.available()).toBe(0);
    for (let i = 0; i < 6; i++) words[64 + ((index + i) % RING_ENTRIES) * 4] = 1000 + i;
    words[0] = index + 6;
    expect(incoming.available()).toBe(6);
    const taken = Array.from({ length: 6 }, () => incoming.view[incoming.take(DESCRIPTOR_OCTETS / 4)]);
    expect(taken).toEqual([1000, 1001, 1002, 1003, 1004, 1005]);
    expect([incoming.available(), words[16]]).toEqual([0, index]);
    incoming.done();
    expect(words[16]).toBe((index + 6) % 2 ** 32);
  });

  it('show the kernel what is put once it is done, and how much room is left', () => {
    const { words, place, libc } = ring(ADDRESS_OCTETS, index);
    const outgoing = new OutgoingRing(libc, place);
    expect(outgoing.free()).toBe(RING_ENTRIES);
    for (let i = 0; i < 6; i++) outgoing.putAddress(2048 * i);
    expect([words[0], outgoing.waiting(), outgoing.free()]).toEqual([index, 6, RING_ENTRIES - 6]);
    outgoing.done();
    expect(words[0]).toBe((index + 6) % 2 ** 32);
    expect(words[64 + ((index + 5) % RING_ENTRIES) * 2]).toBe(2048 * 5);
    words[16] = index + 6;
    expect(outgoing.waiting()).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLIENT4,
  CLIENT6,
  HEADERS4,
  HEADERS6,
  isIpv4,
  messageOctets,
  replyHeaders4,
  replyHeaders6,
  UDP,
} from './frame.ts';

interface Datagram {
  readonly ipv6: boolean;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly ports: readonly [number, number];
  readonly payload: Uint8Array;
}

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const datagram: fc.Arbitrary<Datagram> = fc.boolean().chain((ipv6) =>
  fc.record({
    ipv6: fc.constant(ipv6),
    from: octets(ipv6 ? 16 : 4),
    to: octets(ipv6 ? 16 : 4),
    ports: fc.tuple(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 })),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
);

/** Where frames begin in the tests' memory. */
const FRAME = 256;

/** A frame as it comes, with other octets all around and checksums that nobody has filled in (as between two ends of a veth). */
function received({ ipv6, from, to, ports, payload }: Datagram): Buffer {
  const memory = Buffer.alloc(2048, 0xa5);
  const frame = memory.subarray(FRAME);
  frame.set([2, 0, 0, 0, 0, 0xaa, 2, 0, 0, 0, 0, 0xbb], 0);
  const length = UDP + payload.length;
  if (ipv6) {
    frame.writeUInt16BE(0x86dd, 12);
    frame.writeUInt32BE(0x6b123456, 14);
    frame.writeUInt16BE(length, 18);
    frame.set([17, 255], 20);
    frame.set([...from, ...to], CLIENT6);
  } else {
    frame.writeUInt16BE(0x0800, 12);
    frame.set([0x45, 0xb8], 14);
    frame.writeUInt16BE(20 + length, 16);
    frame.writeUInt32BE(0x12344000, 18);
    frame.set([3, 17, 0xde, 0xad], 22);
    frame.set([...from, ...to], CLIENT4);
  }
  const udp = ipv6 ? 54 : 34;
  frame.writeUInt16BE(ports[0], udp);
  frame.writeUInt16BE(ports[1], udp + 2);
  frame.writeUInt16BE(length, udp + 4);
  frame.set(payload, udp + UDP);
  return memory;
}

/** The Internet checksum of whole octets, straight from RFC 1071: 0 when a checksum among them is right. */
function checksum(parts: readonly (readonly number[] | Uint8Array)[]): number {
  const all = parts.flatMap((part) => [...part]);
  let sum = 0;
  for (let i = 0; i < all.length; i += 2) sum += (all[i] << 8) | (all[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum >>> 16) + (sum & 0xffff);
  return ~sum & 0xffff;
}

function replied(memory: Buffer, ipv6: boolean, length: number, id = 1): Buffer {
  const words = new Uint16Array(memory.buffer, memory.byteOffset, memory.length / 2);
  const end = ipv6 ? replyHeaders6(memory, words, FRAME, length) : replyHeaders4(memory, words, FRAME, length, id);
  return memory.subarray(FRAME, FRAME + end);
}

describe('headers of a frame', () => {
  it('of a query become those of its reply, with right checksums', () => {
    fc.assert(
      fc.property(datagram, fc.uint8Array({ maxLength: 400 }), (query, reply) => {
        const { ipv6, from, to, ports } = query;
        const memory = received(query);
        const headers = ipv6 ? HEADERS6 : HEADERS4;
        memory.set(reply, FRAME + headers);
        const frame = replied(memory, ipv6, reply.length);
        expect(frame.length).toBe(headers + reply.length);
        expect([...frame.subarray(0, 12)]).toEqual([2, 0, 0, 0, 0, 0xbb, 2, 0, 0, 0, 0, 0xaa]);
        const size = from.length;
        const source = ipv6 ? CLIENT6 : CLIENT4;
        expect([...frame.subarray(source, source + 2 * size)]).toEqual([...to, ...from]);
        const udp = frame.subarray(headers - UDP);
        expect([udp.readUInt16BE(0), udp.readUInt16BE(2), udp.readUInt16BE(4)]).toEqual([
          ports[1],
          ports[0],
          UDP + reply.length,
        ]);
        expect([...udp.subarray(UDP)]).toEqual([...reply]);
        expect(udp.readUInt16BE(6)).not.toBe(0);
        const pseudo = [...to, ...from, 0, 17, udp.length >>> 8, udp.length & 0xff];
        expect(checksum([pseudo, udp])).toBe(0);
        if (ipv6) {
          expect(frame.readUInt32BE(14)).toBe(0x60000000);
          expect([frame.readUInt16BE(18), frame[20], frame[21]]).toEqual([udp.length, 17, 64]);
        } else {
          expect(checksum([frame.subarray(14, 34)])).toBe(0);
          expect([frame[14], frame[15], frame.readUInt16BE(16)]).toEqual([0x45, 0, 20 + udp.length]);
          // The ID that was given, and no flag: it may be fragmented.
          expect([frame.readUInt32BE(18), frame[22], frame[23]]).toEqual([0x00010000, 64, 17]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('touch nothing but the frame', () => {
    fc.assert(
      fc.property(datagram, (query) => {
        const memory = received(query);
        const before = Buffer.from(memory);
        const frame = replied(memory, query.ipv6, query.payload.length);
        expect(memory.subarray(0, FRAME)).toEqual(before.subarray(0, FRAME));
        expect(memory.subarray(FRAME + frame.length)).toEqual(before.subarray(FRAME + frame.length));
      }),
    );
  });

  it('say how long the message is, padding not counted, and when they contradict each other', () => {
    fc.assert(
      fc.property(datagram, fc.nat(60), (query, padding) => {
        const memory = received(query);
        const headers = query.ipv6 ? HEADERS6 : HEADERS4;
        const length = headers + query.payload.length;
        expect(isIpv4(memory, FRAME)).toBe(!query.ipv6);
        expect(messageOctets(memory, FRAME, length + padding, headers)).toBe(query.payload.length);
        if (query.payload.length > 0) expect(messageOctets(memory, FRAME, length - 1, headers)).toBe(-1);
        memory.writeUInt16BE(UDP - 1, FRAME + headers - 4);
        expect(messageOctets(memory, FRAME, length, headers)).toBe(-1);
      }),
    );
  });
});

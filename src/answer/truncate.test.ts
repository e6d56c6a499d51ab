import { describe, expect, it } from 'vitest';
import { truncate } from './truncate.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const HEAD = 'abcd 8500 0001';
const QUESTION = '03777777 076578616d706c65 00 0001 0001';
const A = 'c00c 0001 0001 0000003c 0004 c0000201';
const SOA = 'c010 0006 0001 0000003c 0018 c00c c010 00000001 00000002 00000003 00000004 00000005';
const OPT = '00 0029 04d0 00 00 8000 0006 000f 0002 0014';
const ROOM = 8;

/** What becomes of a reply, which has other octets before and behind. */
function cut(reply: string): string {
  const octets = hex(reply);
  const m = new Uint8Array(ROOM + octets.length + ROOM).fill(0xaa);
  m.set(octets, ROOM);
  const length = truncate(m, ROOM, octets.length);
  expect(m.subarray(0, ROOM)).toEqual(new Uint8Array(ROOM).fill(0xaa));
  return Buffer.from(m.subarray(ROOM, ROOM + length)).toString('hex');
}

const same = (text: string): string => Buffer.from(hex(text)).toString('hex');

describe('a truncated reply', () => {
  it('has its question alone', () => {
    expect(cut(`${HEAD} 0001 0000 0000 ${QUESTION} ${A}`)).toBe(same(`abcd 8700 0001 0000 0000 0000 ${QUESTION}`));
    expect(cut(`${HEAD} 0000 0001 0000 ${QUESTION} ${SOA}`)).toBe(same(`abcd 8700 0001 0000 0000 0000 ${QUESTION}`));
    expect(cut(`${HEAD} 0000 0000 0000 ${QUESTION}`)).toBe(same(`abcd 8700 0001 0000 0000 0000 ${QUESTION}`));
  });

  it('keeps the OPT, wherever it is', () => {
    const kept = same(`abcd 8700 0001 0000 0000 0001 ${QUESTION} ${OPT}`);
    expect(cut(`${HEAD} 0002 0001 0002 ${QUESTION} ${A} ${A} ${SOA} ${A} ${OPT}`)).toBe(kept);
    expect(cut(`${HEAD} 0000 0000 0001 ${QUESTION} ${OPT}`)).toBe(kept);
    expect(cut(`${HEAD} 0001 0000 0002 ${QUESTION} ${A} ${OPT} ${A}`)).toBe(kept);
  });

  it('may have no question', () => {
    expect(cut(`abcd 8001 0000 0000 0000 0001 ${OPT}`)).toBe(same(`abcd 8201 0000 0000 0000 0001 ${OPT}`));
    expect(cut('abcd 8001 0000 0000 0000 0000')).toBe(same('abcd 8201 0000 0000 0000 0000'));
  });
});

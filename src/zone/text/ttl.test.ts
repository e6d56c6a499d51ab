import { expect, test } from 'vitest';
import { NOT_A_TTL, parseTtl, TTL_TOO_LARGE } from './ttl.ts';

const parse = (text: string): number => {
  const octets = new TextEncoder().encode(text);
  return parseTtl(octets, 0, octets.length);
};

test.each([
  ['0', 0],
  ['3600', 3600],
  ['0060', 60],
  ['1h30m', 5400],
  ['1H', 3600],
  ['1w2d3h4m5s', 788_645],
  ['2147483647', 2_147_483_647],
  ['2147483648', TTL_TOO_LARGE],
  ['99999999999999999999999999', TTL_TOO_LARGE],
  ['3551w', TTL_TOO_LARGE],
  ['', NOT_A_TTL],
  ['h', NOT_A_TTL],
  ['1h30', NOT_A_TTL],
  ['1x', NOT_A_TTL],
  ['-1', NOT_A_TTL],
  ['1.5h', NOT_A_TTL],
])('%s', (text, ttl) => {
  expect(parse(text)).toBe(ttl);
});

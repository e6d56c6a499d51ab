import { expect, it } from 'vitest';
import { Reasons } from './reasons.ts';

it('says the same of many targets once, and of many reasons the first ones', () => {
  const reasons = new Reasons();
  expect(reasons.isEmpty).toBe(true);
  for (const target of ['web/zurich/ipv4', 'web/zurich/ipv6', 'web/zurich/ipv6'])
    reasons.add('has no group to go to', target);
  expect(reasons.text).toBe('web/zurich/ipv4 has no group to go to (and 1 more)');
  for (const group of ['a', 'b', 'c', 'd', 'e']) reasons.add(`${group}: gva in would be at 93 %`);
  expect(reasons.text).toMatch(/^web\/zurich\/ipv4 has no .*; a: .*; b: .*; c: [^;]*; and 2 more reasons$/);
});

import { expect, it } from 'vitest';
import { Rcode } from './constants.ts';
import { rcodeText } from './rcode-text.ts';

it('names response codes as the constants do', () => {
  for (const [name, rcode] of Object.entries(Rcode)) expect(rcodeText(rcode)).toBe(name);
});

it('numbers the nameless', () => {
  expect([rcodeText(8), rcodeText(12), rcodeText(15)]).toEqual(['NXRRSET', 'RCODE12', 'RCODE15']);
});

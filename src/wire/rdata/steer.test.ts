/** STEER: what network.yaml takes as a name, one form a meaning, and every slip told. */
import { describe, expect, it } from 'vitest';
import { codec, fromText, fromValue, hex, octets } from './testing.ts';

it.each([
  ['web anycast', 'web anycast'],
  ['web anycast default', 'web anycast'],
  ['web zurich/zurich', 'web zurich'],
  ['web europe/zurich slow', 'web europe/zurich slow'],
  [`${'a'.repeat(63)} A.b-c_d/9`, `${'a'.repeat(63)} A.b-c_d/9`],
])('%s', (text, canonical) => {
  const rdata = fromText('STEER', text);
  expect(codec('STEER').check(rdata)).toBeUndefined();
  expect(codec('STEER').toText(rdata)).toBe(canonical);
  expect(hex(fromValue('STEER', codec('STEER').toValue(rdata)))).toBe(hex(rdata));
});

describe('refused text', () => {
  it.each([
    ['web', 'STEER takes a service, a group and perhaps a policy: STEER web anycast'],
    ['web a b c', 'STEER takes a service'],
    ['web a/b/c', 'group "a/b/c" has too many parts; write GROUP or IPV4GROUP/IPV6GROUP'],
    ['web /b', 'group "" is no name of network.yaml'],
    ['web a/', 'group "" is no name of network.yaml'],
    ['-web a', 'service "-web" is no name of network.yaml: letters, digits, dot, hyphen and underscore'],
    ['web a@', 'group "a@"'],
    ['web a[', 'group "a["'],
    ['web a po/licy', 'policy "po/licy"'],
    [`${'a'.repeat(64)} a`, 'at most 63'],
    ['wéb a', 'service "wéb"'],
  ])('%s', (text, message) => expect(() => fromText('STEER', text)).toThrow(message));
});

describe('refused values', () => {
  it.each<[unknown, string]>([
    [null, 'the value must be a mapping: {service: web, group: anycast}'],
    ['web', 'the value must be a mapping'],
    [['web', 'a'], 'the value must be a mapping'],
    [{ group: 'a' }, 'service is missing'],
    [{ service: 'web' }, 'group is missing'],
    [{ service: 'web', group: null }, 'group is missing'],
    [{ service: 'web', group: 5 }, 'group "5" is no name'],
    [{ service: 'web', group: ['a', 'b'] }, 'group "["a","b"]" is no name'],
    [{ service: 'web', group: { ipv4: 'a' } }, 'group.ipv6 is missing; write e.g. group: {ipv4: europe, ipv6: zurich}'],
    [{ service: 'web', group: { ipv4: 'a', ipv6: 'b', ipv5: 'c' } }, '"ipv5" is no key of group; did you mean ipv4?'],
    [{ service: 'web', group: 'a', polcy: 'x' }, '"polcy" is no key of STEER; did you mean policy?'],
    [{ service: 'web', group: 'a', policy: '' }, 'policy ""'],
    [{ service: 'web', group: 'a', policy: null }, 'policy is empty; name one of network.yaml, or leave the key out'],
  ])('%j', (value, message) => expect(() => fromValue('STEER', value)).toThrow(message));
});

describe('check', () => {
  it.each([
    ['', 'service is missing'],
    ['00 0161 0161 00', 'service is malformed'],
    ['0161 0161 0161', 'policy is missing'],
    ['0161 0161 0161 0261', 'policy is cut off'],
    ['0161 01ff 0161 00', 'IPv4 group is malformed'],
    ['0161 0161 012f 00', 'IPv6 group is malformed'],
    ['0161 0161 0161 00 00', '1 octets too many'],
    // Written both ways, one assignment would be two.
    ['0161 0161 0161 07 64656661756c74', 'the default policy is an empty string'],
  ])('%s', (digits, message) => expect(codec('STEER').check(octets(digits))).toContain(message));
});

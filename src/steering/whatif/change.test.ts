/** Changes as operators write them, and what is said of those that make no sense. */
import { describe, expect, it } from 'vitest';
import { NETWORK, networkOf } from '../../../test/support/whatif.ts';
import { type ChangeSpec, resolveChange } from './change.ts';
import { parseThing, type Thing, thingText } from './thing.ts';

const network = networkOf(NETWORK);
const resolved = (spec: ChangeSpec) => resolveChange(network, spec, () => []);

describe('a thing', () => {
  it.each<[string, Thing]>([
    ['site:gva', { kind: 'site', site: 1 }],
    ['link:zrh-b', { kind: 'link', link: 1 }],
    ['group:zurich', { kind: 'group', group: 3 }],
    ['group:zurich/ipv6', { kind: 'group', group: 3, family: 'ipv6' }],
    ['target:mail/europe/ipv4', { kind: 'target', service: 1, group: 1, family: 'ipv4' }],
  ])('%s is what it is written as', (text, thing) => {
    expect(parseThing(network, text)).toEqual(thing);
    expect(thingText(network, thing)).toBe(text);
  });

  it.each([
    ['zrh', '"zrh" names nothing: write site:ID, link:ID, group:ID, group:ID/ipv6 or target:SERVICE/GROUP/FAMILY'],
    [':zrh', '":zrh" names nothing: write site:ID, link:ID, group:ID, group:ID/ipv6 or target:SERVICE/GROUP/FAMILY'],
    ['site:zhr', 'there is no site zhr; known: zrh, gva, fra, iad'],
    ['link:', 'there is no link ; known: zrh-a, zrh-b, gva-a, gva-b, fra-a, fra-b, iad-a'],
    ['group:paris', 'there is no group paris; known: anycast, europe, switzerland, zurich'],
    ['group:zurich/ip6', '"zurich/ip6" is no group: write GROUP, GROUP/ipv4 or GROUP/ipv6'],
    ['target:web/zurich', '"web/zurich" is no target: write SERVICE/GROUP/FAMILY, as in target:web/zurich/ipv6'],
    ['target:www/zurich/ipv6', 'there is no service www; known: web, mail'],
    ['target:web/paris/ipv6', 'there is no group paris; known: anycast, europe, switzerland, zurich'],
    ['target:web/zurich/ipv4', 'service web has no ipv4 address in zurich'],
  ])('%j is refused', (text, message) => {
    expect(parseThing(network, text)).toMatchObject({ message });
  });
});

describe('a change', () => {
  it.each<[ChangeSpec, string]>([
    [{ load: -1 }, 'load -1: write how many times as much, 0 to 1000, as in 1.5'],
    [{ load: Number.NaN }, 'load NaN: write how many times as much, 0 to 1000, as in 1.5'],
    [{ load: 2, of: 'site:zrh' }, 'load of "site:zrh": write link:ID or group:ID, or name nothing for all there is'],
    [{ load: 2, of: 'link:x' }, 'there is no link x; known: zrh-a, zrh-b, gva-a, gva-b, fra-a, fra-b, iad-a'],
    [{ move: { to: 'paris' } }, 'there is no group paris; known: anycast, europe, switzerland, zurich'],
    [{ invalid: 'zurich/ipv4' }, 'group zurich has no ipv4 prefix'],
    [{ withdraw: 'site:zrh' }, 'there is no group site:zrh; known: anycast, europe, switzerland, zurich'],
    [{ add_ipv4: 'paris' }, 'there is no group paris; known: anycast, europe, switzerland, zurich'],
    [{ add_ipv4: 'europe' }, 'group europe has an IPv4 prefix already, 198.51.100.0/24'],
    [{ add_ipv4: 'zurich', prefix: '2001:db8::/48' }, '"2001:db8::/48" is no IPv4 prefix: write one as 203.0.113.0/24'],
    [{ add_ipv4: 'zurich', prefix: '203.0.113.0/25' }, '203.0.113.0/25 overlaps 203.0.113.0/24 of group switzerland'],
  ])('%j is refused', (spec, message) => {
    expect(resolved(spec)).toMatchObject({ message });
  });

  it.each<[ChangeSpec, object]>([
    [{ fail: 'site:zrh' }, { kind: 'fail', thing: { kind: 'site', site: 0 } }],
    [{ load: 1.5 }, { kind: 'load', factor: 1.5 }],
    [
      { load: 0, of: 'group:zurich/ipv6' },
      { kind: 'load', factor: 0, of: { group: 3, family: 'ipv6' } },
    ],
    [{ move: { to: 'europe' } }, { kind: 'move', to: 1, families: ['ipv4', 'ipv6'], force: false }],
    [{ withdraw: 'zurich' }, { kind: 'withdraw', of: { group: 3 } }],
    [
      { add_ipv4: 'zurich', prefix: '203.0.113.0/24' },
      { kind: 'add-ipv4', group: 3 },
    ],
  ])('%j is taken', (spec, change) => {
    expect(resolved(spec)).toMatchObject(change);
  });
});

/** Exports of validators: what is taken of them, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Documents,
  FILE_TROUBLES,
  filePeer,
  HUGE,
  URL_TROUBLES,
  urlPeer,
} from '../../../test/support/document-peers.ts';
import { feedContract } from '../../../test/support/feed-contract.ts';
import { vrpText } from '../../net/origin-validation.ts';
import { covers, type Prefix, parsePrefix } from '../../net/prefix.ts';
import { FeedError } from '../feed.ts';
import { PolledFeed } from '../polled-feed.ts';
import { JsonExport, VrpReader } from './json-export.ts';
import { CoveredPrefixes, type RpkiData, type RpkiQuestion } from './vrps.ts';

const question: RpkiQuestion = {
  originAs: 64500,
  routes: [
    { key: 'a/ipv4', prefix: parsePrefix('192.0.2.0/24')! },
    { key: 'a/ipv6', prefix: parsePrefix('2001:db8:16::/48')! },
    { key: 'b/ipv4', prefix: parsePrefix('198.51.100.0/24')! },
  ],
};
const NOW = Date.parse('2026-11-23T12:00:00Z');

function read(text: string): ReturnType<VrpReader['end']> {
  const reader = new VrpReader(question, NOW);
  for (const octet of Buffer.from(text)) reader.push(Uint8Array.of(octet));
  return reader.end();
}
const states = ({ validity }: RpkiData): Record<string, string> =>
  Object.fromEntries([...validity].map(([key, { state }]) => [key, state]));

const RPKI_CLIENT = `{
	"metadata": { "buildmachine": "v", "buildtime": "2026-11-23T11:58:00Z", "elapsedtime": "3", "vrps": 4 },
	"roas": [
		{ "asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ripe", "expires": 1795600000 },
		{ "asn": 64501, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "arin", "expires": 1795600000 },
		{ "asn": 64500, "prefix": "198.51.100.0/24", "maxLength": 24, "ta": "ripe", "expires": 1795000000 },
		{ "asn": 64999, "prefix": "203.0.113.0/24", "maxLength": 24, "ta": "ripe", "expires": 1795600000 }
	],
	"bgpsec_keys": [ { "asn": 15562, "ski": "5D41", "pubkey": "MFkw", "ta": "ripe", "expires": 1795600000 } ]
}`;

describe('an export', () => {
  it('of rpki-client is read, without what has expired', () => {
    const { data, madeAt, expired } = read(RPKI_CLIENT);
    expect(states(data)).toEqual({ 'a/ipv4': 'valid', 'a/ipv6': 'invalid', 'b/ipv4': 'not-found' });
    expect(data.validity.get('a/ipv6')!.cause).toBe('2001:db8::/32-48 is for AS64501, not for AS64500');
    expect(data.vrps.map(vrpText)).toEqual(['192.0.2.0/24 is for AS64500', '2001:db8::/32-48 is for AS64501']);
    expect([data.total, expired]).toEqual([3, 1]);
    expect(madeAt).toBe(Date.parse('2026-11-23T11:58:00Z'));
  });

  it('of Routinator is read, short and long', () => {
    const roa = '{ "asn": "AS64500", "prefix": "192.0.2.0/23", "maxLength": 24, "ta": "ripe" }';
    const json = read(`{"metadata":{"generated":1795435080,"generatedTime":"2026-11-23T11:58:00Z"},"roas":[${roa}]}`);
    expect(states(json.data)['a/ipv4']).toBe('valid');
    expect(json.madeAt).toBe(1795435080_000);
    const source =
      '"source": [{ "type": "roa", "uri": "rsync://x/y.roa", "tal": "ripe", "validity": { "notBefore": "2026-01-01T00:00:00Z" } }]';
    const long = read(
      `{"metadata":{"generatedTime":"2026-11-23T11:58:00Z"},"roas":[{ "asn": "AS64501", "prefix": "192.0.2.0/24", "maxLength": 24, ${source} }],"routerKeys":[],"aspas":[]}`,
    );
    expect(states(long.data)['a/ipv4']).toBe('invalid');
    expect(long.madeAt).toBe(json.madeAt);
  });

  it.each([
    ['{"roas":[]}', 'it has no VRP at all, which says nothing of any route'],
    [
      '{"roas":[{"asn":1,"prefix":"192.0.2.0/33","maxLength":33}]}',
      'item 0 of "roas" has no prefix, but "192.0.2.0/33"',
    ],
    [
      '{"roas":[{"asn":1,"prefix":"192.0.2.1/24","maxLength":24}]}',
      'item 0 of "roas" has no prefix, but "192.0.2.1/24"',
    ],
    ['{"roas":[{"asn":"AS-X","prefix":"192.0.2.0/24"}]}', 'item 0 of "roas" has no AS number, but "AS-X"'],
    ['{"roas":[{"asn":4294967296,"prefix":"192.0.2.0/24"}]}', 'item 0 of "roas" has no AS number, but 4294967296'],
    [
      '{"roas":[{"asn":1,"prefix":"192.0.2.0/24","maxLength":23}]}',
      'item 0 of "roas" has maxLength 23 for "192.0.2.0/24"',
    ],
    [
      '{"roas":[{"asn":1,"prefix":"192.0.2.0/24","maxLength":33}]}',
      'item 0 of "roas" has maxLength 33 for "192.0.2.0/24"',
    ],
    ['{"vrps":[]}', 'it has no list "roas" at its top'],
  ])('%s is refused', (text, message) => {
    expect(() => read(text)).toThrow(new FeedError(message));
  });
});

describe('what covers prefixes', () => {
  const arbitrary = fc
    .tuple(fc.constantFrom(4, 16), fc.array(fc.constantFrom(0, 1, 128), { minLength: 2, maxLength: 2 }), fc.nat(16))
    .map(([size, first, length]): Prefix => {
      const address = new Uint8Array(size);
      first.forEach((octet, i) => {
        address[i] = octet & (0xff00 >> Math.min(8, Math.max(0, length - i * 8)));
      });
      return { family: size === 4 ? 'ipv4' : 'ipv6', address, length };
    });

  it('is found as by looking at each', () => {
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 8 }), arbitrary, (own, prefix) => {
        expect(new CoveredPrefixes(own).isCoveredBy(prefix)).toBe(own.some((one) => covers(prefix, one)));
      }),
      { numRuns: 2000 },
    );
  });
});

const documents: Documents<RpkiData> = {
  open: (place, pace, tell) => new PolledFeed(new JsonExport(place, question, HUGE / 2), pace, tell),
  text: (which) =>
    JSON.stringify({
      roas: [{ asn: which === 1 ? 64500 : 64501, prefix: '192.0.2.0/24', maxLength: 24 }],
      end: 'x'.repeat(40),
    }),
  empty: '{"roas":[]}',
  which: ({ validity }) => ({ valid: 1, invalid: 2 })[validity.get('a/ipv4')!.state as string] as 1 | 2 | undefined,
};
feedContract('of VRPs in a file', FILE_TROUBLES, () => filePeer(documents));
feedContract('of VRPs behind a URL', URL_TROUBLES, () => urlPeer(documents));

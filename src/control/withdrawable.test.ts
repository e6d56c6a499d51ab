import { beforeEach, describe, expect, it } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { exampleNetwork, record, steer, type TestRecord, TestZone } from '../../test/support/records.ts';
import { parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Network } from '../steering/model.ts';
import { RRType } from '../wire/constants.ts';
import { Marks } from './marks.ts';
import { withdrawalBlockers } from './withdrawable.ts';

const ip = (text: string): Uint8Array => parseAddress(text) as Uint8Array;
const prefix = (text: string, length: number): Prefix => ({
  family: text.includes(':') ? 'ipv6' : 'ipv4',
  address: ip(text),
  length,
});
const PREFIXES: Network['groups'][number]['prefixes'][] = [
  { ipv4: prefix('192.0.2.0', 24) },
  { ipv4: prefix('198.51.100.0', 24), ipv6: prefix('2001:db8:17::', 48) },
  { ipv4: prefix('203.0.113.0', 26) },
  { ipv6: prefix('2001:db8:19::', 48) },
];

function withPrefixes(prefixes = PREFIXES): Network {
  return { ...exampleNetwork, groups: exampleNetwork.groups.map((group, i) => ({ ...group, prefixes: prefixes[i] })) };
}

/** SvcPriority 1, TargetName root, then the hints (RFC 9460 §2.2). */
function https(...hints: [key: number, addresses: string[]][]): Uint8Array {
  const params = hints.flatMap(([key, addresses]) => {
    const value = addresses.flatMap((address) => [...ip(address)]);
    return [0, key, value.length >> 8, value.length & 0xff, ...value];
  });
  return Uint8Array.from([0, 1, 0, ...params]);
}

let zone: TestZone;
let published: Published;
let marks: Marks;

async function load(records: TestRecord[], network = withPrefixes(), forces: { group: number; state: 'down' }[] = []) {
  zone.set(records);
  await published.load([zone], { network, forces });
}

async function blockers(group: string): Promise<string[]> {
  const found = await withdrawalBlockers(published.publisher, marks, group);
  return found.map(({ family, kind, hosts, detail }) => {
    const what = kind === 'record' ? detail.replace(' in its zone file', '') : (hosts ?? '');
    return `${family} ${kind} ${what}`.trim();
  });
}

beforeEach(() => {
  zone = new TestZone('a.test.', []);
  published = new Published();
  marks = new Marks();
});

describe('a group may be withdrawn', () => {
  it('when nobody is answered with its VIPs', async () => {
    await load([steer('one.a.test.', 'zurich'), steer('two.a.test.', 'switzerland')]);
    expect(await blockers('europe')).toEqual([]);
    expect(await blockers('zurich')).toEqual(['ipv6 answers 1']);
    expect(await blockers('switzerland')).toEqual(['ipv4 answers 1', 'ipv4 fallback 1', 'ipv6 answers 1']);
    await published.move('two.a.test.', 'europe');
    expect(await blockers('switzerland')).toEqual(['ipv4 fallback 1']);
    await expect(withdrawalBlockers(published.publisher, marks, 'nowhere')).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('when nobody falls back to it', async () => {
    await load([steer('one.a.test.', 'europe')], withPrefixes(), [{ group: 1, state: 'down' }]);
    expect(await blockers('europe')).toEqual([]);
    expect(await blockers('anycast')).toEqual(['ipv4 fallback 1', 'ipv6 fallback 1']);
  });

  it('when old answers have run out', async () => {
    await load([steer('one.a.test.', 'zurich')]);
    const raise = (until: number) => marks.take(marks.raised([{ group: 'europe', family: 'ipv6', until }]));
    raise(Date.now() - 1);
    expect(await blockers('europe')).toEqual([]);
    raise(Date.now() + 60_000);
    expect(await blockers('europe')).toEqual(['ipv6 recent']);
  });

  it('when no other group in use shares its prefix, be theirs wider or narrower', async () => {
    const [anycast, europe, switzerland, zurich] = PREFIXES;
    const inEurope = { ...switzerland, ipv4: prefix('198.51.100.128', 25) };
    await load([steer('one.a.test.', 'switzerland')], withPrefixes([anycast, europe, inEurope, zurich]));
    expect(await blockers('europe')).toEqual(['ipv4 shared-prefix 1']);
    await published.move('one.a.test.', 'europe');
    expect(await blockers('switzerland')).toEqual(['ipv4 shared-prefix 1']);
    await published.move('one.a.test.', 'anycast');
    expect([await blockers('europe'), await blockers('switzerland')]).toEqual([[], []]);
    marks.take(marks.raised([{ group: 'switzerland', family: 'ipv4', until: Date.now() + 60_000 }]));
    expect(await blockers('europe')).toEqual(['ipv4 shared-prefix 0']);
  });

  it('when no record of a zone file is in its prefix, hints too', async () => {
    const hosts = [steer('one.a.test.', 'anycast')];
    await load([
      ...hosts,
      record('ns.a.test.', RRType.A, ip('198.51.100.7')),
      record('ns.a.test.', RRType.AAAA, ip('2001:db8:17::7')),
      record('hint.a.test.', RRType.HTTPS, https([4, ['192.0.2.1', '198.51.100.9']], [6, ['2001:db8:17::9']])),
      record('far.a.test.', RRType.A, ip('203.0.113.64')),
    ]);
    expect((await blockers('europe')).sort()).toEqual([
      'ipv4 record hint.a.test HTTPS 198.51.100.9',
      'ipv4 record ns.a.test A 198.51.100.7',
      'ipv6 record hint.a.test HTTPS 2001:db8:17::9',
      'ipv6 record ns.a.test AAAA 2001:db8:17::7',
    ]);
    // /26 ends at .63.
    expect(await blockers('switzerland')).toEqual([]);
    await load(hosts);
    expect(await blockers('europe')).toEqual([]);
    published.rebase();
    await load([...hosts, record('ns.a.test.', RRType.A, ip('198.51.100.7'))]);
    expect(await blockers('europe')).toEqual(['ipv4 record ns.a.test A 198.51.100.7']);
  });

  it("with another group's VIP in its prefix: that is the other's", async () => {
    const wide = [PREFIXES[0], { ipv4: prefix('192.0.0.0', 6) }, PREFIXES[2], PREFIXES[3]];
    await load([steer('one.a.test.', 'zurich'), record('x.a.test.', RRType.A, ip('203.0.113.64'))], withPrefixes(wide));
    expect((await blockers('europe')).filter((line) => line.includes('record'))).toEqual([]);
  });
});

/** Groups the world can't reach take no new hosts by themselves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, OFF, SECOND, Walk } from '../../../test/support/guards.ts';
import { exampleNetwork } from '../../../test/support/records.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import type { NetworkData, Validity } from '../network-data.ts';

const FOREVER = 1e15;
const { sites } = exampleNetwork;

/** What is RPKI-invalid, by route; all others are valid. */
function invalid(routes: readonly string[], staleAt = FOREVER): NetworkData {
  const reading = (key: string): Validity =>
    routes.includes(key) ? { state: 'invalid', cause: 'it is for AS64501' } : { state: 'valid', cause: '' };
  const keys = ['anycast', 'europe', 'switzerland', 'zurich'].flatMap((id) => [`${id}/ipv4`, `${id}/ipv6`]);
  return {
    feeds: [],
    validity: new Map(keys.map((key) => [key, { value: reading(key), observedAt: 0, staleAt }])),
  };
}

/** What every site announces. */
function announced(texts: readonly string[], staleAt = FOREVER): NetworkData {
  const prefixes = texts.map((text) => parsePrefix(text) as Prefix);
  const reading = { value: { prefixes, hosts: [] }, observedAt: 0, staleAt };
  return { feeds: [], announcements: new Map(sites.map(({ id }) => [id, reading])) };
}

const ALL = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'];
/** All but Switzerland's IPv6. */
const WITHOUT = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8:16::/47', '2001:db8:19::/48'];

const cases: [string, NetworkData, NetworkData, NetworkData, string][] = [
  [
    'rpki',
    invalid([]),
    invalid(['switzerland/ipv6']),
    invalid(['switzerland/ipv6'], MINUTE),
    '2001:db8:18::/48 of switzerland is RPKI-invalid for AS64500 (it is for AS64501)',
  ],
  [
    'announcement',
    announced(ALL),
    announced(WITHOUT),
    announced(WITHOUT, MINUTE),
    'no site announces 2001:db8:18::/48 of switzerland, nor a prefix that covers it',
  ],
];

describe.each(cases)('%s', (guard, fine, closed, staleSoon, cause) => {
  it('leads hosts that fall back past the group, says so, and lets them come when it is over', () => {
    const walk = new Walk().inform(fine).inform(closed);
    walk.see('web/zurich/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('europe');
    expect(walk.explained('zurich')).toBe(
      `zurich: ipv6 down since 00:00:00 (tcp: down) -> switzerland: ipv6 up, but takes no new hosts by ${guard} (${cause}) -> europe: up`,
    );
    expect(walk.reasons('zurich').slice(0, 3)).toEqual(['down', 'closed', 'chosen']);
    walk.inform(fine);
    expect(walk.answers('zurich')).toBe('switzerland');
  });

  it('leaves the hosts that are in the group, and those that came before', () => {
    const walk = new Walk().inform(fine).see('web/zurich/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('switzerland');
    walk.inform(closed);
    expect(walk.answers('zurich')).toBe('switzerland');
    expect(walk.answers('switzerland')).toBe('switzerland');
    // Those that leave are new ones after.
    walk.see('web/switzerland/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('europe');
    walk.see('web/switzerland/ipv6', 'up').force({ switzerland: 'auto' });
    expect(walk.answers('zurich')).toBe('europe');
  });

  it('is used when nothing else is usable, and says so', () => {
    const walk = new Walk().inform(closed);
    for (const group of ['zurich', 'europe', 'anycast']) walk.see(`web/${group}/ipv6`, 'down');
    expect(walk.answers('zurich')).toBe('switzerland');
    expect(walk.explained('zurich')).toContain(
      `switzerland: up; nothing else is usable, though ${guard} speaks against it (${cause})`,
    );
    // What is drained can be reached.
    walk.see('web/europe/ipv6', 'up').force({ europe: 'drained' });
    expect(walk.answers('zurich')).toBe('europe');
  });

  it('calls nobody back to a group of its own that recovers', () => {
    const walk = new Walk({ ...OFF }).inform(fine).see('web/switzerland/ipv6', 'down').inform(closed);
    walk.at(SECOND).see('web/switzerland/ipv6', 'up');
    expect(walk.answers('switzerland')).toBe('europe');
    expect(walk.holds()).toEqual([['web/switzerland/ipv6', guard, MINUTE + SECOND]]);
    walk.at(10 * MINUTE);
    expect(walk.answers('switzerland')).toBe('europe');
    walk.inform(fine);
    expect(walk.answers('switzerland')).toBe('switzerland');
    expect(walk.holds()).toEqual([]);
  });

  it('gives way to an operator', () => {
    const walk = new Walk().inform(closed).see('web/zurich/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('europe');
    walk.force({ switzerland: 'up' });
    expect(walk.answers('zurich')).toBe('switzerland');
  });

  it('holds what was so when the feed was fresh, over a restart too', () => {
    const walk = new Walk()
      .inform(fine)
      .inform(staleSoon)
      .at(2 * MINUTE);
    walk.see('web/zurich/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('europe');
    walk.restart();
    expect(walk.answers('zurich')).toBe('europe');
    // A feed that was fine when it fell silent closes nothing.
    const other = new Walk().inform(fine).inform({ ...staleSoon, ...stale(closed) });
    other.at(2 * MINUTE).see('web/zurich/ipv6', 'down');
    expect(other.answers('zurich')).toBe('switzerland');
  });

  it('can be off', () => {
    const walk = new Walk({ ...OFF, [guard]: false }).inform(closed).see('web/zurich/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('switzerland');
  });

  it('ends when nobody is asked any longer', () => {
    const walk = new Walk().inform(closed).see('web/zurich/ipv6', 'down').inform({ feeds: [] });
    expect(walk.answers('zurich')).toBe('switzerland');
  });
});

describe('a stale feed', () => {
  it('changes nothing, whatever it says', () => {
    const keys = ['anycast/ipv6', 'europe/ipv6', 'switzerland/ipv6', 'zurich/ipv6'];
    const routes = fc.subarray(keys);
    const prefixes = fc.subarray(['2001:db8:16::/48', '2001:db8:17::/48', '2001:db8:18::/48', '2001:db8:19::/48']);
    const down = fc.subarray(keys.map((key) => `web/${key}`));
    fc.assert(
      fc.property(routes, prefixes, routes, prefixes, down, (was, heard, says, hears, dead) => {
        const walk = new Walk().inform({ ...invalid(was), ...announced(heard) });
        for (const target of dead) walk.see(target, 'down');
        const before = walk.decided;
        walk.inform({ ...invalid(says, 0), ...announced(hears, 0) });
        expect(walk.decided.plan).toBe(before.plan);
        expect(walk.decided.world.history).toBe(before.world.history);
        // Nor does what is decided later follow from it.
        const twin = new Walk().inform({ ...invalid(was), ...announced(heard) });
        for (const target of dead) twin.see(target, 'down');
        for (const each of [walk, twin]) for (const key of keys) each.see(`web/${key}`, 'up');
        for (const group of ['zurich', 'switzerland', 'europe']) expect(walk.answers(group)).toBe(twin.answers(group));
      }),
      { numRuns: 50 },
    );
  });
});

/** The same data, stale from the beginning. */
function stale(data: NetworkData): NetworkData {
  const old = <T>(map: ReadonlyMap<string, T> | undefined): ReadonlyMap<string, T> | undefined =>
    map && new Map([...map].map(([key, reading]) => [key, { ...reading, staleAt: 0 }]));
  const { validity, announcements, feeds } = data;
  return {
    feeds,
    ...(validity === undefined ? {} : { validity: old(validity)! }),
    ...(announcements === undefined ? {} : { announcements: old(announcements)! }),
  };
}

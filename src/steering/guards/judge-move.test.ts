/** What guards say of hosts that are to go to a group. */
import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../../test/support/records.ts';
import type { Network } from '../model.ts';
import type { Announced, NetworkData, Reading, Validity } from '../network-data.ts';
import { judgeDestinations } from './judge-move.ts';

const PREFIX = { family: 'ipv4', address: Uint8Array.of(198, 51, 100, 0), length: 24 } as const;
const EUROPE = { group: 1, family: 'ipv4' } as const;
const NOW = Date.UTC(2026, 0, 1);

const network: Network = {
  ...exampleNetwork,
  groups: exampleNetwork.groups.map((group, i) => (i === 1 ? { ...group, prefixes: { ipv4: PREFIX } } : group)),
};

function fresh<T>(value: T, staleAt = NOW + 1000): Reading<T> {
  return { value, observedAt: NOW - 1000, staleAt };
}

function validity(state: Validity['state'], staleAt?: number): NetworkData {
  const reading = fresh<Validity>({ state, cause: '198.51.100.0/24-24 is for AS64501' }, staleAt);
  return { feeds: [], validity: new Map([['europe/ipv4', reading]]) };
}

/** By site what is announced there. */
function announced(prefixes: readonly Announced['prefixes'][], staleAt?: number): NetworkData {
  const readings = prefixes.map((each, i): [string, Reading<Announced>] => [
    network.sites[i].id,
    fresh({ prefixes: each, hosts: [] }, staleAt),
  ]);
  return { feeds: [], announcements: new Map(readings) };
}

function judged(data: NetworkData | undefined, rules: Partial<Network['guards']> = {}): string[] {
  const world = { network: { ...network, guards: { ...network.guards, ...rules } }, now: NOW };
  const findings = judgeDestinations(data === undefined ? world : { ...world, data }, [EUROPE]);
  return findings.map(({ guard, refuses, message }) => `${guard} ${refuses ? 'refuses' : 'warns'}: ${message}`);
}

describe('rpki', () => {
  it.each<[string, NetworkData | undefined, string[]]>([
    ['says nothing without a feed', undefined, []],
    ['says nothing of what is valid', validity('valid'), []],
    [
      'refuses what is invalid',
      validity('invalid'),
      [
        'rpki refuses: 198.51.100.0/24 of europe is RPKI-invalid for AS64500, so many networks drop it (198.51.100.0/24-24 is for AS64501)',
      ],
    ],
    [
      'warns of what has no ROA',
      validity('not-found'),
      ['rpki warns: 198.51.100.0/24 of europe has no ROA (198.51.100.0/24-24 is for AS64501)'],
    ],
    [
      'goes by what a stale feed said last, and says so',
      validity('invalid', NOW),
      [
        'rpki refuses: 198.51.100.0/24 of europe is RPKI-invalid for AS64500, so many networks drop it (198.51.100.0/24-24 is for AS64501; as of 2025-12-31T23:59:59.000Z, the feed is stale)',
      ],
    ],
  ])('%s', (_, data, expected) => expect(judged(data)).toEqual(expected));

  it('can be off', () => expect(judged(validity('invalid'), { rpki: false })).toEqual([]));
});

describe('announcement', () => {
  const nowhere = [[], [], [], []];
  const refused = ['announcement refuses: no site announces 198.51.100.0/24 of europe, nor a prefix that covers it'];
  it.each<[string, NetworkData, string[]]>([
    ['refuses what nobody announces', announced(nowhere), refused],
    ['lets one site be enough', announced([[], [PREFIX], [], []]), []],
    [
      'takes an aggregate for the prefix',
      announced([[], [{ family: 'ipv4', address: Uint8Array.of(198, 51, 0, 0), length: 16 }], [], []]),
      [],
    ],
    ['says nothing while a site is not observed', announced([[], [], []]), []],
    ['goes by what a stale feed said last', announced(nowhere, NOW), refused],
  ])('%s', (_, data, expected) => expect(judged(data)).toEqual(expected));

  it('can be off', () => expect(judged(announced(nowhere), { announcement: false })).toEqual([]));
});

import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import type { AssignmentKey } from '../compile/assignment-table.ts';
import { resolveAssignment } from '../steering/assignment.ts';
import type { Network } from '../steering/model.ts';
import { Assignments } from './assignments.ts';

const v6 = Uint8Array.from({ length: 16 }, (_, i) => i);
/** `part` has IPv4 in Europe and below, IPv6 in Zurich alone. */
const network: Network = {
  ...exampleNetwork,
  services: [
    ...exampleNetwork.services,
    { id: 'part', vips: [{}, { ipv4: Uint8Array.of(198, 51, 100, 65) }, {}, { ipv6: v6 }] },
  ],
};

function key(ipv4: string, ipv6 = ipv4, service = 'web', ttl = -1): AssignmentKey {
  return { service, ipv4, ipv6, policy: 'default', ttl };
}

/** Declared assignments with the numbers 2, 4, ... */
function loaded(keys: AssignmentKey[], made = new Assignments(), of = network): Assignments {
  const byNumber = keys.flatMap((k) => [undefined, k]);
  const numbered = [undefined, ...byNumber];
  made.load(
    of,
    numbered,
    numbered.map((k) => {
      const result = k === undefined ? undefined : resolveAssignment(of, k);
      return result !== undefined && 'assignment' in result ? result.assignment : undefined;
    }),
  );
  return made;
}

describe('an override', () => {
  it.each([
    // service, declared, wanted: what counts
    ['web', ['zurich', 'zurich'], ['europe', undefined], ['europe', 'zurich']],
    ['web', ['zurich', 'zurich'], ['europe', 'anycast'], ['europe', 'anycast']],
    // Declared without IPv6: Zurich's is not added.
    ['part', ['europe', 'europe'], ['zurich', 'zurich'], ['zurich', 'europe']],
    // Declared with both: Europe has no IPv6, so that family stays, and nobody loses it.
    ['part', ['zurich', 'zurich'], ['europe', 'europe'], ['europe', 'zurich']],
    // Anycast has nothing at all.
    ['part', ['zurich', 'zurich'], ['anycast', 'anycast'], ['zurich', 'zurich']],
    ['web', ['zurich', 'zurich'], ['nowhere', 'nowhere'], ['zurich', 'zurich']],
  ] as const)('of %s at %j to %j comes to %j', (service, [d4, d6], [ipv4, ipv6], expected) => {
    const assignments = loaded([key(d4, d6, service)]);
    const number = assignments.variant(2, { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) });
    const { ipv4: now4, ipv6: now6 } = assignments.keys[number] as AssignmentKey;
    expect([now4, now6]).toEqual(expected);
    const resolved = assignments.resolved[number];
    expect([resolved?.ipv4, resolved?.ipv6].map((g) => network.groups[g as number].id)).toEqual(expected);
  });

  it('that says nothing is the declaration, and a short TTL never lengthens one', () => {
    const assignments = loaded([key('zurich'), key('zurich', 'zurich', 'web', 3)]);
    expect(assignments.variant(2, {})).toBe(2);
    expect(assignments.resolved[assignments.variant(2, { ttl: 5 })]?.ttl).toBe(5);
    expect(assignments.resolved[assignments.variant(4, { ttl: 5 })]?.ttl).toBe(3);
    expect(assignments.resolved[assignments.variant(2, { ttl: 5 })]?.ownTtl).toBe(assignments.resolved[2]?.ttl);
  });
});

describe('numbers', () => {
  it('are the same for the same override, odd, and kept over loads that change what they mean', () => {
    const assignments = loaded([key('zurich')]);
    const [a, b] = [{ ipv4: 'europe' }, { ipv6: 'europe' }].map((variant) => assignments.variant(2, variant));
    expect(a).not.toBe(b);
    expect([a % 2, b % 2]).toEqual([1, 1]);
    const without = { ...network, services: [{ id: 'web', vips: [{ ipv4: v6.subarray(0, 4) }, {}, {}, {}] }] };
    loaded([key('zurich'), key('europe')], assignments, without);
    expect(assignments.variant(2, { ipv4: 'europe' })).toBe(a);
    // No group has IPv6 any more, so the override of it counts for nothing.
    expect(assignments.keys[b]).toMatchObject({ ipv4: 'zurich', ipv6: 'zurich' });
    loaded([key('zurich'), key('europe')], assignments);
    expect(assignments.keys[b]).toMatchObject({ ipv4: 'zurich', ipv6: 'europe' });
  });

  it('are there for every group each declaration could go to, unless that is too many', () => {
    const few = loaded([key('zurich'), key('europe')]);
    const { size } = few;
    for (const declared of [2, 4]) for (const { id } of network.groups) few.variant(declared, { ipv4: id, ipv6: id });
    expect(few.size).toBe(size);
    few.variant(2, { ipv4: 'europe' });
    expect(few.size).toBeGreaterThan(size);
    const many = loaded(Array.from({ length: 5000 }, (_, ttl) => key('zurich', 'zurich', 'web', ttl)));
    expect(many.size).toBe(10_001);
    many.variant(2, { ipv4: 'europe', ipv6: 'europe' });
    expect(many.keys[1]).toMatchObject({ ipv4: 'europe' });
  });

  it('before anything is loaded mean nothing yet', () => {
    const assignments = new Assignments();
    const number = assignments.variant(2, { ipv4: 'europe' });
    expect([assignments.keys[number], assignments.size]).toEqual([undefined, 0]);
  });
});

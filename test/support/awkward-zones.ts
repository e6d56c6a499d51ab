/** Zones made to be awkward: wildcards below empty non-terminals, cuts and DNAMEs with names below them, hosts beside records, a zone inside another. */
import fc from 'fast-check';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { record, steer, type TestRecord } from './records.ts';

const label = fc.constantFrom('a', 'b', 'c', '*', 'x', 'sub');
const relative = fc.array(label, { minLength: 0, maxLength: 4 });
const address = Uint8Array.from([192, 0, 2, 1]);
const TIMERS = new Array(20).fill(1);

/** One owner's records: each kind is legal where it stands. */
const kind = fc.constantFrom('a', 'txt', 'cname', 'dname', 'ns', 'steer', 'steer+mx');

export const scenario = fc.record({
  outer: fc.array(fc.tuple(relative, kind), { maxLength: 12 }),
  inner: fc.option(fc.array(fc.tuple(relative, kind), { maxLength: 8 }), { nil: undefined }),
  edited: fc.array(fc.tuple(relative, kind), { maxLength: 12 }),
  queries: fc.array(fc.tuple(relative, fc.constantFrom('example.', 'sub.example.', 'other.', '.')), {
    minLength: 1,
    maxLength: 30,
  }),
});

/** Labels, and what they are under. */
export type Asked = readonly (readonly [readonly string[], string])[];

/** Questions for owners, and for names beside them that wildcards may stand for. */
export function ownersAndNeighbours(base: string, owners: Asked): Asked {
  return owners.flatMap(([labels]) => [
    [labels, base],
    [['q', ...labels.slice(1)], base],
  ]);
}

/** The name of labels under another. */
export function nameUnder(labels: readonly string[], base: string): string {
  return [...labels, base].join('.').replace(/\.\.$/, '.');
}

export function zoneRecords(
  apex: string,
  owners: readonly (readonly [readonly string[], string])[],
  { mname = '.', rname = '.' } = {},
): TestRecord[] {
  const seen = new Set<string>();
  const soa = Uint8Array.from([...parseName(mname), ...parseName(rname), ...TIMERS]);
  const records: TestRecord[] = [record(apex, RRType.SOA, soa), record(apex, RRType.NS, parseName('ns.elsewhere.'))];
  const cuts: string[] = [];
  for (const [labels, what] of owners) {
    const owner = nameUnder(labels, apex);
    if (owner === apex || seen.has(owner)) continue;
    seen.add(owner);
    const wildcard = labels[0] === '*';
    const hidden = cuts.some((cut) => owner.endsWith(`.${cut}`));
    if (what === 'a' || hidden || (wildcard && (what === 'dname' || what === 'ns')))
      records.push(record(owner, RRType.A, address));
    else if (what === 'txt') {
      // More than fits a small response, of an owner with many labels.
      const long = Array.from({ length: labels.length * 2 }, () => [200, ...new Array(200).fill(66)]).flat();
      records.push(
        record(owner, RRType.TXT, Uint8Array.from([1, 65])),
        record(owner, RRType.TXT, Uint8Array.from(long)),
      );
    } else if (what === 'cname') records.push(record(owner, RRType.CNAME, parseName('a.elsewhere.')));
    else if (what === 'dname') {
      records.push(record(owner, RRType.DNAME, parseName('b.elsewhere.')));
      cuts.push(owner);
    } else if (what === 'ns') {
      records.push(record(owner, RRType.NS, parseName('ns.elsewhere.')));
      cuts.push(owner);
    } else {
      records.push(steer(owner, 'anycast'));
      if (what === 'steer+mx') records.push(record(owner, RRType.MX, Uint8Array.from([0, 1, 0])));
    }
  }
  // A host below a cut is a mistake the loader refuses; such owners were made plain above only if the cut came first.
  return records.filter((r) => r.type !== RRType.STEER || !cuts.some((cut) => r.owner.endsWith(`.${cut}`)));
}

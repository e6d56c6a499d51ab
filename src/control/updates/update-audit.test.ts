import { expect, it } from 'vitest';
import type { Change } from '../../store/store.ts';
import { RRType } from '../../wire/constants.ts';
import { parseName } from '../../wire/name.ts';
import type { AuditEntry } from '../audit.ts';
import { UpdateAudit } from './update-audit.ts';

const apex = parseName('example.net.');
const NOW = 1_700_000_000_000;

function changed(count: number, by = 'acme.') {
  const changes = Array.from({ length: count }, (_, i) => ({
    owner: parseName(`n${i}.example.net.`),
    type: RRType.TXT,
    set: undefined,
    by,
  }));
  return [{ apex, changes }];
}

const reasons = (entries: readonly Change[]): (string | undefined)[] =>
  entries.map((entry) => ('put' in entry ? (entry.put.value as AuditEntry).reason : undefined));

it('tells of the first change of a minute, and then how many there were since', () => {
  const audit = new UpdateAudit();
  const first = audit.due(changed(6), NOW);
  expect(reasons(first.entries)).toEqual([
    'removed n0.example.net. TXT, removed n1.example.net. TXT, removed n2.example.net. TXT, removed n3.example.net. TXT, removed n4.example.net. TXT, 1 more',
  ]);
  first.served();
  for (const at of [1, 59_999]) {
    const more = audit.due(changed(2), NOW + at);
    expect(more.entries).toEqual([]);
    more.served();
  }
  expect(audit.due(changed(1, 'lego.'), NOW + 2).entries).toHaveLength(1);
  expect(reasons(audit.due(changed(1), NOW + 60_000).entries)).toEqual([
    'removed n0.example.net. TXT, 4 since the entry before',
  ]);
});

it('counts nothing that was not served', () => {
  const audit = new UpdateAudit();
  audit.due(changed(1), NOW);
  const again = audit.due(changed(1), NOW + 1);
  expect(again.entries).toHaveLength(1);
  again.served();
  audit.due(changed(3), NOW + 2);
  expect(reasons(audit.due(changed(1), NOW + 60_001).entries)).toEqual(['removed n0.example.net. TXT']);
});

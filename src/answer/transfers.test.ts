import { expect, test } from 'vitest';
import { parsePrefix } from '../net/prefix.ts';
import { ClientReader } from '../tables/client-reader.ts';
import { parseName } from '../wire/name.ts';
import { Client } from './client.ts';
import { TransferAccess } from './transfers.ts';

const zone = parseName('example.net');
const key = parseName('xfr');

function clientAt(address: string): Client {
  const client = new Client(new ClientReader(), undefined);
  client.fromText(address);
  return client;
}

test('a transfer is for whoever one rule is true of as a whole', () => {
  const rule = { zones: [zone], networks: [parsePrefix('192.0.2.0/24')!], keys: [key], view: 'steered' as const };
  const only = new TransferAccess([rule]);
  const near = clientAt('192.0.2.7');
  expect(only.viewFor(zone, near, key)).toBe('steered');
  expect(only.viewFor(parseName('example.org'), near, key)).toBeUndefined();
  expect(only.viewFor(parseName('a.example.net'), near, key)).toBeUndefined();
  expect(only.viewFor(zone, clientAt('192.0.3.7'), key)).toBeUndefined();
  expect(only.viewFor(zone, clientAt('2001:db8::7'), key)).toBeUndefined();
  expect(only.viewFor(zone, near, parseName('other'))).toBeUndefined();
  expect(only.viewFor(zone, near, undefined)).toBeUndefined();
  const wide = new TransferAccess([
    rule,
    { zones: undefined, networks: undefined, keys: [parseName('all')], view: 'steered' },
  ]);
  expect(wide.viewFor(parseName('example.org'), clientAt('2001:db8::7'), parseName('all'))).toBe('steered');
  expect(wide.viewFor(parseName('example.org'), near, key)).toBeUndefined();
  const declared = { zones: undefined, networks: undefined, keys: [key], view: 'declared' as const };
  expect(new TransferAccess([rule, declared]).viewFor(zone, near, key)).toBe('steered');
  expect(new TransferAccess([declared, rule]).viewFor(zone, near, key)).toBe('declared');
  expect(new TransferAccess([]).viewFor(zone, near, key)).toBeUndefined();
});

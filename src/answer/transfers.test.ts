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
  const rule = { zones: [zone], networks: [parsePrefix('192.0.2.0/24')!], keys: [key] };
  const only = new TransferAccess([rule]);
  const near = clientAt('192.0.2.7');
  expect(only.allows(zone, near, key)).toBe(true);
  expect(only.allows(parseName('example.org'), near, key)).toBe(false);
  expect(only.allows(parseName('a.example.net'), near, key)).toBe(false);
  expect(only.allows(zone, clientAt('192.0.3.7'), key)).toBe(false);
  expect(only.allows(zone, clientAt('2001:db8::7'), key)).toBe(false);
  expect(only.allows(zone, near, parseName('other'))).toBe(false);
  expect(only.allows(zone, near, undefined)).toBe(false);
  const wide = new TransferAccess([rule, { zones: undefined, networks: undefined, keys: [parseName('all')] }]);
  expect(wide.allows(parseName('example.org'), clientAt('2001:db8::7'), parseName('all'))).toBe(true);
  expect(wide.allows(parseName('example.org'), near, key)).toBe(false);
  expect(new TransferAccess([]).allows(zone, near, key)).toBe(false);
});

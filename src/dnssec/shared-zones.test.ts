import { expect, it } from 'vitest';
import { keyOf } from '../../test/support/test-signing.ts';
import { Algorithm } from './algorithm.ts';
import { makeSharedZones, SharedZones, writeSharedZones } from './shared-zones.ts';
import type { ZoneSigning } from './zone-keys.ts';

it('zones are read as they were written, and only those that have changed', () => {
  const buffer = makeSharedZones();
  const reader = new SharedZones(buffer);
  expect(reader.changed()).toBeUndefined();
  const net: ZoneSigning = { keys: [keyOf('example.net.', Algorithm.ED25519, 257, { publish: 1 })], denial: 'nsec3' };
  const org: ZoneSigning = { keys: [keyOf('example.org.', Algorithm.ED25519)], denial: 'compact', cds: 'on' };
  writeSharedZones(buffer, [net, org]);
  expect(reader.changed()).toEqual([net, org]);
  expect(reader.changed()).toBeUndefined();
  const more = { ...org, keys: [...org.keys, keyOf('example.org.', Algorithm.ECDSAP256SHA256, 256)] };
  writeSharedZones(buffer, [net, more]);
  expect(reader.changed()).toEqual([more]);
  // Who comes later reads all.
  expect(new SharedZones(buffer).changed()).toEqual([net, more]);
  // Somebody is writing.
  Atomics.add(new Int32Array(buffer, 0, 2), 0, 1);
  expect(new SharedZones(buffer).changed()).toBeUndefined();
});

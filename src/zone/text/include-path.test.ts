import { expect, test } from 'vitest';
import { includePath } from './include-path.ts';

test.each([
  ['zones', 'zones/example.net.zone', 'hosts.zone', 'zones/hosts.zone'],
  ['zones', 'zones/a/b.zone', '../hosts.zone', 'zones/hosts.zone'],
  ['zones/', 'zones/a.zone', './x/./y.zone', 'zones/x/y.zone'],
  ['/etc/steerd/zones', '/etc/steerd/zones/a.zone', 'b.zone', '/etc/steerd/zones/b.zone'],
  ['../zones', '../zones/a.zone', 'b.zone', '../zones/b.zone'],
  ['', 'a.zone', 'b.zone', 'b.zone'],
])('in %s, from %s, %s is %s', (root, from, path, result) => {
  expect(includePath(root, from, path)).toBe(result);
});

test.each([
  ['zones', 'zones/a.zone', '/etc/shadow'],
  ['zones', 'zones/a.zone', '../steerd.yaml'],
  ['zones', 'zones/a.zone', 'x/../../steerd.yaml'],
  ['zones', 'zones/a.zone', '../zones2/b.zone'],
  ['zones', 'zones/a.zone', '../zones'],
  ['zones', 'zones/a.zone', ''],
  ['zones', 'zones/a.zone', 'x\\..\\y'],
  ['../zones', '../zones/a.zone', '../../zones/b.zone'],
  ['', 'a.zone', '../b.zone'],
  ['/zones', '/zones/a.zone', '../../../zones/../b.zone'],
])('in %s, from %s, %s leads out', (root, from, path) => {
  expect(includePath(root, from, path)).toBeUndefined();
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatName } from '../wire/name.ts';
import { formatDiagnostic } from '../zone/diagnostic.ts';
import { readTsigKeys } from './tsig-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'steerd-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'k');

function read(text: string, mode = 0o600): { keys: string[]; said: string[] } {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode });
  return shown(readTsigKeys({ files: [file], variables: [], md5: false }, {}));
}

function shown({ keys, diagnostics }: ReturnType<typeof readTsigKeys>): { keys: string[]; said: string[] } {
  return {
    keys: keys.map((k) => `${formatName(k.name)} ${k.algorithm} ${Buffer.from(k.secret).toString('base64')}`),
    said: diagnostics.map((d) => formatDiagnostic(d).replaceAll(file, 'FILE')),
  };
}

test('files as tsig-keygen, ddns-confgen and people write them', () => {
  const two = `// of the secondaries
key "Xfr.Example" {
\talgorithm hmac-sha256;
\tsecret "AAECAw==";
};
/* key "old" { } */
key acme { algorithm "HMAC-SHA512."; secret AAEC; }; # one line
`;
  expect(read(two)).toEqual({ keys: ['xfr.example. hmac-sha256 AAECAw==', 'acme. hmac-sha512 AAEC'], said: [] });
});

test.each([
  ['', 'FILE: error: has no key (write key "NAME" { algorithm hmac-sha256; secret "…"; }; as tsig-keygen does)'],
  [
    'key "a" { algorithm hmac-sha256; secret "AAEC"; };\nzone x { };',
    'FILE:2: error: has something that is no key (write key "NAME" { algorithm hmac-sha256; secret "…"; }; as tsig-keygen does)',
  ],
  [
    'key "a" { algorithm hmac-sha3; secret "AAEC"; };',
    'FILE:1: error: key a has the algorithm "hmac-sha3" (write one of hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512)',
  ],
  [
    '\nkey "a" { algorithm hmac-md5; secret "AAEC"; };',
    'FILE:2: error: key a is of hmac-md5 (use hmac-sha256, or set tsig.md5: true if the other side knows nothing else)',
  ],
  [
    'key "a" { algorithm hmac-sha256; secret "A%"; };',
    'FILE:1: error: the secret of key a is no base 64 (make one with tsig-keygen, or with openssl rand -base64 32)',
  ],
  [
    'key "a..b" { algorithm hmac-sha256; secret "AAEC"; };',
    'FILE:1: error: key a..b: "a..b" has an empty label (two dots in a row) (write a domain name, e.g. xfr)',
  ],
  [
    'key "a" { algorithm hmac-sha256; secret "AAEC"; }; key "A" { algorithm hmac-sha1; secret "AAEC"; };',
    'FILE:1: error: there is another key named A (give it another name)',
  ],
])('mistake %#', (text, said) => {
  expect(read(text).said).toEqual([said]);
});

test('what others may read is no secret', () => {
  const key = 'key "a" { algorithm hmac-sha256; secret "AAEC"; };';
  expect(read(key, 0o604).said).toEqual([
    'FILE: error: others may read or change this file of secrets (mode 604) (chmod 600 FILE)',
  ]);
  expect(read(key, 0o640).keys).toHaveLength(1);
});

test('variables', () => {
  const of = (value: string | undefined): ReturnType<typeof shown> =>
    shown(readTsigKeys({ files: [], variables: ['K'], md5: true }, { K: value }));
  expect(of('hmac-md5:old:AAEC')).toEqual({ keys: ['old. hmac-md5 AAEC'], said: [] });
  expect(of(undefined).said).toEqual(['K: error: this variable of tsig.key_variables is not set']);
  const fix = '(write ALGORITHM:NAME:SECRET, e.g. hmac-sha256:xfr:…)';
  expect(of('old:AAEC').said).toEqual([`K: error: this variable has no key ${fix}`]);
});

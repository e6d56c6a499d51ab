import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { itNeeds, programPath } from '../../test/support/needs.ts';
import { formatName, parseName } from '../wire/name.ts';
import { ds } from '../wire/rdata/ds.ts';
import { Algorithm } from './algorithm.ts';
import { type DnssecKey, DsDigest, dnskeyRdata, dsRdata, isActive, isPublished, keyTag } from './key.ts';
import { copyKey, makeKeys, readKeys, setTimes, writeKey } from './key-directory.ts';
import { parseKeyFiles, privateFileText, publicFileText } from './key-file.ts';

const ZONE = parseName('example.net.');
const NOW = 1_700_000_000;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tagOf = (key: DnssecKey): number => keyTag(dnskeyRdata(key));

describe('keys made here', () => {
  it('are read again, and only their owner can read what is secret', () => {
    const directory = join(folder, 'keys');
    expect(readKeys(directory, ZONE)).toEqual([]);
    const made = makeKeys(directory, ZONE, Algorithm.ED25519, 'ksk+zsk', NOW);
    expect(made.map(({ key }) => key.flags)).toEqual([257, 256]);
    const read = readKeys(directory, ZONE).map(({ key }) => key);
    expect(new Set(read.map(tagOf))).toEqual(new Set(made.map(({ key }) => tagOf(key))));
    for (const { key, file } of made) {
      expect(read).toContainEqual(key);
      expect(statSync(`${file}.private`).mode & 0o777).toBe(0o600);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory)).toHaveLength(4);
    expect(readKeys(directory, parseName('net.'))).toEqual([]);
  });

  it('are never written over', () => {
    const [{ key }] = makeKeys(folder, ZONE, Algorithm.ECDSAP256SHA256, 'csk', NOW);
    expect(() => writeKey(folder, key)).toThrow('.private is there already');
  });

  it('what a crash left before there was a key is written over', () => {
    const [{ key, file }] = makeKeys(folder, ZONE, Algorithm.ECDSAP256SHA256, 'csk', NOW);
    rmSync(`${file}.private`);
    writeFileSync(`${file}.key`, 'half');
    writeFileSync(`${file}.private.new`, 'half');
    writeKey(folder, key);
    expect(readKeys(folder, ZONE).map((stored) => stored.key)).toEqual([key]);
  });

  itNeeds('dnssec-dsfromkey')('have the DS that BIND makes of them', () => {
    for (const algorithm of [Algorithm.ECDSAP256SHA256, Algorithm.ED25519]) {
      const [{ key, file }] = makeKeys(folder, ZONE, algorithm, 'csk', NOW);
      const lines = execFileSync(programPath('dnssec-dsfromkey') as string, ['-2', '-a', 'SHA-384', `${file}.key`], {
        encoding: 'utf8',
      });
      const own = [DsDigest.SHA256, DsDigest.SHA384].map(
        (type) => `example.net. IN DS ${ds.toText(dsRdata(key, type))}`,
      );
      expect(lines.trim().split('\n').map(plain)).toEqual(own.map(plain));
    }
  });
});

/** A DS line without spaces in the digest. */
function plain(line: string): string {
  const [owner, rrclass, type, tag, algorithm, digestType, ...digest] = line.split(/\s+/);
  return [owner, rrclass, type, tag, algorithm, digestType, digest.join('').toUpperCase()].join(' ');
}

describe("BIND's keys", () => {
  itNeeds('dnssec-keygen').each(['ECDSAP256SHA256', 'ED25519'])('of %s are read, with their times', (algorithm) => {
    mkdirSync(join(folder, 'bind'));
    const args = [
      '-q',
      '-K',
      join(folder, 'bind'),
      '-a',
      algorithm,
      '-f',
      'KSK',
      '-P',
      '20300101000000',
      '-A',
      '20300201000000',
      '-I',
      '20310101000000',
      'example.net',
    ];
    const name = execFileSync(programPath('dnssec-keygen') as string, args, { encoding: 'utf8' }).trim();
    const [{ key, file }] = readKeys(join(folder, 'bind'), ZONE);
    expect(file.endsWith(`/${name}`)).toBe(true);
    expect(name).toBe(`Kexample.net.+0${key.algorithm}+${String(tagOf(key)).padStart(5, '0')}`);
    expect(key).toMatchObject({
      flags: 257,
      times: {
        publish: Date.UTC(2030, 0) / 1000,
        activate: Date.UTC(2030, 1) / 1000,
        inactive: Date.UTC(2031, 0) / 1000,
      },
    });
    expect(isPublished(key, Date.UTC(2029, 11) / 1000)).toBe(false);
    expect([0, 1, 2, 11, 12].map((month) => isPublished(key, Date.UTC(2030, month) / 1000))).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect([0, 1, 2, 11, 12].map((month) => isActive(key, Date.UTC(2030, month) / 1000))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    // And written the same, but for comments.
    const again = parseKeyFiles(publicFileText(key), privateFileText(key));
    expect(again).toEqual(key);
  });
});

describe('times that change', () => {
  const MOMENTS = { created: NOW, publish: NOW, activate: NOW + 1, inactive: NOW + 2, delete: NOW + 3 };
  const all = { ...MOMENTS, dsPublish: NOW + 4, syncPublish: NOW + 5, syncDelete: NOW + 6 };

  it('leave what else is in the file', () => {
    const [stored] = makeKeys(folder, ZONE, Algorithm.ED25519, 'csk', NOW);
    const file = `${stored.file}.private`;
    writeFileSync(file, `${readFileSync(file, 'utf8')}Predecessor: 12345\n`);
    expect(setTimes(stored, all).key.times).toEqual(all);
    expect(readKeys(folder, ZONE)[0].key).toEqual({ ...stored.key, times: all });
    expect(readFileSync(file, 'utf8')).toContain('\nPredecessor: 12345\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are copied to where the key is already, and nothing else is written over', () => {
    const [stored] = makeKeys(folder, ZONE, Algorithm.ED25519, 'csk', NOW);
    const there = join(folder, 'there');
    expect(copyKey(there, stored.key).before).toBeUndefined();
    expect(copyKey(there, { ...stored.key, times: all }).before).toBeDefined();
    expect(readKeys(there, ZONE)[0].key.times).toEqual(all);
    const [other] = makeKeys(join(folder, 'other'), ZONE, Algorithm.ED25519, 'csk', NOW);
    const [{ file }] = readKeys(there, ZONE);
    for (const ending of ['key', 'private'])
      writeFileSync(`${file}.${ending}`, readFileSync(`${other.file}.${ending}`));
    expect(() => copyKey(there, stored.key)).toThrow('is there already');
  });

  itNeeds('dnssec-settime')("are read by BIND's dnssec-settime, and its own are read here", () => {
    const [stored] = makeKeys(folder, ZONE, Algorithm.ECDSAP256SHA256, 'csk', NOW);
    setTimes(stored, all);
    const settime = (...args: string[]): string =>
      execFileSync(programPath('dnssec-settime') as string, [...args, stored.file], { encoding: 'utf8' });
    const told = settime('-u', '-p', 'all');
    const named = { Created: NOW, Publish: NOW, Activate: NOW + 1, Inactive: NOW + 2, Delete: NOW + 3 };
    for (const [field, time] of Object.entries({ ...named, 'SYNC Publish': NOW + 5, 'SYNC Delete': NOW + 6 }))
      expect(told).toContain(`${field}: ${time}`);
    settime('-I', '20310101000000', '-D', '20310201000000', '-P', 'sync', '20300101000000');
    expect(readKeys(folder, ZONE)[0].key).toEqual({
      ...stored.key,
      times: {
        ...all,
        inactive: Date.UTC(2031, 0) / 1000,
        delete: Date.UTC(2031, 1) / 1000,
        syncPublish: Date.UTC(2030, 0) / 1000,
      },
    });
  });
});

describe('what is wrong with a key file is told', () => {
  const texts = (): [string, string] => {
    const [{ file }] = makeKeys(folder, ZONE, Algorithm.ECDSAP256SHA256, 'csk', NOW);
    return [readFileSync(`${file}.key`, 'utf8'), readFileSync(`${file}.private`, 'utf8')];
  };

  it.each([
    ['public', /IN DNSKEY .*/, 'IN A 192.0.2.1', 'the public file has no DNSKEY record'],
    ['public', / 3 13 /, ' 3 8 ', "algorithm 8 can't be used; use 13"],
    ['public', /257/, '1', 'is no key of a zone'],
    ['public', /257/, '385', 'is a revoked key'],
    ['public', / 3 13 \S+/, ' 3 13 AAAA', 'the public key has 3 octets instead of 64'],
    ['private', /v1\.3/, 'v9', 'the private file does not begin with'],
    ['private', /Algorithm: 13/, 'Algorithm: 15', 'the private file is of another algorithm'],
    ['private', /PrivateKey: .*/, 'PrivateKey: AAAA', 'the private key has 3 octets instead of 32'],
    [
      'private',
      /PrivateKey: .*/,
      `PrivateKey: ${Buffer.alloc(32, 7).toString('base64')}`,
      'the private key is not that of the DNSKEY',
    ],
    ['private', /Publish: \d+/, 'Publish: soon', 'Publish: "soon" is no time like 20260131120000'],
  ] as const)('%s: %s -> %s', (which, from, to, message) => {
    const [publicText, privateText] = texts();
    const changed = (text: string, own: string): string => (which === own ? text.replace(from, to) : text);
    expect(() => parseKeyFiles(changed(publicText, 'public'), changed(privateText, 'private'))).toThrow(message);
  });

  it('with the file', () => {
    const [{ file }] = makeKeys(folder, ZONE, Algorithm.ED25519, 'csk', NOW);
    writeFileSync(`${file}.private`, 'nonsense');
    expect(() => readKeys(folder, ZONE)).toThrow(`${file}: the private file does not begin`);
    rmSync(`${file}.key`);
    expect(() => readKeys(folder, ZONE)).toThrow(`${file}.key can't be read`);
  });

  it('a key of another zone under this name', () => {
    const [{ file }] = makeKeys(folder, parseName('example.org.'), Algorithm.ED25519, 'csk', NOW);
    for (const ending of ['key', 'private'])
      writeFileSync(`${file.replace('example.org', 'example.net')}.${ending}`, readFileSync(`${file}.${ending}`));
    expect(() => readKeys(folder, ZONE)).toThrow(`has a key of ${formatName(parseName('example.org.'))}`);
  });
});

/**
 * Key files as BIND, Knot's keymgr (`import-bind`), ldns and others read and write them: `K<zone>+<algorithm>+<tag>.key` has the DNSKEY record, the file that ends in
 * `.private` has the private key and when the key is used. Times are `YYYYMMDDHHMMSS` in UTC.
 */
import { formatName, lowerCase, NameError, parseName } from '../wire/name.ts';
import {
  type Algorithm,
  algorithmName,
  isAlgorithm,
  PRIVATE_OCTETS,
  privateKeyOf,
  publicKeyOf,
  publicOctets,
  signOctets,
  verifyOctets,
} from './algorithm.ts';
import { type DnssecKey, dnskeyRdata, isSep, KeyFlag, type KeyTimes, keyTag } from './key.ts';

/** Why a key file can't be used, in words. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** Fields of times in a private file, and what they are here. */
const TIMES: readonly (readonly [string, keyof KeyTimes])[] = [
  ['Created', 'created'],
  ['Publish', 'publish'],
  ['Activate', 'activate'],
  ['Inactive', 'inactive'],
  ['Delete', 'delete'],
  ['DSPublish', 'dsPublish'],
  ['SyncPublish', 'syncPublish'],
  ['SyncDelete', 'syncDelete'],
];

/** The name of a key's files without ending. */
export function keyFileName(key: DnssecKey): string {
  const tag = String(keyTag(dnskeyRdata(key))).padStart(5, '0');
  return `K${formatName(key.zone)}+${String(key.algorithm).padStart(3, '0')}+${tag}`;
}

/** The public file's text. */
export function publicFileText(key: DnssecKey): string {
  const role = isSep(key) ? 'key-signing' : 'zone-signing';
  const zone = formatName(key.zone);
  const head = `; This is a ${role} key, keyid ${keyTag(dnskeyRdata(key))}, for ${zone}\n`;
  return `${head}${zone} IN DNSKEY ${key.flags} 3 ${key.algorithm} ${Buffer.from(key.publicKey).toString('base64')}\n`;
}

/** The private file's text. */
export function privateFileText(key: DnssecKey): string {
  const lines = [
    'Private-key-format: v1.3',
    `Algorithm: ${key.algorithm} (${algorithmName(key.algorithm)})`,
    `PrivateKey: ${Buffer.from(key.privateKey).toString('base64')}`,
    ...timeLines(key.times),
  ];
  return `${lines.join('\n')}\n`;
}

function timeLines(times: KeyTimes): string[] {
  return TIMES.flatMap(([field, at]) => {
    const time = times[at];
    return time === undefined ? [] : [`${field}: ${formatTime(time)}`];
  });
}

/** A private file's text with other times; what else is in it stays. */
export function withTimes(privateText: string, times: KeyTimes): string {
  const isTime = (line: string): boolean => TIMES.some(([field]) => line.startsWith(`${field}:`));
  const lines = privateText.split('\n').filter((line) => line !== '' && !isTime(line));
  return `${[...lines, ...timeLines(times)].join('\n')}\n`;
}

/**
 * Reads both files of a key, and tries whether they belong together.
 * @throws KeyFileError
 */
export function parseKeyFiles(publicText: string, privateText: string): DnssecKey {
  const { zone, flags, algorithm, publicKey } = parsePublic(publicText);
  const { privateKey, times } = parsePrivate(privateText, algorithm);
  if ((flags & KeyFlag.ZONE) === 0) throw new KeyFileError(`flags ${flags}: is no key of a zone`);
  if ((flags & KeyFlag.REVOKE) !== 0) throw new KeyFileError(`flags ${flags}: is a revoked key`);
  const key: DnssecKey = { zone, flags, algorithm, publicKey, privateKey, times };
  if (!isPair(key)) throw new KeyFileError('the private key is not that of the DNSKEY');
  return key;
}

function isPair(key: DnssecKey): boolean {
  const { algorithm } = key;
  const data = dnskeyRdata(key);
  try {
    const signature = signOctets(algorithm, privateKeyOf(algorithm, key), data);
    return verifyOctets(algorithm, publicKeyOf(algorithm, key.publicKey), data, signature);
  } catch {
    return false;
  }
}

function parsePublic(text: string): Pick<DnssecKey, 'zone' | 'flags' | 'publicKey' | 'algorithm'> {
  const line = text
    .split('\n')
    .map((each) => each.replace(/;.*$/, '').replace(/[()]/g, ' ').trim())
    .filter((each) => each !== '')
    .join(' ');
  const match = /^(\S+)(?:\s+\d+)?\s+(?:IN\s+)?DNSKEY\s+(\d{1,5})\s+3\s+(\d{1,3})\s+([A-Za-z0-9+/=\s]+)$/i.exec(line);
  if (match === null)
    throw new KeyFileError('the public file has no DNSKEY record like "example.net. IN DNSKEY 257 3 13 …"');
  const number = Number(match[3]);
  if (!isAlgorithm(number))
    throw new KeyFileError(`algorithm ${number} can't be used; use 13 (ECDSAP256SHA256) or 15 (ED25519)`);
  const publicKey = fromBase64(match[4]);
  if (publicKey.length !== publicOctets(number))
    throw new KeyFileError(`the public key has ${publicKey.length} octets instead of ${publicOctets(number)}`);
  return { zone: parseZone(match[1]), flags: Number(match[2]) & 0xffff, algorithm: number, publicKey };
}

function parseZone(text: string): Uint8Array {
  try {
    const zone = parseName(text);
    lowerCase(zone);
    return zone;
  } catch (error) {
    if (error instanceof NameError) throw new KeyFileError(error.message);
    throw error;
  }
}

function parsePrivate(text: string, algorithm: Algorithm): Pick<DnssecKey, 'privateKey' | 'times'> {
  const fields = new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
    }),
  );
  if (!/^v1\./.test(fields.get('Private-key-format') ?? ''))
    throw new KeyFileError('the private file does not begin with "Private-key-format: v1.3"');
  if (Number.parseInt(fields.get('Algorithm') ?? '', 10) !== algorithm)
    throw new KeyFileError('the private file is of another algorithm than the public one');
  const privateKey = fromBase64(fields.get('PrivateKey') ?? '');
  if (privateKey.length !== PRIVATE_OCTETS)
    throw new KeyFileError(`the private key has ${privateKey.length} octets instead of ${PRIVATE_OCTETS}`);
  const times: Partial<Record<keyof KeyTimes, number>> = {};
  for (const [field, at] of TIMES) {
    const value = fields.get(field);
    if (value !== undefined) times[at] = parseTime(field, value);
  }
  return { privateKey, times };
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'base64'));
}

function parseTime(field: string, text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1).map(Number);
  const time = match === null ? Number.NaN : Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(time)) throw new KeyFileError(`${field}: "${text}" is no time like 20260131120000`);
  return time / 1000;
}

/** Seconds as `YYYYMMDDHHMMSS`. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[^\d]/g, '');
}

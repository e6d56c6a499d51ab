/**
 * The directory of key files: reads the keys of a zone, writes new ones. What is secret is written for the owner alone (0600), whole or not at all, and never over
 * another key.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { formatName } from '../wire/name.ts';
import { type Algorithm, generatePair, type KeyPair } from './algorithm.ts';
import { type DnssecKey, dnskeyRdata, KeyFlag, type KeyTimes, keyTag } from './key.ts';
import { KeyFileError, keyFileName, parseKeyFiles, privateFileText, publicFileText, withTimes } from './key-file.ts';

/** A key, and where it lies. */
export interface StoredKey {
  readonly key: DnssecKey;
  /** Without ending. */
  readonly file: string;
}

/** Which keys a zone gets: one that signs all, or one for the keys and one for all else. */
export type KeyRoles = 'csk' | 'ksk+zsk';

/**
 * The keys of a zone, in the order of their files' names. A directory that isn't there has none.
 * @throws KeyFileError
 */
export function readKeys(directory: string, zone: Uint8Array): StoredKey[] {
  const begin = `K${formatName(zone)}+`;
  const keys = listed(directory)
    .filter((name) => name.startsWith(begin) && name.endsWith('.private'))
    .sort()
    .map((name) => readKey(join(directory, name.slice(0, -'.private'.length))));
  for (const { key, file } of keys) {
    if (formatName(key.zone) !== formatName(zone))
      throw new KeyFileError(`${file}.key has a key of ${formatName(key.zone)}`);
    // Validators that go by the tag would take one for the other.
    const twin = keys.find((other) => other.file !== file && isTwin(other.key, key));
    if (twin !== undefined)
      throw new KeyFileError(`${file}.key and ${twin.file}.key have the same tag; remove one of them`);
  }
  return keys;
}

/** Reads one key. @param file without ending @throws KeyFileError */
export function readKey(file: string): StoredKey {
  try {
    return { key: parseKeyFiles(readText(`${file}.key`), readText(`${file}.private`)), file };
  } catch (error) {
    if (error instanceof KeyFileError && !error.message.startsWith(file))
      throw new KeyFileError(`${file}: ${error.message}`);
    throw error;
  }
}

/**
 * Makes the keys of a zone and writes them.
 * @param now Unix seconds
 * @throws KeyFileError
 */
export function makeKeys(
  directory: string,
  zone: Uint8Array,
  algorithm: Algorithm,
  roles: KeyRoles,
  now: number,
): StoredKey[] {
  const wanted = roles === 'csk' ? [KeyFlag.ZONE | KeyFlag.SEP] : [KeyFlag.ZONE | KeyFlag.SEP, KeyFlag.ZONE];
  const times = { created: now, publish: now, activate: now };
  return wanted.map((flags) => makeKey(directory, { zone, algorithm, flags, times }));
}

/** Makes a key and writes it. @throws KeyFileError */
export function makeKey(directory: string, like: Omit<DnssecKey, keyof KeyPair>): StoredKey {
  const { zone, algorithm, flags, times } = like;
  const others = readKeys(directory, zone);
  let key: DnssecKey;
  do key = { zone, algorithm, flags, times, ...generatePair(algorithm) };
  while (others.some((other) => isTwin(other.key, key)));
  return writeKey(directory, key);
}

/** Whether a key's files are there, or others of its name. */
export function hasKey(directory: string, key: DnssecKey): boolean {
  return existsSync(`${join(directory, keyFileName(key))}.private`);
}

/**
 * Writes a key, or gives the one that is there already the times of this.
 * @returns the key as it was, if it was there
 * @throws KeyFileError, when another of its name is there
 */
export function copyKey(directory: string, key: DnssecKey): { stored: StoredKey; before: StoredKey | undefined } {
  const file = join(directory, keyFileName(key));
  const before = hasKey(directory, key) ? readKey(file) : undefined;
  if (before === undefined || !isSame(before.key, key)) return { stored: writeKey(directory, key), before: undefined };
  return { stored: setTimes(before, key.times), before };
}

/** Gives a key other times. @throws KeyFileError */
export function setTimes({ key, file }: StoredKey, times: KeyTimes): StoredKey {
  const beside = `${file}.private.new`;
  const text = withTimes(readText(`${file}.private`), times);
  try {
    writeFileSync(beside, text, { mode: 0o600, flush: true });
    renameSync(beside, `${file}.private`);
  } catch (error) {
    throw new KeyFileError(`${file}.private can't be written: ${(error as Error).message}`);
  }
  return { key: { ...key, times }, file };
}

/** Whether CDS and CDNSKEY are published: of the keys the parent should have, or that it should have no DS any more. */
export type CdsState = 'on' | 'delete';

function cdsFile(directory: string, zone: Uint8Array): string {
  return join(directory, `K${formatName(zone)}+cds`);
}

/** Undefined where there are to be none. @throws KeyFileError */
export function readCds(directory: string, zone: Uint8Array): CdsState | undefined {
  const file = cdsFile(directory, zone);
  if (!existsSync(file)) return undefined;
  const word = readText(file).trim();
  if (word === 'on' || word === 'delete') return word;
  throw new KeyFileError(`${file} says neither on nor delete; steerd dnssec cds writes it`);
}

/** @throws KeyFileError */
export function writeCds(directory: string, zone: Uint8Array, state: CdsState | undefined): void {
  const file = cdsFile(directory, zone);
  try {
    if (state === undefined) {
      rmSync(file, { force: true });
      return;
    }
    writeFileSync(`${file}.new`, `${state}\n`, { mode: 0o644, flush: true });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new KeyFileError(`${file} can't be written: ${(error as Error).message}`);
  }
}

function isSame(a: DnssecKey, b: DnssecKey): boolean {
  return Buffer.compare(dnskeyRdata(a), dnskeyRdata(b)) === 0;
}

/** Writes a key. @throws KeyFileError, when there is one of that name, say */
export function writeKey(directory: string, key: DnssecKey): StoredKey {
  const file = join(directory, keyFileName(key));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (hasKey(directory, key)) throw new KeyFileError(`${file}.private is there already`);
    // The private half last: without it there is no key, and what a crash left of another is written over.
    put(`${file}.key`, publicFileText(key), 0o644);
    put(`${file}.private`, privateFileText(key), 0o600);
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError(`${file} can't be written: ${(error as Error).message}`);
  }
  return { key, file };
}

/** Writes beside and links, so that the file is whole when it has its name. */
function put(file: string, text: string, mode: number): void {
  const beside = `${file}.new`;
  if (existsSync(beside)) unlinkSync(beside);
  const handle = openSync(beside, 'wx', mode);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (file.endsWith('.key') && existsSync(file)) unlinkSync(file);
  linkSync(beside, file);
  unlinkSync(beside);
}

function isTwin(a: DnssecKey, b: DnssecKey): boolean {
  return a.algorithm === b.algorithm && keyTag(dnskeyRdata(a)) === keyTag(dnskeyRdata(b));
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new KeyFileError(`${directory} can't be read: ${(error as Error).message}`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new KeyFileError(`${file} can't be read: ${(error as Error).message}`);
  }
}

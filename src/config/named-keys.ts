/** Settings that name TSIG keys, held against the keys there are. */
import { formatName, sameName } from '../wire/name.ts';
import type { TsigKey } from '../wire/tsig.ts';
import type { Mistake } from './settings-mistakes.ts';

/**
 * @param setting where the names stand
 * @returns what is wrong; undefined when there are keys of all these names
 */
export function unknownKey(
  setting: string,
  names: readonly Uint8Array[],
  keys: readonly TsigKey[],
): Mistake | undefined {
  const unknown = names.find((name) => !keys.some((key) => sameName(key.name, name)));
  if (unknown === undefined) return undefined;
  const message = `${setting} names the TSIG key ${formatName(unknown).slice(0, -1)}, which there is not`;
  return { code: 'unknown-key-name', message, fix: 'add its file to tsig.key_files' };
}

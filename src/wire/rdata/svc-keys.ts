/** SvcParamKeys by name and number (RFC 9460 §14.3.2; RFC 9461 dohpath; RFC 9540 ohttp). */
import { SvcParam } from '../constants.ts';
import { RdataError } from './codec.ts';
import { suggestion } from './keys.ts';

const NAMES: Readonly<Record<number, string>> = {
  [SvcParam.MANDATORY]: 'mandatory',
  [SvcParam.ALPN]: 'alpn',
  [SvcParam.NO_DEFAULT_ALPN]: 'no-default-alpn',
  [SvcParam.PORT]: 'port',
  [SvcParam.IPV4HINT]: 'ipv4hint',
  [SvcParam.ECH]: 'ech',
  [SvcParam.IPV6HINT]: 'ipv6hint',
  [SvcParam.DOHPATH]: 'dohpath',
  [SvcParam.OHTTP]: 'ohttp',
  [SvcParam.STEER_HINTS]: 'hints',
};

const NUMBERS = new Map(Object.entries(NAMES).map(([number, name]) => [name, Number(number)]));

/** "Invalid key", kept for ever (RFC 9460 §14.3.2). */
export const INVALID_KEY = 0xffff;

/** `key123`, no leading zeros; digits after `key` are no registered key's name. */
const GENERIC = /^key(0|[1-9]\d{0,4})$/;

/** The key's name, `key123` for one without. */
export function keyName(key: number): string {
  return NAMES[key] ?? `key${key}`;
}

/** Whether a key is written by its number, so that its value is octets whatever the key (RFC 9460 §2.1). */
export function isGenericKey(name: string): boolean {
  return GENERIC.test(name);
}

/** @throws RdataError */
export function keyNumber(name: string): number {
  const known = NUMBERS.get(name);
  if (known !== undefined) return known;
  const generic = GENERIC.exec(name);
  if (generic === null || Number(generic[1]) > 0xffff)
    throw new RdataError(`"${name}" is no SvcParamKey; ${suggestion(name, [...NUMBERS.keys(), 'keyNNN'])}`);
  // Our own marker has a name, so that nobody writes it by accident.
  if (Number(generic[1]) === INVALID_KEY || Number(generic[1]) === SvcParam.STEER_HINTS)
    throw new RdataError(`${name} is reserved`);
  return Number(generic[1]);
}

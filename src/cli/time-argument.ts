/** Times as operators write them: `2026-12-24T18:00:00Z`, `+10m` from now, `-1h` ago. */
import { CommandError } from './command.ts';

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * @param sign what a time counted from now has in front of it
 * @returns ISO 8601 in UTC
 * @throws CommandError
 */
export function timeArgument(option: string, text: string, sign: '+' | '-'): string {
  const [, count, unit] = /^[+-](\d{1,8})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && text.startsWith(sign)) {
    const seconds = Number(count) * UNITS[unit as keyof typeof UNITS];
    return new Date(Date.now() + (sign === '+' ? seconds : -seconds) * 1000).toISOString();
  }
  const time = count === undefined ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    const example = sign === '+' ? '+10m' : '-1h';
    throw new CommandError(`--${option} ${text}: write a time such as 2026-12-24T18:00:00Z, or ${example}`, 2);
  }
  return new Date(time).toISOString();
}

/** Times as they are written in files. */
import * as z from 'zod';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
/** Milliseconds of a day. */
export const DAY = UNITS.d;

/** A time, in milliseconds once read: `10s`, `200ms`, `1m`, or a number of seconds. */
export function duration(least: number, most: number = DAY) {
  return z
    .union([z.string().regex(DURATION), z.number()])
    .transform((value) => {
      if (typeof value === 'number') return Math.round(value * UNITS.s);
      const [, count, unit] = DURATION.exec(value) as unknown as [string, string, keyof typeof UNITS];
      return Math.round(Number(count) * UNITS[unit]);
    })
    .refine((ms) => ms >= least, `is too short: the least is ${least} ms`)
    .refine((ms) => ms <= most, most === DAY ? 'is longer than a day' : `is longer than ${most / DAY} days`);
}

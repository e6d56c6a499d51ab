/** Mappings of OctoDNS values: that a value is one, and that every key in it means something. */
import { RdataError } from './codec.ts';

/**
 * A value that has to be a mapping.
 * @param form what one looks like, for the message
 * @throws RdataError
 */
export function mappingOf(value: unknown, form: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RdataError(`the value must be a mapping: ${form}`);
  return value as Readonly<Record<string, unknown>>;
}

/**
 * Refuses a key that would be left aside in silence.
 * @param owner what the keys are keys of
 * @throws RdataError
 */
export function refuseUnknownKeys(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  owner: string,
): void {
  for (const key of Object.keys(given))
    if (!known.includes(key)) throw new RdataError(`"${key}" is no key of ${owner}; ${suggestion(key, known)}`);
}

/** The known word an unknown one was probably meant to be; all of them when none is within half of its letters. */
export function suggestion(word: string, known: readonly string[]): string {
  let best: string | undefined;
  let limit = Math.floor(word.length / 2) + 1;
  for (const candidate of known) {
    // A word so much longer or shorter is no slip of the fingers, and a word may be of any length.
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const distance = editDistance(word, candidate);
    if (distance >= limit) continue;
    best = candidate;
    limit = distance;
  }
  return best === undefined ? `there are ${known.join(', ')}` : `did you mean ${best}?`;
}

/** Insertions, deletions and substitutions from one word to the other. */
function editDistance(a: string, b: string): number {
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    last = row;
  }
  return last[b.length];
}

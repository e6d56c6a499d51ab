/**
 * What a schema's issues mean to the operator: a sentence that names key and value, and what to write instead.
 */
import type * as z from 'zod';
import { MAX_TTL } from '../../wire/constants.ts';
import { NOT_A_TTL, parseTtl } from '../../zone/text/ttl.ts';
import { nearest } from '../nearest.ts';
import type { Path } from './yaml-events.ts';

/** A mistake in a record; `path` leads to it from the record. */
export interface RecordMistake {
  readonly code: string;
  readonly path: Path;
  /** Whether the key at the path's end is to blame, rather than its value. */
  readonly key: boolean;
  readonly message: string;
  readonly fix?: string;
}

/**
 * @param record what was checked
 * @param known  the keys that the mapping at a path can have
 */
export function explain(
  issue: z.core.$ZodIssue,
  record: unknown,
  known: (path: Path) => readonly string[],
): RecordMistake[] {
  const { path } = issue;
  const value = valueAt(record, path);
  const what = path.length === 0 ? 'the record' : `"${keyName(path)}"`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const fix = suggestion(key, known(path));
        return { code: 'unknown-key', path: [...path, key], key: true, message: `there is no key "${key}" here`, fix };
      });
    case 'invalid_union': {
      const branch = issue.errors.find(
        (issues) => !issues.some((i) => i.code === 'invalid_type' && i.path.length === 0),
      );
      if (branch !== undefined && branch.length > 0) {
        return branch.flatMap((inner) =>
          explain({ ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue, record, known),
        );
      }
      if (value === undefined) return [missing(path)];
      return [bad(path, `${what} can not be ${show(value)}`)];
    }
    case 'invalid_type':
      if (value === undefined) return [missing(path)];
      if (keyName(path) === 'ttl') return [badTtl(path, value)];
      return [bad(path, `${what} must be ${typeWord(issue.expected)}, not ${show(value)}`)];
    case 'too_big':
      if (keyName(path) === 'ttl') return [largeTtl(path, value)];
      if (issue.origin === 'array')
        return [bad(path, `${what} has ${(value as unknown[]).length} items, but there can be only one`)];
      return [bad(path, `${what} is ${show(value)}, over ${issue.maximum}`)];
    case 'too_small':
      if (issue.origin === 'number' || issue.origin === 'int')
        return [bad(path, `${what} is ${show(value)}, below ${issue.minimum}`)];
      return [bad(path, `${what} is empty`)];
    case 'invalid_value':
      return [bad(path, `${what} can not be ${show(value)}`, `write ${issue.values.map(String).join(' or ')}`)];
    case 'custom':
      return [
        {
          code: 'bad-record',
          path,
          key: path.length > 0,
          message: issue.message,
          fix: 'write value: for one record, values: for a list',
        },
      ];
    default:
      return [bad(path, `${what}: ${issue.message}`)];
  }
}

/** The word for a value in a message: short, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
  if (Array.isArray(value)) return 'a list';
  if (value === null || value === undefined) return 'empty';
  return typeof value === 'object' ? 'a mapping' : String(value);
}

/** What to write for a word that isn't one of those known. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length === 0 ? undefined : `the keys are ${known.join(', ')}`;
}

function bad(path: Path, message: string, fix?: string): RecordMistake {
  return { code: 'bad-value', path, key: false, message, fix };
}

function missing(path: Path): RecordMistake {
  const key = keyName(path);
  return {
    code: 'missing-key',
    path: path.slice(0, -1),
    key: false,
    message: `"${key}" is missing`,
    fix: `add ${key}: …`,
  };
}

function badTtl(path: Path, value: unknown): RecordMistake {
  const text = String(value);
  const octets = new TextEncoder().encode(text);
  const ttl = parseTtl(octets, 0, octets.length);
  if (ttl === NOT_A_TTL)
    return { ...bad(path, `"ttl" must be a whole number of seconds, not ${show(value)}`), code: 'bad-ttl' };
  if (ttl < 0) return largeTtl(path, value);
  return { ...bad(path, `"ttl" must be a number, not ${show(value)}`, `write ${ttl}`), code: 'bad-ttl' };
}

function largeTtl(path: Path, value: unknown): RecordMistake {
  const message = `TTL ${String(value)} is over ${MAX_TTL} seconds (2^31-1)`;
  return { code: 'ttl-too-large', path, key: false, message, fix: `write ${MAX_TTL} or less` };
}

/** The last key of a path; an item of a list goes by the list's. */
function keyName(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string');
  return key === undefined ? '' : String(key);
}

function valueAt(value: unknown, path: Path): unknown {
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function typeWord(expected: string): string {
  switch (expected) {
    case 'string':
      return 'text';
    case 'int':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping';
    default:
      return `a ${expected}`;
  }
}

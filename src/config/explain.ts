/**
 * What a schema's issues mean to the operator: a sentence that names key and value, and what to write instead, taken from the schema
 * itself (the keys and words it knows, the examples it gives).
 */
import type * as z from 'zod';
import { nearest } from './nearest.ts';
import { type Path, valueAt } from './yaml-load.ts';
import { show, suggestion } from './zone/explain.ts';
import { yamlFlow } from './zone/yaml-text.ts';

type Json = z.core.JSONSchema.BaseSchema;

/** A mistake in a file's shape; `path` leads to it. */
export interface ShapeMistake {
  readonly code: string;
  readonly path: Path;
  /** Whether the key at the path's end is to blame, rather than its value. */
  readonly key: boolean;
  readonly message: string;
  readonly fix?: string;
}

/**
 * @param root   what was checked
 * @param schema what it was checked against, as JSON Schema
 */
export function explainIssue(issue: z.core.$ZodIssue, root: unknown, schema: Json): ShapeMistake[] {
  const { path } = issue;
  const value = valueAt(root, path);
  const here = schemaAt(schema, path);
  const what = path.length === 0 ? 'the file' : `"${nameOf(path)}"`;
  const bad = (message: string, fix = example(schema, path)): ShapeMistake[] => [
    { code: 'bad-value', path, key: false, message, fix },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        code: 'unknown-key',
        path: [...path, key],
        key: true,
        message: `there is no key "${key}" here`,
        fix: suggestion(key, knownKeys(here)),
      }));
    case 'invalid_key':
      return [
        {
          code: 'bad-name',
          path,
          key: true,
          message: `"${String(path.at(-1))}" can not be a name`,
          fix: 'write letters, digits, - and _',
        },
      ];
    case 'invalid_union': {
      const branch = issue.errors.find((all) => !all.some((inner) => isOtherKind(inner, value)));
      if (value === undefined) return [missing(path, schema)];
      if (branch === undefined || branch.length === 0) return bad(`${what} can not be ${show(value)}`);
      return branch.flatMap((inner) =>
        explainIssue({ ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue, root, schema),
      );
    }
    case 'invalid_type':
      if (value === undefined) return [missing(path, schema)];
      return bad(`${what} must be ${typeWord(String(here?.type ?? issue.expected))}, not ${show(value)}`);
    case 'invalid_value': {
      if (value === undefined) return [missing(path, schema)];
      const words = issue.values.map(String);
      const near = typeof value === 'string' ? nearest(value, words) : undefined;
      return bad(
        `${what} can not be ${show(value)}`,
        near === undefined ? `write ${oneOf(words)}` : `did you mean "${near}"?`,
      );
    }
    case 'too_big':
      if (issue.origin === 'array') return bad(`${what} has more than ${issue.maximum} items`);
      return bad(`${what} is ${show(value)}, over ${issue.maximum}`);
    case 'too_small':
      if (issue.origin === 'number' || issue.origin === 'int')
        return bad(`${what} is ${show(value)}, below ${issue.minimum}`);
      if (issue.origin === 'array' && Array.isArray(value) && value.length > 0)
        return bad(`${what} has fewer than ${issue.minimum} items`);
      return bad(`${what} is empty`);
    case 'invalid_format':
      return bad(`${what} can not be ${show(value)}`);
    default:
      return bad(issue.message);
  }
}

function missing(path: Path, schema: Json): ShapeMistake {
  const fix = example(schema, path)?.replace('write e.g. ', 'add e.g. ') ?? `add ${nameOf(path)}: …`;
  return { code: 'missing-key', path, key: false, message: `"${nameOf(path)}" is missing`, fix };
}

/** Whether a branch of a union fails because the value was never meant for it: a mapping is no word, a list no mapping. */
function isOtherKind(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value === 'object');
}

/** `write e.g. country: CH`; for an item of a list that has no example of its own, one of the list. */
function example(schema: Json, path: Path): string | undefined {
  const value = schemaAt(schema, path)?.examples?.[0];
  if (value !== undefined) {
    const key = typeof path.at(-1) === 'number' ? '' : `${nameOf(path)}: `;
    return `write e.g. ${key}${yamlFlow(value)}`;
  }
  return typeof path.at(-1) === 'number' ? example(schema, path.slice(0, -1)) : undefined;
}

/** The last key of a path; an item of a list goes by the list's. */
function nameOf(path: Path): string {
  return String(path.findLast((part) => typeof part === 'string') ?? '');
}

/** The part of a schema that a path leads to. */
export function schemaAt(schema: Json, path: Path): Json | undefined {
  let here: Json | undefined = schema;
  for (const part of path) {
    here = branches(here)
      .map((branch) => member(branch, part))
      .find((found) => found !== undefined);
    if (here === undefined) return undefined;
  }
  return here;
}

function branches(schema: Json): Json[] {
  return [schema, ...((schema.anyOf ?? []) as Json[])];
}

function member(schema: Json, part: PropertyKey): Json | undefined {
  if (typeof part === 'number') {
    const items = schema.prefixItems?.[part] ?? schema.items;
    return typeof items === 'object' ? (items as Json) : undefined;
  }
  const property = schema.properties?.[String(part)] ?? schema.additionalProperties;
  return typeof property === 'object' ? (property as Json) : undefined;
}

function knownKeys(schema: Json | undefined): string[] {
  return schema === undefined ? [] : branches(schema).flatMap((branch) => Object.keys(branch.properties ?? {}));
}

/** `a, b or c` */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function typeWord(expected: string): string {
  switch (expected) {
    case 'string':
      return 'text';
    case 'int':
    case 'integer':
      return 'a whole number';
    case 'array':
    case 'tuple':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping';
    case 'boolean':
      return 'true or false';
    default:
      return `a ${expected}`;
  }
}

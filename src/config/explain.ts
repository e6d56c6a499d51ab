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

/** How a value is named and given where it was written. */
export interface Wording {
  /** What a path leads to. */
  name(path: Path): string;
  /** How a value is written there. */
  assign(path: Path, value: unknown): string;
}

/** In a YAML file: by the last key. */
export const inFile: Wording = {
  name: (path) => (path.length === 0 ? 'the file' : `"${keyOf(path)}"`),
  assign: (path, value) => (typeof path.at(-1) === 'number' ? '' : `${keyOf(path)}: `) + yamlFlow(value),
};

/** In an environment variable. */
export function inVariable(variable: string, text: (value: unknown) => string): Wording {
  return { name: () => 'it', assign: (_, value) => `${variable}=${text(value)}` };
}

/**
 * @param root   what was checked
 * @param schema what it was checked against, as JSON Schema
 */
export function explainIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  schema: Json,
  wording: Wording = inFile,
): ShapeMistake[] {
  const { path } = issue;
  const value = valueAt(root, path);
  const here = schemaAt(schema, path);
  const what = wording.name(path);
  const bad = (message: string, fix = example(schema, path, wording)): ShapeMistake[] => [
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
          fix: example(schema, path.slice(0, -1), wording) ?? 'write letters, digits, - and _',
        },
      ];
    case 'invalid_union': {
      const branch = issue.errors.find((all) => !all.some((inner) => isOtherKind(inner, value)));
      if (value === undefined) return [missing(path, schema, wording)];
      const kinds = typeof value === 'object' ? undefined : numberOrWord(here);
      if (kinds !== undefined && branch?.some((inner) => inner.code === 'invalid_value')) {
        return bad(`${what} can not be ${show(value)}`, `write ${kinds}`);
      }
      if (branch === undefined || branch.length === 0) return bad(`${what} can not be ${show(value)}`);
      return branch.flatMap((inner) =>
        explainIssue({ ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue, root, schema, wording),
      );
    }
    case 'invalid_type':
      if (value === undefined) return [missing(path, schema, wording)];
      return bad(`${what} must be ${typeWord(String(here?.type ?? issue.expected))}, not ${show(value)}`);
    case 'invalid_value': {
      if (value === undefined) return [missing(path, schema, wording)];
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
      return bad(`${what} ${issue.message}`);
  }
}

function missing(path: Path, schema: Json, wording: Wording): ShapeMistake {
  const fix = example(schema, path, wording)?.replace('write e.g. ', 'add e.g. ') ?? `add ${keyOf(path)}: …`;
  return { code: 'missing-key', path, key: false, message: `"${keyOf(path)}" is missing`, fix };
}

/** What to write where either a number or one of a few words can stand. */
function numberOrWord(schema: Json | undefined): string | undefined {
  const kinds = (schema?.anyOf ?? []) as Json[];
  const words = kinds.flatMap((kind) => (kind.const === undefined ? [] : [String(kind.const)]));
  return words.length > 0 && kinds.some((kind) => kind.type === 'integer')
    ? oneOf(['a whole number', ...words])
    : undefined;
}

/** Whether a branch of a union fails because the value was never meant for it: a mapping is no word, a list no mapping. */
function isOtherKind(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value === 'object');
}

/** `write e.g. country: CH`; for an item of a list that has no example of its own, one of the list. */
function example(schema: Json, path: Path, wording: Wording): string | undefined {
  const value = schemaAt(schema, path)?.examples?.[0];
  if (value !== undefined) return `write e.g. ${wording.assign(path, value)}`;
  return typeof path.at(-1) === 'number' ? example(schema, path.slice(0, -1), wording) : undefined;
}

/** The last key of a path; an item of a list goes by the list's. */
function keyOf(path: Path): string {
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

/**
 * A file's shape: everything its schema says against it, and what is left of it without that, so that the checks that come after can look
 * at the rest in the same run.
 */
import * as z from 'zod';
import { explainIssue, type ShapeMistake, schemaAt, type Wording } from './explain.ts';
import { type Path, valueAt } from './yaml-load.ts';

/** Each round takes something away; schemas nest no deeper than this. */
const MAX_ROUNDS = 16;

export interface Shape<T> {
  /** Undefined only if the whole is of another shape altogether. */
  readonly value?: T;
  readonly mistakes: readonly ShapeMistake[];
}

/** Checks a value. What is wrong is told and left out of the result. */
export function checkShape<S extends z.ZodType>(schema: S, value: unknown, wording?: Wording): Shape<z.output<S>> {
  const first = schema.safeParse(value);
  if (first.success) return { value: first.data, mistakes: [] };
  const json = jsonSchemaOf(schema);
  const mistakes = first.error.issues.flatMap((issue) => explainIssue(issue, value, json, wording));
  const rest = structuredClone(value);
  let issues = first.error.issues;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const issue of issues) prune(rest, issue, json);
    const again = schema.safeParse(rest);
    if (again.success) return { value: again.data, mistakes };
    issues = again.error.issues;
  }
  return { mistakes };
}

/** The schema as its file is written. */
export function jsonSchemaOf(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      // zod takes examples for values that were read, and drops them where reading changes a value. Ours are as written.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (examples !== undefined) jsonSchema.examples = examples as typeof jsonSchema.examples;
    },
  });
}

function prune(value: unknown, issue: z.core.$ZodIssue, json: z.core.JSONSchema.BaseSchema): void {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) remove(value, [...path, key]);
    return;
  }
  if (remove(value, path)) return;
  // What is missing makes the thing it is missing from unusable, unless something harmless can stand for it. If that thing is gone
  // already, there is nothing more to do.
  const holder = path.slice(0, -1);
  const inside = valueAt(value, holder);
  if (typeof inside !== 'object' || inside === null) return;
  const standIn = schemaAt(json, path)?.examples?.[0];
  if (typeof standIn === 'string' && !Array.isArray(inside))
    Object.assign(inside, { [path[path.length - 1]]: standIn });
  else remove(value, holder);
}

function remove(value: unknown, path: Path): boolean {
  const holder = valueAt(value, path.slice(0, -1));
  const key = path[path.length - 1];
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return false;
  if (Array.isArray(holder)) {
    // A list without one of its items is another list, and its items' indexes no longer lead to their places in the text.
    return remove(value, path.slice(0, -1));
  }
  return Reflect.deleteProperty(holder, key);
}

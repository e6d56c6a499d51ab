/**
 * The keys of steerd.yaml as a flat list, and each as an environment variable.
 */
import type * as z from 'zod';
import { settingsFileSchema } from './settings-schema.ts';
import { jsonSchemaOf } from './shape.ts';
import type { Path } from './yaml-load.ts';

type Json = z.core.JSONSchema.BaseSchema;

export interface SettingKey {
  /** `tcp.idle_timeout` */
  readonly key: string;
  readonly path: readonly string[];
  /** `STEERD_TCP_IDLE_TIMEOUT` */
  readonly variable: string;
  readonly description: string;
  /** As written in the file; undefined when the key has none. */
  readonly standard: unknown;
  readonly schema: Json;
}

/** What every variable of ours begins with. */
export const VARIABLE_PREFIX = 'STEERD_';

/** Every key that holds a value, in the order of the schema. */
export function settingKeys(): SettingKey[] {
  return leaves(jsonSchemaOf(settingsFileSchema), []);
}

function leaves(schema: Json, path: readonly string[]): SettingKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const at = [...path, name];
    if (typeof child === 'boolean') return [];
    if (child.properties !== undefined) return leaves(child, at);
    return [
      {
        key: at.join('.'),
        path: at,
        variable: VARIABLE_PREFIX + at.join('_').toUpperCase(),
        description: child.description ?? '',
        standard: child.default,
        schema: child,
      },
    ];
  });
}

/** A variable's text as the value it would be in the file. What can't be one stays text, for the schema to refuse. */
export function valueFromText(text: string, schema: Json): unknown {
  if (takes(schema, 'array')) {
    const value = isOf(schema, 'object') ? json(text) : text;
    // Where an item may be a word as well, what is no JSON is a list of words.
    return typeof value === 'string' && isOf(schema, 'string') ? text.split(',').map((item) => item.trim()) : value;
  }
  if (isOfMappings(schema)) return json(text);
  if (takes(schema, 'object')) return pairs(text);
  if (takes(schema, 'boolean') && (text === 'true' || text === 'false')) return text === 'true';
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(text);
  return isNumber && (takes(schema, 'number') || takes(schema, 'integer')) ? Number(text) : text;
}

/** A value as a variable's text. */
export function textFromValue(value: unknown): string {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return JSON.stringify(value);
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  if (Object.values(value).some((inner) => typeof inner === 'object')) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key}=${inner}`)
    .join(',');
}

/** `{ path: [tcp, idle_timeout], value }` as a file would hold it. */
export function nested(path: Path, value: unknown): unknown {
  return path.reduceRight((inner, part) => ({ [part]: inner }), value);
}

function takes(schema: Json, type: string): boolean {
  return schema.type === type || ((schema.anyOf ?? []) as Json[]).some((branch) => takes(branch, type));
}

/** Whether the items of a list may be of a type. Lists with objects in them are JSON in a variable. */
function isOf({ items }: Json, type: string): boolean {
  return typeof items === 'object' && !Array.isArray(items) && takes(items as Json, type);
}

/** Whether the values of a mapping are mappings, and nothing else: they are JSON in a variable. */
function isOfMappings({ additionalProperties: values }: Json): boolean {
  return typeof values === 'object' && values.type === 'object';
}

/** What is no JSON stays as it is, for the schema to refuse. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `zurich=drained,web/zurich=down`; what has no `=` stays as it is, for the schema to refuse. */
function pairs(text: string): unknown {
  const items = text.split(',').map((item) => item.trim().split('='));
  return items.every((item) => item.length === 2) ? Object.fromEntries(items) : text;
}

/**
 * The small files an operator edits (steerd.yaml, network.yaml) as plain values, and where in their text a value stands.
 *
 * js-yaml loads. Only when something has to be said is the text read again, by `yaml`, which keeps positions; it is loaded then.
 */
import { createRequire } from 'node:module';
import { load, YAMLException } from 'js-yaml';
import type { Document, Node } from 'yaml';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { position } from './zone/position.ts';

const require = createRequire(import.meta.url);
const yaml = (): typeof import('yaml') => require('yaml');

/** Keys and list indexes that lead to a value. */
export type Path = readonly PropertyKey[];

/** Where a mistake is: both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Loads a file of one YAML document.
 *
 * @returns `value` is undefined when the text is no YAML; an empty file is an empty mapping. A key given twice is told, and the last one's
 *   value taken, so that the rest of the file can be looked at too.
 */
export function loadYaml(file: string, text: string): { value?: unknown; diagnostics: Diagnostic[] } {
  try {
    return { value: load(text) ?? {}, diagnostics: [] };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason.startsWith('expected a document')) return { value: {}, diagnostics: [] };
    if (!error.reason.startsWith('duplicated')) return { diagnostics: [syntaxMistake(file, text, error)] };
  }
  const diagnostics = duplicateKeys(file, text);
  try {
    return { value: load(text, { json: true }) ?? {}, diagnostics };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { diagnostics: [...diagnostics, syntaxMistake(file, text, error)] };
  }
}

/** What a path leads to. */
export function valueAt(value: unknown, path: Path): unknown {
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** Positions in one text; read only when the first is asked for. */
export class Positions {
  readonly #text: string;
  #document: Document.Parsed | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Where a value stands, or the nearest thing around it that is there.
   * @param key whether its key is meant
   */
  of(path: Path, key = false): Place {
    this.#document ??= yaml().parseDocument(this.#text, { uniqueKeys: false });
    let node: Node | null = this.#document.contents;
    let keyNode: Node | null = null;
    let found = 0;
    for (const part of path) {
      const pair = step(this.#resolve(node), part);
      if (pair === undefined) break;
      found++;
      keyNode = pair.key;
      node = pair.value;
    }
    const wanted = key && found === path.length ? keyNode : (present(node) ?? keyNode);
    return position(this.#text, wanted?.range?.[0] ?? 0, 1);
  }

  #resolve(node: Node | null): Node | null {
    return yaml().isAlias(node) ? (node.resolve(this.#document!) ?? null) : node;
  }
}

/** A value that was left empty (`key:`) takes no room in the text: its key is the place then. */
function present(node: Node | null): Node | undefined {
  if (node?.range == null || node.range[0] === node.range[1]) return undefined;
  return node;
}

/** A member of a mapping (the last, if the key is given twice: it is the one that was loaded) or of a list. */
function step(node: Node | null, part: PropertyKey): { key: Node | null; value: Node | null } | undefined {
  if (yaml().isMap(node)) {
    const pair = node.items.findLast((item) => keyText(item.key) === String(part));
    return pair && { key: pair.key as Node, value: pair.value as Node | null };
  }
  if (yaml().isSeq(node) && typeof part === 'number' && part < node.items.length) {
    return { key: null, value: node.items[part] as Node };
  }
  return undefined;
}

function keyText(key: unknown): string | undefined {
  return yaml().isScalar(key) ? String(key.value) : undefined;
}

function duplicateKeys(file: string, text: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  yaml().visit(yaml().parseDocument(text, { uniqueKeys: false }), {
    Map(_, map) {
      const seen = new Map<string, Place>();
      for (const { key } of map.items) {
        const name = keyText(key);
        if (name === undefined) continue;
        const place = position(text, (key as Node).range?.[0] ?? 0, 1);
        const first = seen.get(name);
        if (first === undefined) {
          seen.set(name, place);
          continue;
        }
        const message = `"${name}" is given twice, first on line ${first.line}`;
        found.push({
          code: 'duplicate-key',
          severity: 'error',
          file,
          ...place,
          message,
          fix: 'leave one of them out',
        });
      }
    },
  });
  return found;
}

function syntaxMistake(file: string, text: string, error: YAMLException): Diagnostic {
  if (error.reason.startsWith('expected a single document')) {
    const offset = yaml().parseAllDocuments(text)[1]?.range?.[0] ?? 0;
    const place = position(text, offset, 1);
    const message = 'a second YAML document begins here';
    return { code: 'second-document', severity: 'error', file, ...place, message, fix: 'remove the line ---' };
  }
  const place = position(text, error.mark?.position ?? 0, 1);
  return { code: 'yaml-syntax', severity: 'error', file, ...place, message: `not YAML: ${error.reason}` };
}

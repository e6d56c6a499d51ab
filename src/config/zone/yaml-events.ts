/**
 * A piece of YAML as js-yaml's events: values are built from them one entry at a time, and a mistake finds its offset in them.
 */
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';

/** YAML that is well formed but can't be meant. `offset` is into the text. */
export class YamlValueError extends Error {
  readonly code: string;
  readonly offset: number;
  readonly fix: string | undefined;
  constructor(code: string, message: string, offset: number, fix?: string) {
    super(message);
    this.name = 'YamlValueError';
    this.code = code;
    this.offset = offset;
    this.fix = fix;
  }
}

/** What `&name` stands for; aliases are counted with their size, so that a few lines can't stand for a billion values. */
export interface Anchor {
  readonly value: unknown;
  readonly size: number;
}

/** Values an entry may hold in all, aliases followed. */
const MAX_SIZE = 100_000;

/** A step from a value into it, as zod's issue paths have them. */
export type Path = readonly PropertyKey[];

export class YamlEvents {
  readonly text: string;
  readonly events: readonly Event[];
  readonly #anchors: Map<string, Anchor>;
  #next = 0;
  #size = 0;

  /**
   * @param anchors what was anchored in the file before; anchors of this piece are added
   * @throws YAMLException
   */
  constructor(text: string, anchors: Map<string, Anchor>) {
    this.text = text;
    this.events = parseEvents(text, {});
    this.#anchors = anchors;
  }

  /** The text of a scalar event. */
  scalarText(event: ScalarEvent): string {
    return event.fast ? this.text.slice(event.valueStart, event.valueEnd) : getScalarValue(this.text, event);
  }

  /**
   * Builds the value whose first event is `at`.
   * @returns the index of the event behind it
   * @throws YamlValueError
   */
  value(at: number, into: { value: unknown }): number {
    this.#next = at;
    this.#size = 0;
    into.value = this.#build();
    return this.#next;
  }

  /** The index behind the value whose first event is `at`. */
  skip(at: number): number {
    let depth = 0;
    do {
      const { type } = this.events[at++];
      if (type === EVENT_ID.POP) depth--;
      else if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    } while (depth > 0);
    return at;
  }

  /** Where an event's text begins, its opening quote included; `otherwise` for an empty scalar, which has no place. */
  offset(at: number, otherwise: number): number {
    const event = this.events[at];
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        if (event.valueStart < 0) return otherwise;
        const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
        return quoted ? event.valueStart - 1 : event.valueStart;
      }
      case EVENT_ID.ALIAS:
        return event.anchorStart - 1;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        return event.start;
      default:
        return otherwise;
    }
  }

  /**
   * Where the value at `path` inside the value at event `at` stands, or as much of the path as there is.
   * @param key rather where the key stands that ends the path
   */
  locate(at: number, path: Path, key: boolean, otherwise: number): number {
    let offset = this.offset(at, otherwise);
    for (let i = 0; i < path.length; i++) {
      const found = this.#step(at, path[i]);
      if (found === undefined) return offset;
      const keyOffset = found.key < 0 ? offset : this.offset(found.key, offset);
      if (key && i === path.length - 1) return keyOffset;
      at = found.value;
      offset = this.offset(at, keyOffset);
    }
    return offset;
  }

  #step(at: number, part: PropertyKey): { key: number; value: number } | undefined {
    const { type } = this.events[at];
    if (type !== EVENT_ID.MAPPING && type !== EVENT_ID.SEQUENCE) return undefined;
    let p = at + 1;
    for (let i = 0; this.events[p].type !== EVENT_ID.POP; i++) {
      if (type === EVENT_ID.SEQUENCE) {
        if (i === part) return { key: -1, value: p };
      } else {
        const key = this.events[p];
        const matches = key.type === EVENT_ID.SCALAR && this.scalarText(key) === part;
        const value = this.skip(p);
        if (matches) return { key: p, value };
        p = value;
      }
      p = this.skip(p);
    }
    return undefined;
  }

  #build(): unknown {
    const at = this.#next++;
    const event = this.events[at];
    if (++this.#size > MAX_SIZE) throw new YamlValueError('too-large', 'this entry is too large', this.offset(at, 0));
    if (event.type === EVENT_ID.ALIAS) {
      const name = this.text.slice(event.anchorStart, event.anchorEnd);
      const anchor = this.#anchors.get(name);
      const offset = event.anchorStart - 1;
      if (anchor === undefined) {
        throw new YamlValueError(
          'unknown-anchor',
          `there is no anchor &${name} above`,
          offset,
          'put text that begins with * in quotes',
        );
      }
      this.#size += anchor.size;
      if (this.#size > MAX_SIZE)
        throw new YamlValueError('too-large', 'this entry is too large, its aliases followed', offset);
      return anchor.value;
    }
    if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.MAPPING && event.type !== EVENT_ID.SEQUENCE)
      return null;
    const before = this.#size;
    const tag = event.tagStart < 0 ? '' : this.text.slice(event.tagStart, event.tagEnd);
    let value: unknown;
    if (event.type === EVENT_ID.SCALAR) {
      const text = event.valueStart < 0 ? '' : this.scalarText(event);
      if (tag !== '' && tag !== '!!str' && tag !== '!') throw unknownTag(tag, event.tagStart);
      value = event.style === SCALAR_STYLE.PLAIN && tag === '' ? plainValue(text) : text;
    } else {
      if (tag !== '' && tag !== (event.type === EVENT_ID.MAPPING ? '!!map' : '!!seq'))
        throw unknownTag(tag, event.tagStart);
      value = event.type === EVENT_ID.MAPPING ? this.#mapping() : this.#sequence();
    }
    if (event.anchorStart >= 0) {
      this.#anchors.set(this.text.slice(event.anchorStart, event.anchorEnd), { value, size: this.#size - before + 1 });
    }
    return value;
  }

  #sequence(): unknown[] {
    const list: unknown[] = [];
    while (this.events[this.#next].type !== EVENT_ID.POP) list.push(this.#build());
    this.#next++;
    return list;
  }

  #mapping(): Record<string, unknown> {
    const mapping: Record<string, unknown> = {};
    const merges: unknown[] = [];
    while (this.events[this.#next].type !== EVENT_ID.POP) {
      const at = this.#next;
      const key = this.events[at];
      const offset = this.offset(at, 0);
      if (key.type !== EVENT_ID.SCALAR)
        throw new YamlValueError('bad-key', 'a key is text here, not a list, mapping or alias', offset);
      const name = key.valueStart < 0 ? '' : this.scalarText(key);
      if (name === '<<' && key.style === SCALAR_STYLE.PLAIN) {
        this.#next++;
        const merged = this.#build();
        merges.push(...(Array.isArray(merged) ? merged : [merged]));
        continue;
      }
      if (Object.hasOwn(mapping, name)) {
        throw new YamlValueError('duplicate-key', `"${name}" is given twice`, offset, 'leave one of them out');
      }
      this.#build(); // the key, for its anchor
      set(mapping, name, this.#build());
    }
    this.#next++;
    // Merged keys (`<<: *defaults`) give way to the mapping's own, earlier ones to none.
    for (const merge of merges) {
      if (typeof merge !== 'object' || merge === null) continue;
      for (const [key, value] of Object.entries(merge)) if (!Object.hasOwn(mapping, key)) set(mapping, key, value);
    }
    return mapping;
  }
}

function set(mapping: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') mapping[key] = value;
  else Object.defineProperty(mapping, key, { value, enumerable: true, configurable: true, writable: true });
}

function unknownTag(tag: string, offset: number): YamlValueError {
  return new YamlValueError(
    'unknown-tag',
    `the tag ${tag} means nothing here`,
    offset,
    'leave it out, or put the text in quotes',
  );
}

/** What an unquoted scalar means: a number, truth value or null only when it would be written the same way again. */
export function plainValue(text: string): unknown {
  const c = text.charCodeAt(0);
  if ((c >= 0x30 && c <= 0x39) || c === 0x2d) {
    const number = Number(text);
    return String(number) === text && Number.isFinite(number) ? number : text;
  }
  switch (text) {
    case '':
    case '~':
    case 'null':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
    default:
      return text;
  }
}

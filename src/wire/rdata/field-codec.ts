/** A codec for RDATA that is a plain sequence of fields. */
import { type RdataCodec, RdataError, type TextField } from './codec.ts';
import type { Field } from './fields.ts';
import { mappingOf, refuseUnknownKeys } from './keys.ts';
import type { RdataWriter } from './writer.ts';

export interface FieldCodecOptions {
  /** Names in it may be compressed: a type of RFC 1035. */
  readonly compressible?: boolean;
  /** The key of the name whose addresses belong in the additional section. */
  readonly additional?: string;
  /** The OctoDNS value is the one field's text itself, not an object. */
  readonly plain?: boolean;
  /** What is wrong with octets whose fields are each well formed. */
  readonly verify?: (rdata: Uint8Array) => string | undefined;
}

export function fieldCodec(
  type: number,
  mnemonic: string,
  fields: readonly Field[],
  options: FieldCodecOptions = {},
): RdataCodec {
  const form = fields.map((field) => field.key).join(' ');
  const mapping = `{${fields.map((field) => `${field.key}: …`).join(', ')}}`;
  const keys = fields.flatMap((field) => (field.alias === undefined ? [field.key] : [field.key, field.alias]));

  /** Calls `visit` for each field with its place. @returns what is wrong, if anything */
  function walk(rdata: Uint8Array, visit: (field: Field, at: number, end: number) => void): string | undefined {
    let at = 0;
    for (const field of fields) {
      const size = field.size(rdata, at);
      if (size < 0) return `${mnemonic}: ${field.key} is malformed or cut off`;
      visit(field, at, at + size);
      at += size;
    }
    return at === rdata.length ? undefined : `${mnemonic}: ${rdata.length - at} octets too many`;
  }

  function collect<T>(rdata: Uint8Array, read: (field: Field, at: number, end: number) => T): T[] {
    const list: T[] = [];
    walk(rdata, (...place) => list.push(read(...place)));
    return list;
  }

  function verified(from: number, out: RdataWriter): void {
    const problem = options.verify?.(out.view().subarray(from));
    if (problem !== undefined) throw new RdataError(problem);
  }

  function fromText(given: readonly TextField[], origin: Uint8Array, out: RdataWriter): void {
    const from = out.length;
    for (let i = 0; i < fields.length; i++) {
      if (given[i] === undefined) throw new RdataError(`${fields[i].key} is missing; write ${form}`);
      const text = fields[i].rest
        ? given
            .slice(i)
            .map((g) => g.text)
            .join('')
        : given[i].text;
      fields[i].read(text, origin, out);
    }
    const last = fields[fields.length - 1];
    if (!last.rest && given.length > fields.length)
      throw new RdataError(`"${given[fields.length].text}" is too much; write ${form}`);
    verified(from, out);
  }

  function fromValue(value: unknown, origin: Uint8Array, out: RdataWriter): void {
    const from = out.length;
    if (options.plain === true) {
      fields[0].read(scalarText(value, fields[0].key), origin, out);
      verified(from, out);
      return;
    }
    const given = mappingOf(value, mapping);
    // First, because a key that is misspelt is also missing.
    refuseUnknownKeys(given, keys, mnemonic);
    for (const field of fields) {
      const older = field.alias === undefined ? undefined : given[field.alias];
      if (older !== undefined && given[field.key] !== undefined)
        throw new RdataError(`${field.key} and ${field.alias} mean the same; write ${field.key} alone`);
      const own = given[field.key] ?? older ?? field.preset;
      if (own === undefined) throw new RdataError(`${field.key} is missing; write ${mapping}`);
      field.read(scalarText(own, field.key), origin, out);
    }
    verified(from, out);
  }

  return {
    type,
    mnemonic,
    fromText,
    toText: (rdata) => collect(rdata, (field, at, end) => field.text(rdata, at, end)).join(' '),
    fromValue,
    toValue(rdata) {
      const values = collect(rdata, (field, at, end) => [field.key, field.value(rdata, at, end)] as const);
      return options.plain === true ? values[0][1] : Object.fromEntries(values);
    },
    check: (rdata) => walk(rdata, () => {}) ?? options.verify?.(rdata),
    ...(options.compressible === true
      ? {
          compressibleNames: (rdata: Uint8Array) =>
            collect(rdata, (field, at) => (field.isName ? at : -1)).filter((at) => at >= 0),
        }
      : {}),
    ...(options.additional === undefined
      ? {}
      : {
          additionalName: (rdata: Uint8Array) =>
            collect(rdata, (field, at) => (field.key === options.additional ? at : -1)).find((at) => at >= 0) ?? -1,
        }),
  };
}

/** A YAML scalar as the text it was written as. @throws RdataError */
export function scalarText(value: unknown, key: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new RdataError(
    `${key} must be text or a number, not ${value === null ? 'empty' : Array.isArray(value) ? 'a list' : typeof value}`,
  );
}

/**
 * Records as a zone file in OctoDNS's YAML, for people: the apex first, then names as they came; a line a record where it fits. What is
 * written here, `zoneYamlSource` reads as the same records.
 */
import { RRType } from '../../wire/constants.ts';
import { codecOf, mnemonicOf } from '../../wire/rdata/index.ts';
import { relativeName } from '../../zone/text/write.ts';
import { yamlFlow, yamlString } from './yaml-text.ts';

/** Characters a line may have before a record is spread over several. */
const WIDTH = 110;
/** Characters collected before they are passed on. */
const CHUNK = 1 << 16;

/** The records of one type and TTL at a name. */
interface Group {
  readonly type: number;
  readonly ttl: number;
  readonly values: unknown[];
}

/** Takes records in any order, as a `RecordSink` does; a name's records may come apart, so nothing is written before `finish`. */
export class ZoneYamlWriter {
  readonly #apex: Uint8Array;
  readonly #names = new Map<string, Group[]>();

  /** @param apex wire form, lower case */
  constructor(apex: Uint8Array) {
    this.#apex = apex;
  }

  /** Adds one record; parameters as in `RecordSink.record`. The owner is in the zone, the RDATA well formed. */
  record(owner: Uint8Array, ownerEnd: number, type: number, ttl: number, rdata: Uint8Array, rdataEnd: number): void {
    const relative = relativeName(owner.subarray(0, ownerEnd), this.#apex);
    const name = relative === '@' ? '' : relative;
    let groups = this.#names.get(name);
    if (groups === undefined) this.#names.set(name, (groups = []));
    const value = codecOf(type).toValue(rdata.subarray(0, rdataEnd));
    // Records of a type with different TTLs stay apart: that they differ is for `steerd check` to tell.
    const group = type === RRType.STEER ? undefined : groups.find((g) => g.type === type && g.ttl === ttl);
    if (group === undefined) groups.push({ type, ttl, values: [value] });
    else group.values.push(value);
  }

  /**
   * Writes the file.
   * @param write called with pieces of the text, in order
   */
  finish(write: (text: string) => void): void {
    let text = '# yaml-language-server: $schema=../schemas/zone.schema.json\n---\n';
    const apex = this.#names.get('');
    if (apex !== undefined) text += entryText('', apex);
    for (const [name, groups] of this.#names) {
      if (name !== '') text += entryText(name, groups);
      if (text.length < CHUNK) continue;
      write(text);
      text = '';
    }
    write(text);
  }
}

function entryText(name: string, groups: readonly Group[]): string {
  const key = yamlString(name);
  const records = groups.map(recordOf);
  if (records.length === 1) {
    const line = `${key}: ${yamlFlow(records[0])}`;
    return line.length <= WIDTH ? `${line}\n` : `${key}:\n${blockText(records[0], '  ')}`;
  }
  let text = `${key}:\n`;
  for (const record of records) {
    const line = `  - ${yamlFlow(record)}`;
    text += line.length <= WIDTH ? `${line}\n` : `  - ${blockText(record, '    ').slice(4)}`;
  }
  return text;
}

/** A record with a line a key, and a line a value. */
function blockText(record: Readonly<Record<string, unknown>>, indent: string): string {
  let text = '';
  for (const [key, value] of Object.entries(record)) {
    if (key === 'values')
      text += `${indent}values:\n${(value as unknown[]).map((v) => `${indent}  - ${yamlFlow(v)}\n`).join('')}`;
    else text += `${indent}${key}: ${yamlFlow(value)}\n`;
  }
  return text;
}

function recordOf({ type, ttl, values }: Group): Record<string, unknown> {
  const given = ttl >= 0 ? { ttl } : {};
  if (type === RRType.STEER) return { type: 'STEER', ...(values[0] as Record<string, unknown>), ...given };
  const data = values.length === 1 ? { value: values[0] } : { values };
  return { type: mnemonicOf(type), ...given, ...data };
}

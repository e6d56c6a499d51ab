/** Nodes as zone text lines, for diffs. */
import type { TableReader } from '../tables/table-reader.ts';
import { formatName } from '../wire/name.ts';
import { codecOf, mnemonicOf } from '../wire/rdata/index.ts';
import type { AssignmentKey } from './assignment-table.ts';
import type { ZoneChanges } from './compare.ts';

export interface ChangeLine {
  readonly zone: string;
  readonly sign: '+' | '-';
  /** `www.example.net. 60 IN STEER web anycast` */
  readonly text: string;
}

/** A STEER record's text for an assignment. */
export function steerText(key: AssignmentKey): string {
  const group = key.ipv4 === key.ipv6 ? key.ipv4 : `${key.ipv4}/${key.ipv6}`;
  return `${key.service} ${group}${key.policy === 'default' ? '' : ` ${key.policy}`}`;
}

/** All of a node's records as zone text. */
export function nodeLines(
  tables: TableReader,
  node: number,
  keyOf: (assignment: number) => AssignmentKey | undefined,
): string[] {
  const owner = formatName(tables.name(node));
  const lines: string[] = [];
  const key = keyOf(tables.declared(node));
  if (key !== undefined) lines.push(`${owner} ${key.ttl < 0 ? '' : `${key.ttl} `}IN STEER ${steerText(key)}`);
  for (let i = 0; i < tables.rrsetCount(node); i++) {
    const set = tables.rrsetAt(node, i);
    const type = tables.rrsetType(set);
    const bytes = tables.rrBytes(set);
    for (let p = tables.rrAt(set), end = tables.rrEnd(set); p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      // A copy: codecs may not be given shared memory that the text decoder refuses.
      const text = codecOf(type).toText(Uint8Array.from(bytes.subarray(rdata, p)));
      lines.push(`${owner} ${tables.rrsetTtl(set)} IN ${mnemonicOf(type)} ${text}`);
    }
  }
  return lines;
}

/** The lines that differ, removed before added, at most `most`. */
export function changeLines(
  zone: string,
  changes: ZoneChanges,
  served: TableReader,
  fresh: TableReader,
  keyOf: (assignment: number) => AssignmentKey | undefined,
  most: number,
): ChangeLine[] {
  const lines: ChangeLine[] = [];
  const push = (sign: '+' | '-', text: string): void => {
    if (lines.length < most) lines.push({ zone, sign, text });
  };
  for (const node of changes.gone) for (const text of nodeLines(served, node, keyOf)) push('-', text);
  for (let i = 0; i < changes.fresh.length && lines.length < most; i++) {
    const after = nodeLines(fresh, changes.fresh[i], keyOf);
    const before = changes.replaced[i] === 0 ? [] : nodeLines(served, changes.replaced[i], keyOf);
    const beforeKeys = before.map(withoutSerial);
    const afterKeys = after.map(withoutSerial);
    for (let j = 0; j < before.length; j++) if (!afterKeys.includes(beforeKeys[j])) push('-', before[j]);
    for (let j = 0; j < after.length; j++) if (!beforeKeys.includes(afterKeys[j])) push('+', after[j]);
  }
  return lines;
}

/** A serial follows from the other changes, and is none to show. */
function withoutSerial(line: string): string {
  return line.replace(/( IN SOA \S+ \S+) \d+/, '$1');
}

/**
 * RFC 1034 §4.3.2 step 2 and 3, as it is written there: from the apex down, one label after another, over names as text. What `Lookup` finds by suffixes must be
 * the same.
 */
import { RRType } from '../../src/wire/constants.ts';
import { formatName } from '../../src/wire/name.ts';
import { Found } from '../../src/zone/lookup.ts';
import type { TestRecord, TestZone } from './records.ts';

export interface TextbookResult {
  readonly found: Found;
  readonly zone: string;
  /** What the result speaks of. */
  readonly node: string;
}

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1) || '.';

/** A name and all above it, the root last. */
function upwards(name: string): string[] {
  return name === '.' ? ['.'] : [name, ...upwards(parentOf(name))];
}

export function textbookLookup(zones: readonly TestZone[], name: string, type: number): TextbookResult | undefined {
  const holding = upwards(name)
    .map((suffix) => zones.find(({ apex }) => formatName(apex) === suffix))
    .filter((zone) => zone !== undefined);
  // RFC 4035 §3.1.4.1: DS is the parent's.
  const dsOfApex = type === RRType.DS && holding.length > 1 && formatName(holding[0].apex) === name;
  const zone = dsOfApex ? holding[1] : holding[0];
  if (zone === undefined) return undefined;
  const apex = formatName(zone.apex);
  const at = (owner: string): TestRecord[] => zone.records.filter((one) => one.owner === owner);
  const exists = (owner: string): boolean =>
    owner === apex || zone.records.some((one) => one.owner === owner || one.owner.endsWith(`.${owner}`));
  const result = (found: Found, node: string): TextbookResult => ({ found, zone: apex, node });
  const onNode = (node: string): TextbookResult => {
    const isAlias = at(node).some((one) => one.type === RRType.CNAME);
    return result(isAlias && type !== RRType.CNAME && type !== RRType.ANY ? Found.CNAME : Found.NODE, node);
  };

  const path = upwards(name);
  for (const node of path.slice(0, path.indexOf(apex) + 1).reverse()) {
    if (!exists(node)) {
      const wildcard = `*.${parentOf(node)}`;
      return exists(wildcard) ? onNode(wildcard) : result(Found.NXDOMAIN, parentOf(node));
    }
    if (node !== apex && at(node).some((one) => one.type === RRType.NS))
      return result(node === name && type === RRType.DS ? Found.NODE : Found.DELEGATION, node);
    if (node !== name && at(node).some((one) => one.type === RRType.DNAME)) return result(Found.DNAME, node);
  }
  return onNode(name);
}

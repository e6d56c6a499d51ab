/** Content of zones for tests. */
import { RRType } from '../wire/constants.ts';
import { parseName } from '../wire/name.ts';
import { BlockWriter } from './blocks.ts';
import { ZoneContent } from './zone-content.ts';

export const TEST_SEED = 99;

export interface TestRecord {
  /** In front of the apex; '' is the apex. */
  readonly owner: string;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** @param records those of one owner and type one after another */
export function contentFrom(serial: number, records: readonly TestRecord[]): ZoneContent {
  const blocks = new BlockWriter();
  for (const owner of new Set(records.map((record) => record.owner))) {
    const name = owner === '' ? new Uint8Array(1) : parseName(owner);
    blocks.begin(name, 0, name.length - 1);
    const own = records.filter((record) => record.owner === owner);
    for (const { type, ttl, rdata } of own) {
      blocks.record(type, ttl, rdata.length);
      blocks.octetsOf(rdata, 0, rdata.length);
    }
    blocks.finish();
  }
  return new ZoneContent(contentOf(serial, {}).soa, blocks.view(), blocks.count, TEST_SEED);
}

/** @param owners TXT records (one octet of text each) by label in front of the apex; '' is the apex */
export function contentOf(serial: number, owners: Readonly<Record<string, readonly string[]>>): ZoneContent {
  const soa = new BlockWriter();
  soa.begin(parseName('.'), 0, 0);
  const names = parseName('ns.example');
  soa.record(RRType.SOA, 300, names.length * 2 + 20);
  soa.octetsOf(names, 0, names.length);
  soa.octetsOf(names, 0, names.length);
  for (const word of [serial, 1, 2, 3, 4]) {
    soa.u16(word >>> 16);
    soa.u16(word & 0xffff);
  }
  soa.finish();
  const blocks = new BlockWriter();
  for (const [label, texts] of Object.entries(owners)) {
    const name = label === '' ? new Uint8Array(1) : parseName(label);
    blocks.begin(name, 0, name.length - 1);
    for (const text of texts) {
      const octets = Buffer.from(text);
      blocks.record(RRType.TXT, 60, octets.length + 1);
      blocks.octetsOf(Uint8Array.of(octets.length), 0, 1);
      blocks.octetsOf(octets, 0, octets.length);
    }
    blocks.finish();
  }
  return new ZoneContent(soa.view(), blocks.view(), blocks.count, TEST_SEED);
}

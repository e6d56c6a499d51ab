/** A loaded zone's records as a stream, steered hosts as the STEER records they were declared by. */
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { codecOf } from '../wire/rdata/index.ts';
import { RdataWriter } from '../wire/rdata/writer.ts';
import type { AssignmentKey } from './assignment-table.ts';
import { forEachNode } from './compare.ts';

/** As `RecordSink.record`, without the line. */
export type TakeRecord = (
  owner: Uint8Array,
  ownerEnd: number,
  type: number,
  ttl: number,
  rdata: Uint8Array,
  rdataEnd: number,
) => void;

/** Calls `take` for each record of a zone. @param zone its number in `tables` */
export function zoneRecords(
  tables: TableReader,
  zone: number,
  seed: number,
  keyOf: (assignment: number) => AssignmentKey | undefined,
  take: TakeRecord,
): void {
  const out = new RdataWriter();
  forEachNode(tables, zone, seed, (node) => {
    const owner = Uint8Array.from(tables.name(node));
    const key = keyOf(tables.declared(node));
    if (key !== undefined) {
      out.reset();
      const { service, ipv4, ipv6 } = key;
      const policy = key.policy === 'default' ? {} : { policy: key.policy };
      codecOf(RRType.STEER).fromValue({ service, group: { ipv4, ipv6 }, ...policy }, owner, out);
      take(owner, owner.length, RRType.STEER, key.ttl, out.bytes, out.length);
    }
    for (let i = 0; i < tables.rrsetCount(node); i++) {
      const set = tables.rrsetAt(node, i);
      const bytes = tables.rrBytes(set);
      for (let p = tables.rrAt(set), end = tables.rrEnd(set); p < end; ) {
        const at = p + 2;
        p = at + (bytes[p] << 8) + bytes[p + 1];
        const rdata = Uint8Array.from(bytes.subarray(at, p));
        take(owner, owner.length, tables.rrsetType(set), tables.rrsetTtl(set), rdata, rdata.length);
      }
    }
  });
}

/** Redirection by DNAME (RFC 6672): the DNAME, and the CNAME synthesised from it for resolvers that need one. */
import type { TableReader } from '../tables/table-reader.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import type { Lookup } from '../zone/lookup.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import type { AnswerWriter } from './answer-writer.ts';
import { Section } from './response.ts';

const record = new Uint8Array(2 + MAX_NAME);

/**
 * @param owner    offset in the message of the name being looked up
 * @param question offset of the question's name when that is the name, else 0
 * @param target   takes the name to go on with
 * @returns offset of the new name in the message; 0 when it would be too long (YXDOMAIN, with the DNAME alone); -1 without room
 */
export function synthesise(
  tables: TableReader,
  lookup: Lookup,
  name: Suffixes,
  owner: number,
  question: number,
  write: AnswerWriter,
  target: Suffixes,
): number {
  const rrset = tables.rrset(lookup.node, RRType.DNAME);
  const prefix = name.at[lookup.label];
  if (!write.rrset(Section.ANSWER, question === 0 ? 0 : question + prefix, name.name, prefix, name.end, rrset))
    return -1;

  const bytes = tables.rrBytes(rrset);
  const from = tables.rrAt(rrset) + 2;
  const suffix = tables.rrEnd(rrset) - from;
  const length = prefix + suffix;
  if (length > MAX_NAME) return 0;
  record[0] = length >>> 8;
  record[1] = length;
  for (let i = 0; i < prefix; i++) record[2 + i] = name.name[i];
  for (let i = 0; i < suffix; i++) record[2 + prefix + i] = bytes[from + i];
  // RFC 6672 §3.1: the CNAME's TTL is the DNAME's.
  const place = write.cname(owner, name, tables.rrsetTtl(rrset), record, 2 + length);
  if (place < 0) return -1;
  target.take(record, 2, 2 + length);
  return place;
}

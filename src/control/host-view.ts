/** A steered host as people see it: what its zone file says, what counts now, who changed that, and what is answered. */
import type { AssignmentKey } from '../compile/assignment-table.ts';
import { type Family, families } from '../steering/model.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { type FamilyAnswer, familyAnswer, type OverrideNote } from './explain.ts';
import { seenBy } from './explain-client.ts';
import type { Ledger } from './moves/ledger.ts';
import { hostName } from './moves/selection.ts';
import type { HostOverride } from './overrides.ts';
import type { Publisher } from './publisher.ts';

export interface HostView {
  readonly name: string;
  readonly zone: string;
  readonly declared: AssignmentKey;
  readonly effective: AssignmentKey;
  /** Seconds, as answered now. */
  readonly ttl: number;
  readonly override: Partial<Record<Family, OverrideNote>>;
  readonly answers: Record<Family, FamilyAnswer>;
  /** Changes whenever any of the above does by an operator or a zone file. */
  readonly version: string;
}

/** The override of a host by family, with the move that made it. */
export function overrideNotes(ledger: Ledger, override: HostOverride): Partial<Record<Family, OverrideNote>> {
  const notes: Partial<Record<Family, OverrideNote>> = {};
  for (const family of families) {
    const group = override[family];
    const move = ledger.get(family === 'ipv4' ? override.move4 : override.move6);
    if (group === undefined || move === undefined) continue;
    const { id, reason, author } = move;
    const expiresAt = (family === 'ipv4' ? override.until4 : override.until6) ?? 0;
    notes[family] = { group, move: id, reason, author, ...(expiresAt === 0 ? {} : { expiresAt }) };
  }
  return notes;
}

/** @param node a steered host of these tables */
export function hostView(
  publisher: Publisher,
  tables: TableReader,
  ledger: Ledger,
  node: number,
): HostView | undefined {
  const { assignments, overrides } = publisher;
  const world = publisher.world(Date.now());
  const declared = assignments.keys[tables.declared(node)];
  const number = tables.assignment(node);
  const effective = assignments.keys[number];
  const assignment = assignments.resolved[number];
  if (world === undefined || declared === undefined || effective === undefined || assignment === undefined)
    return undefined;
  const name = tables.name(node);
  const override = overrides.get(overrides.at(node));
  const { service, ipv4, ipv6, policy } = declared;
  const { move4, move6, prepare } = override;
  const seen = seenBy(world, assignment, name);
  return {
    name: hostName(name),
    zone: hostName(tables.name(tables.apex(tables.zoneOf(node)))),
    declared,
    effective,
    ttl: assignment.ttl,
    override: overrideNotes(ledger, override),
    answers: { ipv4: familyAnswer(seen, assignment, 'ipv4'), ipv6: familyAnswer(seen, assignment, 'ipv6') },
    version: [service, ipv4, ipv6, policy, declared.ttl ?? '', move4, move6, prepare].join(' '),
  };
}

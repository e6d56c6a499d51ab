/** A move as it is stored: what was asked, what it came to, and where in its life it is. Times are Unix milliseconds, durations seconds. */
import * as z from 'zod';
import { guardNames } from '../../steering/guards/rules.ts';

const family = z.enum(['ipv4', 'ipv6']);

/** What a host answers for a family: the assigned group, the group that really answers, and the address; both undefined when it has no such record. */
const familySide = z.object({
  group: z.string(),
  answers: z.string().optional(),
  address: z.string().optional(),
});
const side = z.object({ ipv4: familySide, ipv6: familySide, ttl: z.number() });

/** What an override says of a family: a group, or null for what the zone file declares. Absent: left as it is. */
const perFamily = z.object({ ipv4: z.string().nullable().optional(), ipv6: z.string().nullable().optional() });

/** Hosts that a move changes in the same way. */
const transition = z.object({
  service: z.string(),
  policy: z.string(),
  before: side,
  after: side,
  set: perFamily,
  /** When groups that a revert set back are themselves meant to end. */
  setUntil: z.object({ ipv4: z.number().optional(), ipv6: z.number().optional() }).optional(),
  /** The hosts stay prepared by another move: what ends by time or is taken back is no reason to forget what is to come. */
  keepsPrepared: z.boolean().optional(),
  /** What a revert sets. */
  restore: perFamily,
  /** When what a revert would set has itself expired. */
  restoreUntil: z.object({ ipv4: z.number().optional(), ipv6: z.number().optional() }).optional(),
  hosts: z.number(),
});

const selector = z.object({
  zone: z.string().optional(),
  service: z.string().optional(),
  group: z.string().optional(),
  glob: z.string().optional(),
});

export const moveRecordSchema = z.object({
  id: z.number(),
  kind: z.enum(['move', 'revert', 'return', 'expiry', 'host-gone']),
  /** The move that a revert or expiry takes back. */
  of: z.number().optional(),
  to: z.string().optional(),
  families: z.array(family),
  /** Undefined when the hosts were listed. */
  select: selector.optional(),
  reason: z.string(),
  author: z.string(),
  created: z.number(),
  at: z.number().optional(),
  prepareTtl: z.number().optional(),
  hold: z.number(),
  expiresIn: z.number().optional(),
  expiresAt: z.number().optional(),
  /** Of one that expires: the longest TTL its hosts have of their own. With less than that left, they are answered with a short one. */
  ownTtl: z.number().optional(),
  /** Executed (with `prepareTtl`: the short TTL is served), as the `order`-th of all. */
  started: z.number().optional(),
  order: z.number().optional(),
  /** When the new answers begin, and when they really began. */
  switchAt: z.number().optional(),
  switched: z.number().optional(),
  settlesAt: z.number().optional(),
  hosts: z.number(),
  transitions: z.array(transition),
  /** Small host lists, base64; larger ones are documents of their own. By name (host-list.ts), unless there is a catalogue. */
  list: z.string().optional(),
  /** The hosts are listed by their places in this catalogue (host-runs.ts, host-catalogues.ts). */
  catalogue: z.string().optional(),
  ended: z
    .object({
      how: z.enum(['reverted', 'superseded', 'expired', 'cancelled']),
      at: z.number(),
      by: z.number().optional(),
    })
    .optional(),
  /** Guards that refuse it are passed. */
  force: z.boolean().optional(),
  /** What guards said of it when it was executed. */
  guards: z.array(z.object({ guard: z.enum(guardNames), refuses: z.boolean(), message: z.string() })).optional(),
  /** Why a scheduled move could not be executed yet. */
  problem: z.string().optional(),
});

export type MoveRecord = z.infer<typeof moveRecordSchema>;
export type Transition = z.infer<typeof transition>;
export type Side = z.infer<typeof side>;
export type PerFamilyGroup = z.infer<typeof perFamily>;
export type Selector = z.infer<typeof selector>;

export const moveStatuses = ['pending', 'moving', 'settling', 'done', 'reverted', 'superseded', 'expired'] as const;
export type MoveStatus = (typeof moveStatuses)[number];

/** Where in its life a move is. */
export function statusOf(move: MoveRecord, now: number): MoveStatus {
  if (move.ended !== undefined) return move.ended.how === 'cancelled' ? 'reverted' : move.ended.how;
  if (move.switched === undefined || move.settlesAt === undefined) return 'pending';
  if (now < move.settlesAt) return 'moving';
  return now < move.settlesAt + move.hold * 1000 ? 'settling' : 'done';
}

/**
 * Whether it counts at the start, when overrides are made of records. One that set hosts back to their zone file does though it has ended: an earlier move
 * still in force must not get them again.
 */
export function isFolded(move: MoveRecord): boolean {
  if (move.started === undefined) return false;
  return move.ended === undefined || move.transitions.some(({ set }) => set.ipv4 === null || set.ipv6 === null);
}

/** Keys sort as the numbers do. */
export function moveKey(id: number): string {
  return String(id).padStart(12, '0');
}

/** What a reply is, as far as limits tell replies apart; read from its header, so that it holds for whatever wrote it. */
import { Rcode } from '../wire/constants.ts';

export const ReplyKind = {
  /** Records that were asked for, referrals, and what had no room for them. */
  ANSWER: 0,
  /** No such name, no such type (RFC 2308 §2). */
  NEGATIVE: 1,
  /** All else: refused, not understood, failed. */
  ERROR: 2,
} as const;
export type ReplyKind = (typeof ReplyKind)[keyof typeof ReplyKind];

/** Kinds' names, by number: as settings and metrics have them. */
export const REPLY_KINDS = ['answers', 'negative', 'errors'] as const;

/** In the header's third octet. */
const AA = 0x04;
const TC = 0x02;

/** The kind of the reply at `m[at..]`. */
export function replyKind(m: Uint8Array, at: number): ReplyKind {
  const rcode = m[at + 3] & 0xf;
  if (rcode === Rcode.NXDOMAIN) return ReplyKind.NEGATIVE;
  // YXDOMAIN stands beside the DNAME that made the name too long (RFC 6672 §2.2).
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.YXDOMAIN) return ReplyKind.ERROR;
  if (m[at + 7] !== 0 || m[at + 6] !== 0 || (m[at + 2] & TC) !== 0) return ReplyKind.ANSWER;
  if ((m[at + 2] & AA) !== 0) return ReplyKind.NEGATIVE;
  // Without an authority section it is no referral: BADVERS, whose RCODE is in the OPT (RFC 6891 §6.1.3), or a cookie alone.
  return m[at + 9] !== 0 || m[at + 8] !== 0 ? ReplyKind.ANSWER : ReplyKind.ERROR;
}

/** The audit trail: who did what, when, to what, and why. Entries are stored with the change they tell of. */
import type { Change, Store } from '../store/store.ts';

export const AUDIT = 'audit';

export interface AuditEntry {
  /** Unix milliseconds. */
  readonly at: number;
  /** The token's name, or `steerd` for what the server did by itself. */
  readonly author: string;
  /**
   * `move`, `revert`, `return`, `expiry`, `host-gone`, `state`, `reload`, `check-report`, `token-create`, `token-revoke`, `update`, `update-remove`,
   * `update-undone`, `refresh`, `retransfer`.
   */
  readonly action: string;
  /** What it was done to. */
  readonly about: string;
  readonly reason?: string;
}

let sequence = 0;

/** The change that stores an entry. Keys rise with time, also within a millisecond. */
export function audited(entry: AuditEntry): Change {
  sequence = (sequence + 1) % 1_000_000;
  const key = `${String(entry.at).padStart(15, '0')}-${String(sequence).padStart(6, '0')}`;
  return { put: { collection: AUDIT, key, value: entry } };
}

/** Newest first. @param before key to go on after */
export async function listAudit(
  store: Store,
  limit: number,
  before: string | undefined,
): Promise<{ key: string; entry: AuditEntry }[]> {
  const entries = await store.list(AUDIT, {
    limit,
    newestFirst: true,
    ...(before === undefined ? {} : { after: before }),
  });
  return entries.map(({ key, value }) => ({ key, entry: value as AuditEntry }));
}

/** Verdicts and reports in the store: what a restart begins with, and what changed when, for who asks how it was. */
import * as z from 'zod';
import type { Observation } from '../../health/check-state.ts';
import type { Remembered, VerdictChange } from '../../health/judge.ts';
import type { Verdict } from '../../steering/model.ts';
import type { Change, Store } from '../../store/store.ts';

/** The last verdict by target. */
export const VERDICTS = 'verdicts';
/** Changes of verdicts, by time. */
export const VERDICT_CHANGES = 'verdict-changes';
/** The last report of each push and manual check, by `reportKey`. */
export const CHECK_REPORTS = 'check-reports';

const state = z.enum(['up', 'down', 'unknown']);
const verdictSchema = z.object({ last: z.enum(['up', 'down']).optional(), latched: z.boolean().optional() });
const changeSchema = z.object({
  at: z.number(),
  target: z.string(),
  before: state.optional(),
  after: state,
  cause: z.string(),
});
const reportSchema = z.object({
  at: z.number(),
  result: z.enum(['ok', 'failed']),
  cause: z.string(),
  until: z.number().optional(),
});

export type StoredChange = z.infer<typeof changeSchema>;

let sequence = 0;

export async function readRemembered(store: Store): Promise<Remembered> {
  const { entries } = await store.snapshot([VERDICTS, CHECK_REPORTS]);
  const verdicts = new Map<string, Pick<Verdict, 'last' | 'latched'>>();
  const reports = new Map<string, Observation>();
  for (const { collection, key, value } of entries) {
    if (collection === VERDICTS) {
      const { last, latched } = verdictSchema.parse(value);
      verdicts.set(key, { ...(last === undefined ? {} : { last }), ...(latched === undefined ? {} : { latched }) });
    } else {
      const { until, ...report } = reportSchema.parse(value);
      reports.set(key, { ...report, duration: 0, ...(until === undefined ? {} : { until }) });
    }
  }
  return { verdicts, reports };
}

/** What to store of changes. Keys rise with time, also within a millisecond. */
export function changesOf(changes: readonly VerdictChange[]): Change[] {
  return changes.flatMap(({ target, before, after }): Change[] => {
    sequence = (sequence + 1) % 1_000_000;
    const key = `${String(after.since).padStart(15, '0')}-${String(sequence).padStart(6, '0')}`;
    const value: StoredChange = {
      at: after.since,
      target,
      ...(before === undefined ? {} : { before: before.state }),
      after: after.state,
      cause: after.cause,
    };
    return [verdictChange(target, after), { put: { collection: VERDICT_CHANGES, key, value } }];
  });
}

/** Stores what a restart must know of a verdict. */
export function verdictChange(target: string, { last, latched }: Verdict): Change {
  const value = { ...(last === undefined ? {} : { last }), ...(latched === true ? { latched } : {}) };
  return { put: { collection: VERDICTS, key: target, value } };
}

export function reportChange(key: string, { at, result, cause, until }: Observation): Change {
  const value = { at, result, cause, ...(until === undefined ? {} : { until }) };
  return { put: { collection: CHECK_REPORTS, key, value } };
}

/** Newest first. @param before key to go on after */
export async function listChanges(
  store: Store,
  limit: number,
  before: string | undefined,
): Promise<{ key: string; change: StoredChange }[]> {
  const after = before === undefined ? {} : { after: before };
  const entries = await store.list(VERDICT_CHANGES, { limit, newestFirst: true, ...after });
  return entries.map(({ key, value }) => ({ key, change: changeSchema.parse(value) }));
}

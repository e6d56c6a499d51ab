/** What guards make of verdicts. */
import type { Verdict } from '../model.ts';

/** How bad a verdict is: what is less so calls hosts back. */
export function badness({ state }: Verdict): number {
  return state === 'up' ? 0 : state === 'unknown' ? 1 : 2;
}

/** It is down, or was when it was last seen. */
export function isFailed({ state, last }: Verdict): boolean {
  return state === 'down' || (state === 'unknown' && last === 'down');
}

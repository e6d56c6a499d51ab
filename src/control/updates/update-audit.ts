/** Audit entries of dynamic updates: one a key and zone and minute, which counts those since, so that a busy client does not fill the trail. */
import type { Change } from '../../store/store.ts';
import { formatName } from '../../wire/name.ts';
import { mnemonicOf } from '../../wire/rdata/index.ts';
import { audited } from '../audit.ts';
import type { SetChange } from './stored-updates.ts';

const EVERY_MS = 60_000;
/** RRsets named in an entry. */
const MOST_NAMED = 5;
/** Keys and zones kept count of. */
const MOST_COUNTED = 4096;

interface Counted {
  readonly at: number;
  /** RRsets changed since, which no entry has told of. */
  readonly untold: number;
}

export interface Due {
  readonly entries: Change[];
  /** Counts the changes. Call when they are served: what could not be is taken back, and has not happened. */
  served(): void;
}

export class UpdateAudit {
  readonly #counted = new Map<string, Counted>();

  /** What to store beside changes. */
  due(changed: readonly { readonly apex: Uint8Array; readonly changes: readonly SetChange[] }[], now: number): Due {
    const entries: Change[] = [];
    const counted: [id: string, Counted][] = [];
    for (const { apex, changes } of changed) {
      const byKey = new Map<string, SetChange[]>();
      for (const change of changes) {
        const key = change.by;
        byKey.set(key, [...(byKey.get(key) ?? []), change]);
      }
      for (const [key, ofKey] of byKey) {
        const id = `${key} ${formatName(apex)}`;
        const before = this.#counted.get(id);
        if (before !== undefined && now - before.at < EVERY_MS && now >= before.at) {
          counted.push([id, { at: before.at, untold: before.untold + ofKey.length }]);
          continue;
        }
        counted.push([id, { at: now, untold: 0 }]);
        const reason = told(ofKey, before?.untold ?? 0);
        entries.push(audited({ at: now, author: `tsig:${key}`, action: 'update', about: formatName(apex), reason }));
      }
    }
    return { entries, served: () => this.#count(counted) };
  }

  #count(counted: readonly (readonly [id: string, Counted])[]): void {
    for (const [id, count] of counted) {
      this.#counted.delete(id);
      if (this.#counted.size >= MOST_COUNTED) this.#counted.delete(this.#counted.keys().next().value ?? '');
      this.#counted.set(id, count);
    }
  }
}

function told(changes: readonly SetChange[], untold: number): string {
  const named = changes
    .slice(0, MOST_NAMED)
    .map(({ owner, type, set }) => `${set === undefined ? 'removed' : 'set'} ${formatName(owner)} ${mnemonicOf(type)}`);
  const rest = changes.length - named.length;
  const more = rest > 0 ? [`${rest} more`] : [];
  const since = untold > 0 ? [`${untold} since the entry before`] : [];
  return [...named, ...more, ...since].join(', ');
}

/** What happened when: in the world, as the server saw it, and what it did. */

export type EntryKind =
  /** A target really fails, or really is well again; the observer's network is cut, or back. */
  | 'fails'
  | 'recovers'
  /** Checks have found out. */
  | 'seen'
  /** Other groups are answered. */
  | 'answer'
  /** The observer takes itself to be cut off, or no longer does. */
  | 'held'
  | 'released'
  /** What is announced, or signed, or a feed tells of that. */
  | 'routes'
  /** The server finds something wrong with a route, or no longer does. */
  | 'found'
  /** A group takes no new hosts by itself, or does again. */
  | 'guard'
  /** A link is too full and nothing can take what is too much, or no longer. */
  | 'overload'
  /** An operator, or a restart. */
  | 'done';

export interface Entry {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly kind: EntryKind;
  /** The target it is about. */
  readonly target?: string;
  readonly text: string;
  /** Of an answer, the chain of reasons. */
  readonly cause?: string;
}

export class Journal {
  readonly #entries: Entry[] = [];

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** In the order of time. */
  get entries(): readonly Entry[] {
    return [...this.#entries].sort((a, b) => a.at - b.at);
  }

  /** @param target part of a target's key; all when left out */
  of(kind: EntryKind, target = ''): Entry[] {
    return this.entries.filter((entry) => entry.kind === kind && (entry.target ?? '').includes(target));
  }

  /** The first of a kind from a time on. */
  firstAfter(at: number, kind: EntryKind, target = ''): Entry | undefined {
    return this.of(kind, target).find((entry) => entry.at >= at);
  }
}

/** `0:05:03.2`, with days in front where there are any. */
export function timeText(ms: number): string {
  if (ms < 0) return `-${timeText(-ms)}`;
  const tenths = Math.round(ms / 100);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = `${two((tenths / 10) % 60)}.${tenths % 10}`;
  const hours = Math.floor(tenths / 36_000);
  const days = Math.floor(hours / 24);
  return `${days > 0 ? `${days} d ` : ''}${hours % 24}:${two((tenths / 600) % 60)}:${seconds}`;
}

/** `4.5 s`, `12 min`, `3 h`, `2 d` */
export function durationText(ms: number): string {
  const round = (value: number): string => String(Math.round(value * 10) / 10);
  if (ms < 120_000) return `${round(ms / 1000)} s`;
  if (ms < 2 * 3600_000) return `${round(ms / 60_000)} min`;
  return ms < 48 * 3600_000 ? `${round(ms / 3600_000)} h` : `${round(ms / 86_400_000)} d`;
}

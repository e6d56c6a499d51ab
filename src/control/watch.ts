/**
 * Notices edits: watches directories, not files, because editors rename new files into place and Kubernetes swaps a symlink (`..data`) when
 * a ConfigMap changes. After the last sign of change it waits until things settle, then calls back once.
 */
import { type FSWatcher, watch } from 'node:fs';

export class DirectoryWatch {
  readonly #watchers: FSWatcher[] = [];
  readonly #settle: number;
  readonly #changed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #first = 0;

  /**
   * @param settle milliseconds of quiet before `changed` is called; a steady stream of changes delays it ten times that at most
   * @param failed called when a directory can't be watched (any more): then only an explicit reload helps
   */
  constructor(directories: readonly string[], settle: number, changed: () => void, failed: (error: Error) => void) {
    this.#settle = settle;
    this.#changed = changed;
    for (const directory of new Set(directories)) {
      try {
        const watcher = watch(directory, { persistent: false }, () => this.#sign());
        watcher.on('error', failed);
        this.#watchers.push(watcher);
      } catch (error) {
        failed(error as Error);
      }
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #sign(): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#first = now;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(this.#settle, this.#first + this.#settle * 10 - now));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#changed();
    }, wait);
  }
}

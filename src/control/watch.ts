/**
 * Notices edits: watches directories, not files, because editors rename new files into place and Kubernetes swaps a symlink (`..data`) when
 * a ConfigMap changes. After the last sign of change it waits until things settle, then calls back once.
 */
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

export class DirectoryWatch {
  readonly #parents: FSWatcher[] = [];
  readonly #byDirectory = new Map<string, FSWatcher>();
  readonly #failed: (error: Error) => void;
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
    this.#failed = failed;
    for (const directory of new Set(directories)) {
      this.#watch(directory);
      // The directory itself may be replaced: its parent tells, and then the new one is watched.
      const parent = dirname(resolve(directory));
      const name = basename(resolve(directory));
      const watcher = this.#open(parent, (changed) => {
        if (changed !== name) return;
        this.#watch(directory);
        this.#sign();
      });
      if (watcher !== undefined) this.#parents.push(watcher);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of [...this.#parents, ...this.#byDirectory.values()]) watcher.close();
  }

  /** Watches a directory, in place of the one that had its name before. */
  #watch(directory: string): void {
    this.#byDirectory.get(directory)?.close();
    this.#byDirectory.delete(directory);
    if (!existsSync(directory)) return;
    const watcher = this.#open(directory, () => this.#sign());
    if (watcher !== undefined) this.#byDirectory.set(directory, watcher);
  }

  #open(directory: string, changed: (name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) => changed(name));
      watcher.on('error', this.#failed);
      return watcher;
    } catch (error) {
      this.#failed(error as Error);
      return undefined;
    }
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

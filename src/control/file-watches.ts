/** What is watched so that it is read again when it changes: the folder of the zone files, and files that settings name. */
import { dirname, resolve } from 'node:path';
import { DirectoryWatch } from './watch.ts';

export class FileWatches {
  readonly #watches: DirectoryWatch[] = [];
  readonly #settle: number;
  readonly #warning: (message: string) => void;

  /** @param settle milliseconds of quiet before what has changed is read */
  constructor(settle: number, warning: (message: string) => void) {
    this.#settle = settle;
    this.#warning = warning;
  }

  folder(path: string, changed: () => void): void {
    this.#watch([path], changed, (why) => `can't watch ${path} for changes (${why}); reload with SIGHUP`);
  }

  /** @param what the files, in a warning */
  files(what: string, files: readonly (string | undefined)[], changed: () => void): void {
    const folders = files.flatMap((file) => (file === undefined ? [] : [dirname(resolve(file))]));
    this.#watch(folders, changed, (why) => `can't watch ${what} for changes (${why}); read again with SIGHUP`);
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  #watch(folders: readonly string[], changed: () => void, warning: (why: string) => string): void {
    if (folders.length === 0) return;
    const failed = (error: Error): void => this.#warning(warning(error.message));
    this.#watches.push(new DirectoryWatch(folders, this.#settle, changed, failed));
  }
}

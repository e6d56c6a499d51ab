/** The files as a server would load them, in this process: for check, diff, export and explain. */
import { Compiler, type LoadFailure, type LoadSuccess } from '../compile/compiler.ts';
import { openDirectory } from '../compile/directory.ts';
import type { LayerChange } from '../compile/update-layers.ts';
import { Arenas } from '../tables/arena.ts';
import { TableReader } from '../tables/table-reader.ts';
import { CommandError } from './command.ts';
import { countDiagnostics, printDiagnostics } from './settings.ts';

/** Nobody queries these tables, so the key need not be secret. */
export const OFFLINE_SEED = 1;

export class OfflineTables {
  readonly compiler: Compiler;
  readonly tables = new TableReader();
  readonly #arenas = new Arenas();
  #served: { base: number; head: number } | undefined;

  constructor() {
    this.compiler = new Compiler(this.#arenas, OFFLINE_SEED);
  }

  /** @param updates what dynamic updates have made */
  load(directory: string, updates: readonly LayerChange[] = []): LoadSuccess | LoadFailure {
    const target = { base: this.#served?.base === 0 ? 1 : 0, head: this.#served?.head === 0 ? 1 : 0 };
    const now = Math.floor(Date.now() / 1000);
    const result = this.compiler.load({
      input: openDirectory(directory),
      served: this.#served,
      target,
      now,
      remembered: new Map(),
      updates,
    });
    if (result.ok) {
      this.#served = result.use;
      this.tables.use(this.#arenas.bases[result.use.base], this.#arenas.heads[result.use.head]);
    }
    return result;
  }

  /** @throws CommandError, with all mistakes printed */
  mustLoad(directory: string, updates: readonly LayerChange[] = []): LoadSuccess {
    const result = this.load(directory, updates);
    if (result.ok) return result;
    printDiagnostics(result.diagnostics);
    throw new CommandError(`${directory}: ${countDiagnostics(result.diagnostics)}`);
  }
}

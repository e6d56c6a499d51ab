/** The serials that zones had last, kept for the next start, so that none steps back after it. */
import type { LoadSuccess } from '../compile/compiler.ts';
import type { StateDirectory } from './state-dir.ts';

export class Serials {
  readonly #state: StateDirectory;
  readonly #warning: (message: string) => void;
  #zones: ReturnType<StateDirectory['zones']>;
  #saving: Promise<void> = Promise.resolve();
  /** Whether some wait to be written: the newest alone, since updates change them many times a second. */
  #isUnsaved = false;

  /** @param zones what an earlier life of the server knew */
  constructor(state: StateDirectory, zones: ReturnType<StateDirectory['zones']>, warning: (message: string) => void) {
    this.#state = state;
    this.#zones = zones;
    this.#warning = warning;
  }

  get zones(): ReturnType<StateDirectory['zones']> {
    return this.#zones;
  }

  /** Settled when all there were to keep are written, or could not be. */
  get saved(): Promise<void> {
    return this.#saving;
  }

  /** Keeps those of a load. */
  keep(zones: LoadSuccess['zones']): void {
    // Of what has not come yet, what an earlier life of the server knew stays.
    const known = zones.filter(({ secondary }) => secondary !== 'waiting');
    const waiting = zones.filter(({ secondary }) => secondary === 'waiting');
    this.#zones = new Map([
      ...waiting.flatMap(({ name }) => {
        const before = this.#zones.get(name);
        return before === undefined ? [] : [[name, before] as const];
      }),
      ...known.map(({ name, serial, digest }) => [name, { serial, digest }] as const),
    ]);
    if (this.#isUnsaved) return;
    this.#isUnsaved = true;
    this.#saving = this.#saving.then(() => {
      this.#isUnsaved = false;
      return this.#save();
    });
  }

  async #save(): Promise<void> {
    try {
      await this.#state.rememberZones(this.#zones);
    } catch (error) {
      // They are kept for the next start only; what is served does not wait for a disk.
      this.#warning(`${(error as Error).message}; serials may step back after a restart`);
    }
  }
}

/** Entry of the compile worker thread: answers one load request after another. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type ArenaBuffers, Arenas } from '../tables/arena.ts';
import type { AssignmentKey } from './assignment-table.ts';
import { giveMemoryBack } from './collect.ts';
import { Compiler, type LoadFailure, type LoadRequest, type LoadSuccess } from './compiler.ts';
import { openDirectory } from './directory.ts';
import type { InForce } from './in-force.ts';
import type { InputSet } from './input.ts';
import { type SecondaryImages, unchangedBut, withSecondaries } from './secondary-zones.ts';

export interface CompileWorkerData {
  readonly arenas: ArenaBuffers;
  readonly seed: number;
  /** Assignments that cells name already, by number. */
  readonly keys: readonly (AssignmentKey | undefined)[];
  /** What is answered, if anything is. */
  readonly inForce?: InForce;
}

export interface CompileRequest {
  readonly id: number;
  /**
   * Without a directory nothing is looked at: only serials rise. With `only` no zones but those (by apex) are, and which are withheld.
   * `secondary` says which zones come from other servers, and where they lie.
   */
  readonly load: Omit<LoadRequest, 'input'> & {
    readonly directory: string | undefined;
    readonly only?: readonly Uint8Array[];
    readonly secondary?: SecondaryImages;
  };
}

export type CompileReply =
  | { readonly id: number; readonly loaded: (LoadSuccess | LoadFailure) & { readonly milliseconds: number } }
  | { readonly id: number; readonly failed: string };

const data = workerData as CompileWorkerData;
const compiler = new Compiler(new Arenas(data.arenas), data.seed, data.keys, data.inForce);

// Answers come first. On Linux a process id of 0 means this thread alone, which is what is wanted.
try {
  setPriority(0, 10);
} catch {
  // Not allowed or not known here: then it competes like any other.
}

parentPort?.on('message', (request: CompileRequest) => {
  parentPort?.postMessage(serve(request));
  // What updates change takes little, and many may come in a second.
  if (request.load.directory !== undefined) giveMemoryBack();
});

function inputOf(
  directory: string | undefined,
  only: readonly Uint8Array[] | undefined,
  secondary: SecondaryImages | undefined,
): InputSet | undefined {
  const { unchanged } = compiler;
  if (directory === undefined) return unchanged;
  if (secondary === undefined) return openDirectory(directory);
  if (only === undefined) return withSecondaries(openDirectory(directory), secondary);
  return unchanged && unchangedBut(unchanged, only, secondary, () => openDirectory(directory));
}

function serve(request: CompileRequest): CompileReply {
  const { id } = request;
  try {
    const { directory, only, secondary, ...load } = request.load;
    const began = performance.now();
    const input = inputOf(directory, only, secondary);
    if (input === undefined) throw new Error('nothing is loaded whose serials could rise');
    const loaded = compiler.load({ ...load, input });
    return { id, loaded: { ...loaded, milliseconds: performance.now() - began } };
  } catch (error) {
    return { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

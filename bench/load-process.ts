/** Where what asks runs, and how programs of ours run there. */
import { join } from 'node:path';

/** The server has the first. */
export const LOAD_CORE = '1';

/**
 * A program of this folder, on the load's core, in one thread and with room for its garbage: V8's helpers would have the core for several milliseconds now and then, in which
 * nothing is asked and no reply is looked at.
 */
export function loadCommand(program: string, ...args: readonly string[]): string[] {
  return commandOn(LOAD_CORE, program, ...args);
}

/** The same on another core. */
export function commandOn(core: string, program: string, ...args: readonly string[]): string[] {
  const node = [process.execPath, '--single-threaded', '--v8-pool-size=1', '--max-semi-space-size=64'];
  return ['taskset', '-c', core, ...node, join(import.meta.dirname, program), ...args];
}

/** A publisher without packet workers, fed with made-up zones: what the main thread sees. */
import { Compiler } from '../../src/compile/compiler.ts';
import { findHost } from '../../src/control/find-host.ts';
import { hostName } from '../../src/control/moves/selection.ts';
import { Publisher } from '../../src/control/publisher.ts';
import type { Force, Network } from '../../src/steering/model.ts';
import { makeControlBlock } from '../../src/tables/control-block.ts';
import { parseName } from '../../src/wire/name.ts';
import { formatDiagnostic } from '../../src/zone/diagnostic.ts';
import { exampleNetwork, inputOf, type TestZone } from './records.ts';
import { SEED } from './tables.ts';

export class Published {
  readonly publisher = new Publisher(makeControlBlock(0), SEED);
  #compiler = new Compiler(this.publisher.arenas, SEED);

  static async of(...zones: TestZone[]): Promise<Published> {
    const made = new Published();
    await made.load(zones);
    return made;
  }

  /**
   * Loads what has changed: edits of zones that were loaded before lie in an overlay.
   * @returns the hosts that are gone with their overrides, each as often as it was told of
   */
  async load(
    zones: readonly TestZone[],
    { network = exampleNetwork, forces = [] }: { network?: Network; forces?: readonly Force[] } = {},
  ): Promise<string[]> {
    const { publisher } = this;
    const target = await publisher.freeTarget();
    const load = this.#compiler.load({
      input: inputOf(zones, network, JSON.stringify(network)),
      served: publisher.served,
      target,
      now: 1_700_000_000,
      remembered: new Map(),
    });
    if (!load.ok) throw new Error(load.diagnostics.map(formatDiagnostic).join('\n'));
    const gone: string[] = [];
    await publisher.exclusive(() =>
      publisher.install(load, forces, (host) => gone.push(hostName(publisher.overrides.name(host)))),
    );
    return gone;
  }

  /** The next load is by a new compiler, so all tables are written anew. */
  rebase(): void {
    this.#compiler = new Compiler(this.publisher.arenas, SEED, this.publisher.assignments.keys);
  }

  node(name: string): number {
    return findHost(this.publisher.tables, parseName(name), SEED);
  }

  /** The groups in a host's cell. */
  groups(name: string): (string | undefined)[] {
    const { assignments, tables } = this.publisher;
    const key = assignments.keys[tables.assignment(this.node(name))];
    return [key?.ipv4, key?.ipv6];
  }

  /** Overrides a host, without a move. */
  async move(name: string, group: string): Promise<void> {
    const { overrides } = this.publisher;
    const wire = parseName(name);
    const host = overrides.intern(wire, 0, wire.length);
    overrides.set(host, { ipv4: group, ipv6: group, move4: 1, move6: 1, prepare: 0, prepareTtl: 0 });
    await this.publisher.cover();
    this.publisher.refresh(wire);
  }
}

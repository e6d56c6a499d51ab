/** Loads and publishes in one thread, for tests that need tables but no workers. */
import { ANSWER_SLOTS, COUNTER_WORDS } from '../../src/answer/counters.ts';
import { Responder } from '../../src/answer/responder.ts';
import type { CounterRows, ResponderConfig } from '../../src/answer/responder-config.ts';
import { Compiler, type LoadSuccess, type Target } from '../../src/compile/compiler.ts';
import type { InputSet } from '../../src/compile/input.ts';
import { denseAssignments, PlanWriter } from '../../src/compile/plan-writer.ts';
import type { LayerChange } from '../../src/compile/update-layers.ts';
import { AnswerSlots } from '../../src/control/answer-slots.ts';
import { clientClasses } from '../../src/feeds/geo/client-classes.ts';
import { writeClients } from '../../src/feeds/geo/client-writer.ts';
import type { GeoNetworks } from '../../src/feeds/geo/places.ts';
import { decide } from '../../src/steering/decide.ts';
import type { Force } from '../../src/steering/model.ts';
import { Arenas } from '../../src/tables/arena.ts';
import { ClientReader } from '../../src/tables/client-reader.ts';
import { PlanReader } from '../../src/tables/plan-reader.ts';
import { TableReader } from '../../src/tables/table-reader.ts';
import { formatDiagnostic } from '../../src/zone/diagnostic.ts';

export const SEED = 0x1234567;

export class TestTables {
  readonly arenas = new Arenas();
  readonly compiler = new Compiler(this.arenas, SEED);
  readonly tables = new TableReader();
  readonly plan = new PlanReader();
  readonly clients = new ClientReader();
  readonly counters = new Uint32Array(COUNTER_WORDS);
  /** Answers by slot. */
  readonly answers = new Uint32Array(ANSWER_SLOTS);
  readonly slots = new AnswerSlots();
  served: Target | undefined;
  now = 1_700_000_000;

  /** Serials that zones must not be older than. */
  leastSerials: ReadonlyMap<string, number> = new Map();

  /** Loads an input and answers from it. @param databases what is known of clients @throws Error with all mistakes */
  load(
    input: InputSet,
    forces: readonly Force[] = [],
    databases: readonly GeoNetworks[] = [],
    updates: readonly LayerChange[] = [],
  ): LoadSuccess {
    const target = { base: this.served?.base === 0 ? 1 : 0, head: this.served?.head === 0 ? 1 : 0 };
    const { served, now, leastSerials } = this;
    const result = this.compiler.load({ input, served, target, now, remembered: new Map(), leastSerials, updates });
    if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
    this.served = result.use;
    this.tables.use(this.arenas.bases[result.use.base], this.arenas.heads[result.use.head]);
    const { assignments, numbers } = denseAssignments(result.assignments);
    const { network } = result;
    const clients = clientClasses(network, databases);
    writeClients(this.arenas.clients[0], clients);
    this.clients.use(this.arenas.clients[0]);
    const world = { network, assignments, forces, verdicts: new Map(), classes: clients.classes, now: 0 };
    new PlanWriter(this.arenas.plans[0], this.slots.of(result.network)).write(
      decide(world),
      numbers,
      result.assignments.length,
    );
    this.plan.use(this.arenas.plans[0]);
    return result;
  }

  /** @param rows where it counts */
  responder(
    options: Partial<Omit<ResponderConfig, 'seed' | 'nsid'>> & { readonly nsid?: string } = {},
    rows: CounterRows = this,
  ): Responder {
    const { nsid, ...rest } = options;
    const config = {
      seed: SEED,
      udpSize: 1232,
      nsid: nsid === undefined ? undefined : new TextEncoder().encode(nsid),
      version: undefined,
      id: undefined,
      ...rest,
    };
    const responder = new Responder(config, this.tables, this.plan, this.clients, rows);
    responder.now = this.now;
    return responder;
  }
}

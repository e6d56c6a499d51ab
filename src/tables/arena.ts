/**
 * The arenas: sets of columns that are filled, published, and after a while filled anew. Two of each kind, so that one can be
 * written while the other is answered from. They are made once, by the main thread, and sent to every worker at its start.
 */
import { Column } from './column.ts';

/** Slots, nodes and data of a base or an overlay (layout.ts). */
export class Part {
  readonly slots: Column;
  readonly nodes: Column;
  readonly data: Column;

  constructor(buffers?: PartBuffers) {
    this.slots = new Column(buffers?.slots);
    this.nodes = new Column(buffers?.nodes);
    this.data = new Column(buffers?.data);
  }

  refresh(): void {
    this.slots.refresh();
    this.nodes.refresh();
    this.data.refresh();
  }

  get buffers(): PartBuffers {
    return { slots: this.slots.buffer, nodes: this.nodes.buffer, data: this.data.buffer };
  }
}

/** The overlay and the zone table. */
export class Head extends Part {
  readonly zones: Column;
  readonly zoneSlots: Column;

  constructor(buffers?: HeadBuffers) {
    super(buffers);
    this.zones = new Column(buffers?.zones);
    this.zoneSlots = new Column(buffers?.zoneSlots);
  }

  override refresh(): void {
    super.refresh();
    this.zones.refresh();
    this.zoneSlots.refresh();
  }

  override get buffers(): HeadBuffers {
    return { ...super.buffers, zones: this.zones.buffer, zoneSlots: this.zoneSlots.buffer };
  }
}

/** Rows, answer sets and answers of one plan (plan-layout.ts). */
export class PlanArena {
  readonly rows: Column;
  readonly sets: Column;
  readonly answers: Column;

  constructor(buffers?: PlanBuffers) {
    this.rows = new Column(buffers?.rows);
    this.sets = new Column(buffers?.sets);
    this.answers = new Column(buffers?.answers);
  }

  refresh(): void {
    this.rows.refresh();
    this.sets.refresh();
    this.answers.refresh();
  }

  get buffers(): PlanBuffers {
    return { rows: this.rows.buffer, sets: this.sets.buffer, answers: this.answers.buffer };
  }
}

/** Classes of clients (client-layout.ts). */
export class ClientArena {
  readonly words: Column;

  constructor(buffers?: ClientBuffers) {
    this.words = new Column(buffers?.words);
  }

  get buffers(): ClientBuffers {
    return { words: this.words.buffer };
  }
}

export interface PartBuffers {
  readonly slots: SharedArrayBuffer;
  readonly nodes: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}
export interface HeadBuffers extends PartBuffers {
  readonly zones: SharedArrayBuffer;
  readonly zoneSlots: SharedArrayBuffer;
}
export interface PlanBuffers {
  readonly rows: SharedArrayBuffer;
  readonly sets: SharedArrayBuffer;
  readonly answers: SharedArrayBuffer;
}
export interface ClientBuffers {
  readonly words: SharedArrayBuffer;
}

/** What a worker gets at its start, by structured clone. */
export interface ArenaBuffers {
  readonly bases: readonly PartBuffers[];
  readonly heads: readonly HeadBuffers[];
  readonly plans: readonly PlanBuffers[];
  readonly clients: readonly ClientBuffers[];
}

/** Two of each: one in use, one to write. */
export const ARENAS = 2;

export class Arenas {
  readonly bases: readonly Part[];
  readonly heads: readonly Head[];
  readonly plans: readonly PlanArena[];
  readonly clients: readonly ClientArena[];

  constructor(buffers?: ArenaBuffers) {
    const pair = Array.from({ length: ARENAS }, (_, i) => i);
    this.bases = pair.map((i) => new Part(buffers?.bases[i]));
    this.heads = pair.map((i) => new Head(buffers?.heads[i]));
    this.plans = pair.map((i) => new PlanArena(buffers?.plans[i]));
    this.clients = pair.map((i) => new ClientArena(buffers?.clients[i]));
  }

  get buffers(): ArenaBuffers {
    return {
      bases: this.bases.map((b) => b.buffers),
      heads: this.heads.map((h) => h.buffers),
      plans: this.plans.map((p) => p.buffers),
      clients: this.clients.map((c) => c.buffers),
    };
  }

  /** Octets of memory the columns cover (touched or not yet). */
  get octets(): number {
    const columns = [
      ...this.bases.flatMap((b) => [b.slots, b.nodes, b.data]),
      ...this.heads.flatMap((h) => [h.slots, h.nodes, h.data, h.zones, h.zoneSlots]),
      ...this.plans.flatMap((p) => [p.rows, p.sets, p.answers]),
      ...this.clients.map((c) => c.words),
    ];
    return columns.reduce((sum, c) => sum + c.buffer.byteLength, 0);
  }
}

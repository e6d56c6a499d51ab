/** What-ifs of a running server: the world of the moment, put to a worker with the changes to try. Nothing of what is answered changes. */
import { Worker } from 'node:worker_threads';
import type { World } from '../../steering/model.ts';
import { type Change, type ChangeSpec, type MoveSpec, resolveChange } from '../../steering/whatif/change.ts';
import type { WhatIfReport } from '../../steering/whatif/report.ts';
import { type ChangeProblem, isProblem } from '../../steering/whatif/thing.ts';
import { Problem } from '../moves/problem.ts';
import { type HostTables, selectListed, selectMatching } from '../moves/selection.ts';
import type { Publisher } from '../publisher.ts';
import type { WhatIfJob, WhatIfRules } from './work.ts';

/** Who asks by HTTP waits for a minute at most. */
const PATIENCE_MS = 45_000;
/** More than patience: a thread that takes longer hangs. */
const MOST_MS = 120_000;
/** That wait for their turn. */
const MOST_WAITING = 8;

export class WhatIfs {
  readonly #publisher: Publisher;
  readonly #cutOff: () => boolean;
  #running: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param cutOff whether the server holds everything when targets of several sites fail at once */
  constructor(publisher: Publisher, cutOff: () => boolean) {
    this.#publisher = publisher;
    this.#cutOff = cutOff;
  }

  /** One after another: each may keep a core busy for a while. @throws Problem for changes that make no sense */
  async ask(specs: readonly ChangeSpec[], rules: WhatIfRules): Promise<WhatIfReport> {
    if (this.#waiting >= MOST_WAITING)
      throw new Problem('conflict', 'too many what-ifs are being worked out; ask again in a while');
    this.#waiting++;
    const run = this.#running.then(() => this.#answer(specs, rules));
    this.#running = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      this.#waiting--;
    }
  }

  async #answer(specs: readonly ChangeSpec[], rules: WhatIfRules): Promise<WhatIfReport> {
    const publisher = this.#publisher;
    await publisher.counts.all();
    // As a move is planned: nothing else changes while hosts are counted.
    const { world, live, changes } = await publisher.exclusive(async () => {
      const at = publisher.stepWorld(Date.now());
      const { decided } = publisher;
      if (at === undefined || decided === undefined) throw new Problem('conflict', 'nothing is served yet');
      const { numbers } = publisher.assignments.dense;
      const { world: before, plan } = decided;
      return { world: at, live: { world: before, plan }, changes: await changesIn(at, specs, publisher, numbers) };
    });
    const report = await inWorker({
      world,
      live,
      changes,
      rules,
      patience: PATIENCE_MS,
      cutOff: this.#cutOff(),
    });
    if (isProblem(report)) throw new Problem(report.code, report.message);
    return report;
  }
}

/**
 * Changes put to a world.
 * @param numbers of the world's assignments, as they are in the tables
 * @throws Problem for what makes no sense
 */
export async function changesIn(
  world: World,
  specs: readonly ChangeSpec[],
  tables: HostTables,
  numbers: readonly number[],
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const spec of specs) {
    // Names that are wrong are told before a million hosts are looked through.
    let change = resolveChange(world.network, spec, () => []);
    if (!isProblem(change) && 'move' in spec) {
      const hosts = await hostsOf(spec.move, tables, numbers);
      change = resolveChange(world.network, spec, () => hosts);
    }
    if (isProblem(change)) throw new Problem(change.code, change.message);
    changes.push(change);
  }
  return changes;
}

/** How many hosts of each of the world's assignments a move is about. */
async function hostsOf(move: MoveSpec, tables: HostTables, numbers: readonly number[]): Promise<number[]> {
  const selection =
    move.hosts === undefined ? selectMatching(tables, move.select ?? {}) : selectListed(tables, move.hosts);
  const counts = new Map<number, number>();
  await selection.each(({ nodes, count }) => {
    for (let i = 0; i < count; i++) {
      const number = tables.tables.assignment(nodes[i]);
      counts.set(number, (counts.get(number) ?? 0) + 1);
    }
  });
  return numbers.map((number) => counts.get(number) ?? 0);
}

function inWorker(job: WhatIfJob): Promise<WhatIfReport | ChangeProblem> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: job, name: 'what-if' });
  return new Promise<WhatIfReport | ChangeProblem>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the what-if worker hangs')), MOST_MS);
    worker.on('message', (report: WhatIfReport | ChangeProblem) => resolve(report));
    worker.on('error', reject);
    worker.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the what-if worker ended with ${code}`));
    });
  }).finally(() => worker.terminate());
}

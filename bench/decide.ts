/** What a decision costs: all of a large network at once, and one target that fails, up to the tables that workers read. */
import { PlanWriter } from '../src/compile/plan-writer.ts';
import { decide } from '../src/steering/decide.ts';
import { plainGuards } from '../src/steering/guards/rules.ts';
import type { Assignment, Group, Network, Service, Verdict, Verdicts, World } from '../src/steering/model.ts';
import { plainPolicy } from '../src/steering/policy.ts';
import type { Decided } from '../src/steering/redecide.ts';
import { step } from '../src/steering/step.ts';
import { PlanArena } from '../src/tables/arena.ts';
import { machine, median } from './machine.ts';
import { saveResult, table } from './results.ts';

const ASSIGNMENTS = 1000;
const CLASSES = 256;
const SERVICES = 25;
const GROUPS = 85;
const REPEATS = 21;

/** A ladder of four rungs with four groups below each, every service with VIPs in all, hosts spread over services, groups and two TTLs. */
function largeWorld(): World {
  const parentOf = (i: number): number => (i === 0 ? -1 : (i - 1) >> 2);
  const ancestors = (i: number): number[] => (i === 0 ? [] : [parentOf(i), ...ancestors(parentOf(i))]);
  const sites = Array.from({ length: 64 }, (_, i) => ({ id: `site${i}`, name: `site${i}`, country: 'CH' }));
  const groups = Array.from(
    { length: GROUPS },
    (_, i): Group => ({
      id: `group${i}`,
      parent: parentOf(i),
      routing: { ipv4: 'lazy', ipv6: 'lazy' },
      instances: [i % sites.length],
      announce: { ipv4: [i % sites.length], ipv6: [i % sites.length] },
      prefixes: {},
      fallback: ancestors(i),
      serves: [],
    }),
  );
  const services = Array.from(
    { length: SERVICES },
    (_, s): Service => ({
      id: `service${s}`,
      vips: groups.map((_group, g) => ({
        ipv4: Uint8Array.of(198, 51, g, s),
        ipv6: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, g, 0, 0, 0, 0, 0, 0, 0, 0, 0, s),
      })),
    }),
  );
  const policies = [{ ...plainPolicy('default', 60), choice: { kind: 'nearest' } as const }];
  const network: Network = {
    sites,
    groups,
    services,
    policies,
    clients: [],
    links: [],
    catchment: [],
    guards: plainGuards,
  };
  const classes = Array.from({ length: CLASSES }, (_, c) => {
    const leaf = GROUPS - 1 - (c % 64);
    return { groups: c === 0 ? [] : [leaf, ...ancestors(leaf)] };
  });
  const assignments = Array.from({ length: ASSIGNMENTS }, (_, a): Assignment => {
    const group = (a >> 1) % 20;
    return { service: a % SERVICES, ipv4: group, ipv6: group, policy: 0, ttl: a % 2 === 0 ? 60 : 300 };
  });
  return { network, assignments, forces: [], verdicts: new Map(), classes: [classes], now: 0 };
}

export function decideBench(): void {
  const world = largeWorld();
  const numbers = world.assignments.map((_, i) => i + 1);
  const writers = [new PlanWriter(new PlanArena()), new PlanWriter(new PlanArena())];
  const write = (plan: ReturnType<typeof decide>, turn: number): void =>
    writers[turn % 2].write(plan, numbers, ASSIGNMENTS + 1);

  const full = timed(REPEATS, () => decide(world));
  let before: Decided = { world, plan: full.last };
  write(before.plan, 0);
  write(before.plan, 1);
  // Every target is seen well, then each fails and comes back once: what flaps would be held, and holding costs less.
  const targets = Array.from({ length: REPEATS * 2 }, (_, i) => `service3/group${i + 21}/ipv6`);
  const verdict = (state: Verdict['state']): Verdict => ({ state, since: 0, cause: `tcp: ${state}` });
  before = step({ ...world, verdicts: new Map(targets.map((target) => [target, verdict('up')])) }, before);
  const one: number[] = [];
  const written: number[] = [];
  for (let turn = 0; turn < REPEATS * 4; turn++) {
    const state = turn % 2 === 0 ? 'down' : 'up';
    const verdicts: Verdicts = new Map(before.world.verdicts).set(targets[turn >> 1], verdict(state));
    const next = { ...world, verdicts, now: turn * 1000 };
    const began = performance.now();
    before = step(next, before);
    one.push(performance.now() - began);
    write(before.plan, turn);
    written.push(performance.now() - began);
  }
  const rows = [
    { what: 'decide, all of it', milliseconds: round(median(full.times)) },
    { what: 'a step, one target changed', milliseconds: round(median(one)) },
    { what: 'the same, and in the tables', milliseconds: round(median(written)) },
  ];
  const text = table(
    ['what', 'median (ms)'],
    rows.map(({ what, milliseconds }) => [what, milliseconds.toFixed(2)]),
  );
  const title = `Decisions: ${ASSIGNMENTS} assignments × ${CLASSES} client classes, ${SERVICES} services, ${GROUPS} groups`;
  saveResult(
    'decide',
    { benchmark: 'decide', machine: machine(), sets: full.last.sets.length, rows },
    title,
    text,
    'npm run bench -- decide',
  );
}

function timed<T>(repeats: number, run: () => T): { times: number[]; last: T } {
  const times: number[] = [];
  let last = run();
  for (let i = 0; i < repeats; i++) {
    const began = performance.now();
    last = run();
    times.push(performance.now() - began);
  }
  return { times, last };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

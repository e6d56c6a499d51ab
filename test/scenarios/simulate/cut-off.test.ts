/** The server sees everything fail, or really two sites at once. */
import { describe, expect, it } from 'vitest';
import { answeredAt } from '../../support/simulator/figures.ts';
import { MINUTE, SECOND } from '../../support/simulator/scenario.ts';
import { simulate } from '../../support/simulator/simulate.ts';
import { BACK, CUT, cutOff } from './cut-off.ts';
import { network } from './network.ts';
import { FROM, TOLD, twoSites } from './two-sites.ts';

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
/** Every target has been probed and checked again: what is not held by then never will be. */
const DETECTION = 4.6 * SECOND;

describe('a server that is cut off', () => {
  it('holds what it answered, says so, and goes on when it sees again', () => {
    let [soonest, latest] = [Number.POSITIVE_INFINITY, 0];
    for (const seed of seeds) {
      const run = simulate({ ...cutOff, caches: 20, ipv6: 0.5 }, seed);
      expect(run.broken).toEqual([]);
      const before = answeredAt(run, CUT - SECOND);
      expect(before.frankfurt).toBe(0);
      expect(run.held).toHaveLength(1);
      const [{ from, to }] = run.held;
      expect(from - CUT).toBeLessThan(DETECTION);
      [soonest, latest] = [Math.min(soonest, from - CUT), Math.max(latest, from - CUT)];
      // Nothing moves before it is found, while it lasts, nor when it is over.
      for (const { at } of run.answered.filter((each) => each.at >= CUT)) expect(answeredAt(run, at)).toEqual(before);
      // It ends ten seconds after all is well.
      expect(to - BACK).toBeGreaterThan(10 * SECOND);
      expect(to - BACK).toBeLessThan(20 * SECOND);
    }
    console.log(
      `${seeds.length} cut-offs: held after ${Math.round(soonest)} to ${Math.round(latest)} ms, nothing moved`,
    );
  });

  it('moves nothing by ending where names come back by hand only', () => {
    const patient = network(['patient: { ttl: 60, failback: manual }']);
    const hosts = cutOff.hosts.map((host) => ({ ...host, policy: 'patient' }));
    for (const seed of seeds.slice(0, 5)) {
      const run = simulate({ ...cutOff, network: patient, hosts, caches: 20 }, seed);
      const before = answeredAt(run, CUT - SECOND);
      expect(run.held).toHaveLength(1);
      for (const { at } of run.answered.filter((each) => each.at >= CUT)) expect(answeredAt(run, at)).toEqual(before);
    }
  });
});

describe('two sites that really fail at once', () => {
  it.each([1, 2, 3])('are taken for a cut-off until an operator says otherwise (seed %i)', (seed) => {
    const run = simulate(twoSites, seed);
    const [{ from, to }] = run.held;
    expect(from - FROM).toBeLessThan(DETECTION);
    const held = answeredAt(run, TOLD - SECOND);
    expect(held.zurich + held.frankfurt).toBeCloseTo(1, 6);
    const told = answeredAt(run, TOLD);
    expect(told.zurich + told.frankfurt).toBe(0);
    expect(to - TOLD).toBeLessThan(MINUTE);
  });
});

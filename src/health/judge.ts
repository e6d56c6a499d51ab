/**
 * All checks of all targets together: observations in, verdicts out. The server and the simulator drive this one, each with a clock of its own: nothing here reads one.
 * The rules are the pure functions of check-state.ts, combine.ts, verdict.ts, suspicion.ts and cut-off.ts; this keeps their states between calls.
 */
import type { Verdict, Verdicts } from '../steering/model.ts';
import type { Check, HealthModel, ServiceChecks } from './check.ts';
import { type CheckState, grown, type Observation, observe, unobserved } from './check-state.ts';
import { combine } from './combine.ts';
import { CONNECTED, type CutOff, type Fall, nextCutOff } from './cut-off.ts';
import { failingOf, reachOf } from './reach.ts';
import { type Standing, Suspicion } from './suspicion.ts';
import { REFERENCES, type WatchedTarget } from './targets.ts';
import { firstVerdict, latched, nextVerdict, unlatched } from './verdict.ts';

/** What one observation is of. `vantage` says who observed: one today, several in a fleet. */
export interface ObservationKey {
  readonly vantage: string;
  readonly target: string;
  readonly check: string;
}

export interface VerdictChange {
  readonly target: string;
  readonly before: Verdict | undefined;
  readonly after: Verdict;
  /** Nothing had been observed of it since the start. */
  readonly first: boolean;
}

/** What is known of targets before they are observed: their last verdicts, and standing reports of push and manual checks. */
export interface Remembered {
  readonly verdicts: ReadonlyMap<string, Pick<Verdict, 'last' | 'latched'>>;
  /** By `reportKey`. */
  readonly reports: ReadonlyMap<string, Observation>;
}

export interface Judgement {
  /** As they are seen now. */
  readonly verdicts: Verdicts;
  /** What steering gets: the same, or while the observer is cut off those from before. The same object as long as nothing has changed. */
  readonly handed: Verdicts;
  readonly held: CutOff['held'];
  /** Targets whose state has changed since the last judgement. */
  readonly changes: readonly VerdictChange[];
  /** Others that have been latched since, or are no longer. */
  readonly latches: readonly string[];
}

interface Watched {
  readonly target: WatchedTarget | undefined;
  readonly checks: ServiceChecks;
  states: CheckState[];
  verdict: Verdict;
  /** Whether it has been anything but unknown since the start. */
  settled: boolean;
  /** Whether it is down, but has not been handed over so: it waits, or is held. Only then is it latched. */
  latchDue: boolean;
}

const NOTHING: Remembered = { verdicts: new Map(), reports: new Map() };

export function reportKey(target: string, check: string): string {
  return `${target}#${check}`;
}

export class Judge {
  #model: HealthModel;
  #watched = new Map<string, Watched>();
  #touched = new Set<string>();
  #verdicts: Verdicts = new Map();
  #handed: Verdicts = new Map();
  #cutOff: CutOff = CONNECTED;
  /** While held: what was handed over before. */
  #frozen: Verdicts | undefined;
  readonly #suspicion = new Suspicion();
  /** Whether the set of targets, or something operators say of them, has changed since the last judgement. */
  #redo = true;
  #ignored: ReadonlySet<string> = new Set();

  constructor(model: HealthModel) {
    this.#model = model;
  }

  /**
   * Watches these targets from now on. Those that were watched already keep what is known of them, as far as their checks are the same; others are forgotten.
   */
  watch(model: HealthModel, targets: readonly WatchedTarget[], now: number, remembered: Remembered = NOTHING): void {
    this.#model = model;
    const before = this.#watched;
    this.#watched = new Map();
    for (const target of targets) this.#add(target.key, target, target.checks, before.get(target.key), now, remembered);
    if (model.references !== undefined)
      this.#add(REFERENCES, undefined, model.references, before.get(REFERENCES), now, remembered);
    this.#redo = true;
  }

  /** Takes an observation. One of a check that is gone is left out. */
  observe({ target, check }: ObservationKey, seen: Observation): void {
    const watched = this.#watched.get(target);
    const at = watched?.checks.checks.findIndex(({ id }) => id === check) ?? -1;
    if (watched === undefined || at < 0) return;
    watched.states[at] = observe(watched.states[at], watched.checks.checks[at], seen);
    this.#touched.add(target);
  }

  /** Lets targets come back that were down (`failback: manual`). @param covers whether an operator has said so of a target */
  unlatch(covers: (target: string) => boolean): void {
    for (const [key, watched] of this.#watched) {
      if (!covers(key)) continue;
      watched.latchDue = false;
      const frozen = this.#frozen?.get(key);
      if (frozen?.latched === true) this.#frozen = withOthers(this.#frozen!, new Map([[key, unlatched(frozen)]]));
      else if (watched.verdict.latched !== true) continue;
      watched.verdict = unlatched(watched.verdict);
      this.#redo = true;
    }
  }

  /** Targets whose state an operator has forced: they say nothing of whether the observer is cut off. */
  ignore(targets: ReadonlySet<string>): void {
    this.#ignored = targets;
  }

  /** Judges as of now. Call after observations, and now and then without. */
  judge(now: number): Judgement {
    const { changes, falls, moved } = this.#renew(now);
    const before = this.#cutOff;
    this.#cutOff = nextCutOff(
      before,
      this.#model.cutOff,
      { falls, isDown: (target) => this.#isDown(target), references: this.#references() },
      now,
    );
    const released = this.#suspect(falls, now);
    const relatched = this.#latch(before);
    const renewed = moved || relatched.length > 0 || this.#redo;
    if (renewed) this.#verdicts = this.#collect();
    if (renewed || released || before.held !== this.#cutOff.held) this.#handOver(before);
    this.#redo = false;
    const changed = new Set(changes.map(({ target }) => target));
    return {
      verdicts: this.#verdicts,
      handed: this.#handed,
      held: this.#cutOff.held,
      changes: changes.map((change) => ({ ...change, after: this.#watched.get(change.target)!.verdict })),
      latches: relatched.filter((target) => !changed.has(target)),
    };
  }

  /** What each check of a target says. */
  checksOf(target: string): readonly { readonly check: Check; readonly state: CheckState }[] {
    const watched = this.#watched.get(target);
    return watched === undefined ? [] : watched.checks.checks.map((check, i) => ({ check, state: watched.states[i] }));
  }

  /** Every target that is watched. */
  get targets(): readonly WatchedTarget[] {
    return [...this.#watched.values()].flatMap(({ target }) => (target === undefined ? [] : [target]));
  }

  /** Whether every check that somebody makes has been made once. */
  get isRound(): boolean {
    for (const { checks, states } of this.#watched.values())
      for (const [i, { last }] of states.entries()) {
        const { type } = checks.checks[i].probe;
        if (last === undefined && type !== 'push' && type !== 'manual') return false;
      }
    return true;
  }

  #add(
    key: string,
    target: WatchedTarget | undefined,
    checks: ServiceChecks,
    before: Watched | undefined,
    now: number,
    { verdicts, reports }: Remembered,
  ): void {
    const stored = before?.verdict ?? verdicts.get(key);
    const states = checks.checks.map((check) => {
      const kept = before?.checks.checks.findIndex((other) => isSameCheck(other, check)) ?? -1;
      if (before !== undefined && kept >= 0) return before.states[kept];
      const report = reports.get(reportKey(key, check.id));
      const fresh = unobserved(check, stored?.last);
      return report === undefined ? fresh : observe(fresh, check, report);
    });
    const verdict = before?.verdict ?? firstVerdict(now, stored);
    const { settled, latchDue } = before ?? { settled: false, latchDue: false };
    this.#watched.set(key, { target, checks, states, verdict, settled, latchDue });
  }

  #renew(now: number): { changes: VerdictChange[]; falls: Fall[]; moved: boolean } {
    const changes: VerdictChange[] = [];
    const falls: Fall[] = [];
    let moved = false;
    for (const [key, watched] of this.#watched) {
      const { checks, target } = watched;
      let touched = this.#redo || this.#touched.has(key);
      watched.states.forEach((state, i) => {
        const after = grown(state, checks.checks[i], now, this.#model.stale);
        if (after === state) return;
        watched.states[i] = after;
        touched = true;
      });
      if (!touched) continue;
      const before = watched.verdict;
      const after = nextVerdict(before, combine(checks, watched.states), now);
      if (after === before) continue;
      watched.verdict = after;
      moved = true;
      if (target === undefined || after.state === before.state) continue;
      changes.push({ target: key, before, after, first: !watched.settled });
      watched.settled = true;
      watched.latchDue = after.state === 'down';
      if (before.state === 'up' && after.state === 'down')
        falls.push({
          at: now,
          target: key,
          sites: target.sites,
          family: target.family,
          before,
          failing: failingOf(checks, watched.states),
        });
    }
    this.#touched.clear();
    return { changes, falls, moved };
  }

  #collect(): Verdicts {
    const verdicts = new Map<string, Verdict>();
    for (const [key, { target, verdict }] of this.#watched) if (target !== undefined) verdicts.set(key, verdict);
    return verdicts;
  }

  #isDown(target: string): boolean {
    return this.#watched.get(target)?.verdict.state === 'down' && !this.#ignored.has(target);
  }

  #references(): string | undefined {
    const verdict = this.#watched.get(REFERENCES)?.verdict;
    return verdict?.state === 'down' ? verdict.cause : undefined;
  }

  /** @returns whether a fall has ceased or begun to wait */
  #suspect(falls: readonly Fall[], now: number): boolean {
    const { held, falls: recent } = this.#cutOff;
    if (this.#model.cutOff !== undefined && held === undefined)
      return this.#suspicion.next(falls, recent, this.#standing(), now);
    this.#suspicion.clear();
    return false;
  }

  /** Targets that are up, unless an operator says what they are. */
  *#standing(): Iterable<Standing> {
    for (const [key, { target, checks, states, verdict }] of this.#watched) {
      const { state, changeAt } = verdict;
      if (target === undefined || state !== 'up' || this.#ignored.has(key)) continue;
      const { sites, family } = target;
      yield { target: key, family, sites, changeAt, reach: reachOf(checks, states) };
    }
  }

  /** Latches what counts as down from now on, and takes the latches back of falls that a hold takes back. @returns the targets */
  #latch(before: CutOff): string[] {
    const { held, falls } = this.#cutOff;
    const relatched: string[] = [];
    if (held !== undefined) {
      if (before.held !== undefined) return relatched;
      for (const { target, before: was } of falls) {
        const watched = this.#watched.get(target);
        if (watched?.verdict.latched !== true || was.latched === true) continue;
        watched.verdict = unlatched(watched.verdict);
        watched.latchDue = true;
        relatched.push(target);
      }
      return relatched;
    }
    for (const [key, watched] of this.#watched) {
      if (!watched.latchDue || this.#suspicion.waiting.has(key)) continue;
      watched.latchDue = false;
      if (watched.verdict.latched === true) continue;
      watched.verdict = latched(watched.verdict);
      relatched.push(key);
    }
    return relatched;
  }

  #handOver(before: CutOff): void {
    const { held, falls } = this.#cutOff;
    if (held === undefined) {
      this.#frozen = undefined;
      this.#hand(withOthers(this.#verdicts, this.#suspicion.waiting));
      return;
    }
    if (before.held === undefined || this.#frozen === undefined) {
      const fallen = new Map(falls.map(({ target, before: verdict }) => [target, verdict]));
      // What was seen before the first of them failed; nothing is said to be about to change.
      this.#frozen = new Map(
        [...withOthers(this.#handed, fallen)].map(([key, { changeAt: _, ...rest }]) => [key, rest]),
      );
    }
    const frozen = this.#frozen;
    this.#hand(withOthers(this.#verdicts, frozen));
  }

  /** Who compares what is handed over sees at once that nothing has changed. */
  #hand(verdicts: Verdicts): void {
    const same = verdicts.size === this.#handed.size && [...verdicts].every(([key, v]) => this.#handed.get(key) === v);
    if (!same) this.#handed = verdicts;
  }
}

/** Verdicts with some of them replaced. */
function withOthers(verdicts: Verdicts, others: ReadonlyMap<string, Verdict>): Verdicts {
  if (others.size === 0) return verdicts;
  return new Map([...verdicts].map(([key, verdict]) => [key, others.get(key) ?? verdict]));
}

function isSameCheck(one: Check, other: Check): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

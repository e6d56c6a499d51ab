/**
 * Whether what checks see may count yet. Hosts leave a dead target at once; that a target is well again calls them back only when no guard speaks against it. Until
 * then the target counts as it did before (`Hold`), so nothing moves.
 *
 * A hold is kept by target, not by host or assignment: the shares of policies that weigh, and every ladder with the target on it, then hold together.
 */
import { type Family, type Network, targetKey, type Verdict, type World } from '../model.ts';
import { routeKey } from '../network-data.ts';
import type { Decided } from '../redecide.ts';
import { Trial } from './effect.ts';
import { freezeOn, type History, type Hold, NO_HISTORY, type TargetHistory } from './history.ts';
import { isForgotten, isSuppressed, NO_PENALTY, type Penalty, raised, reusableAt, valueAt } from './penalty.ts';
import { badness, isFailed } from './verdicts.ts';

/** What waits for no time of its own is looked at again so often, in milliseconds; and whenever feeds say something else. */
const LOOK_AGAIN_MS = 60_000;

/** What guards remember after they have looked at the verdicts of a world. @param before what is answered until now */
export function admit(world: World, before: Decided | undefined): History {
  const history = world.history ?? NO_HISTORY;
  const keys = changedKeys(world, before);
  for (const key of history.targets.keys()) keys.add(key);
  if (keys.size === 0) return history;
  const admission = new Admission(world, before, history);
  // In the order of names: who comes first may matter to who comes next.
  for (const key of [...keys].sort()) admission.look(key);
  return admission.history;
}

/** Targets whose state is another than before. */
function changedKeys({ verdicts }: World, before: Decided | undefined): Set<string> {
  const keys = new Set<string>();
  if (before === undefined || before.world.verdicts === verdicts) return keys;
  const was = before.world.verdicts;
  for (const [key, verdict] of verdicts) {
    const old = was.get(key);
    if (old !== verdict && old !== undefined && badness(old) !== badness(verdict)) keys.add(key);
  }
  return keys;
}

/** Why something has to wait, and until when at least. */
type Refusal = Pick<Hold, 'guard' | 'cause' | 'until'>;

class Admission {
  readonly #world: World;
  readonly #before: Decided | undefined;
  readonly #trial: Trial;
  #history: History;
  #targets: Map<string, TargetHistory> | undefined;

  constructor(world: World, before: Decided | undefined, history: History) {
    this.#world = world;
    this.#before = before;
    this.#history = history;
    this.#trial = new Trial(world, before);
  }

  get history(): History {
    return this.#history;
  }

  look(key: string): void {
    const { verdicts, network, now } = this.#world;
    const known = this.#history.targets.get(key);
    const verdict = verdicts.get(key);
    const target = targetOf(network, key);
    if (verdict === undefined || target === undefined) {
      this.#set(key, undefined);
      return;
    }
    const was = this.#before?.world.verdicts.get(key) ?? verdict;
    const { damping } = network.guards;
    let penalty = since(known?.penalty ?? NO_PENALTY, now);
    if (damping !== undefined && hasFailed(was, verdict)) penalty = raised(penalty, damping, now);
    // What counted until now.
    const counted = known?.hold?.verdict ?? was;
    const refusal =
      this.#refusal(key, target, counted, verdict, { ...known, penalty }) ??
      this.#routeRefusal(target, counted, verdict, known?.hold);
    const hold = refusal === undefined ? undefined : holdOf(known?.hold, refusal, counted, now);
    const isIdle = hold === undefined && (damping === undefined || isForgotten(penalty, damping, now));
    if (isIdle) this.#set(key, undefined);
    else if (hold !== known?.hold || penalty !== known?.penalty)
      this.#set(key, { penalty, ...(hold === undefined ? {} : { hold }) });
  }

  /** The first guard that speaks against counting `verdict` in place of `counted`. */
  #refusal(
    key: string,
    { service, group, family }: Target,
    counted: Verdict,
    verdict: Verdict,
    { penalty, hold }: TargetHistory,
  ): Refusal | undefined {
    const { network, freezes, now } = this.#world;
    const [worse, same] = [badness(verdict) > badness(counted), badness(verdict) === badness(counted)];
    if (same) return undefined;
    const freeze = freezeOn(freezes, network.groups[group].id, now);
    if (freeze !== undefined && !(worse && freeze.leaveDead))
      return { guard: 'freeze', cause: 'an operator froze automatic changes', until: freeze.until };
    // That something is seen for the first time, or again after a restart, is no recovery.
    if (worse || !isFailed(counted)) return undefined;
    const { damping, dwell } = network.guards;
    if (damping !== undefined && isSuppressed(penalty, damping, now)) {
      const cause = `it comes and goes: penalty ${Math.round(valueAt(penalty, damping, now))}, to be ${damping.reuse}`;
      return { guard: 'damping', cause, until: reusableAt(penalty, damping) };
    }
    // What a target would change is tried only where that can matter.
    if (dwell === 0 && !this.#isAnySuppressed()) return undefined;
    // A return that is under way part by part has been let, and its own parts are no reason to wait.
    if (hold?.freed !== undefined) return undefined;
    return this.#choiceRefusal(key, service, family, counted);
  }

  /** Nothing calls hosts back to where the world can't reach them. */
  #routeRefusal(
    { group, family }: Target,
    counted: Verdict,
    verdict: Verdict,
    hold: Hold | undefined,
  ): Refusal | undefined {
    if (badness(verdict) >= badness(counted) || !isFailed(counted)) return undefined;
    const { network, now } = this.#world;
    const route = this.#history.routes.get(routeKey(network.groups[group].id, family));
    if (route === undefined) return undefined;
    const [{ guard, cause }] = route.by;
    const isKnown = hold?.guard === guard && hold.cause === cause && hold.until > now;
    return { guard, cause, until: isKnown ? hold.until : now + LOOK_AGAIN_MS };
  }

  #isAnySuppressed(): boolean {
    for (const { penalty } of this.#history.choices.values()) if (penalty.suppressed) return true;
    return false;
  }

  /** What speaks against it that the choices it would change have been through lately. */
  #choiceRefusal(key: string, service: number, family: Family, counted: Verdict): Refusal | undefined {
    const { network, verdicts, now } = this.#world;
    const { damping, dwell } = network.guards;
    const freed = { ...this.#world, history: without(this.#history, key) };
    const still = { ...freed, verdicts: new Map(verdicts).set(key, counted) };
    let found: Refusal | undefined;
    const take = (refusal: Refusal): void => {
      if (found === undefined || isLonger(refusal, found)) found = refusal;
    };
    for (const name of this.#trial.differing(service, family, still, freed)) {
      const past = this.#history.choices.get(name);
      if (past === undefined) continue;
      const { penalty, changedAt } = past;
      if (damping !== undefined && isSuppressed(penalty, damping, now)) {
        const cause = `its hosts came back too often: penalty ${Math.round(valueAt(penalty, damping, now))}, to be ${damping.reuse}`;
        take({ guard: 'damping', cause, until: reusableAt(penalty, damping) });
      }
      // A clock that was set back must not make this a wait of days.
      if (now >= changedAt && now < changedAt + dwell)
        take({ guard: 'dwell', cause: 'its hosts moved lately', until: changedAt + dwell });
    }
    return found;
  }

  #set(key: string, to: TargetHistory | undefined): void {
    if (to === undefined && !this.#history.targets.has(key)) return;
    if (this.#targets === undefined) {
      this.#targets = new Map(this.#history.targets);
      this.#history = { ...this.#history, targets: this.#targets };
    }
    if (to === undefined) this.#targets.delete(key);
    else this.#targets.set(key, to);
  }
}

/** Damping goes before dwell, and of a kind what lasts longest. */
function isLonger(one: Refusal, other: Refusal): boolean {
  return one.guard === other.guard ? one.until > other.until : one.guard === 'damping';
}

/** A failure is what was seen well and is down. That a target seen down before a restart is seen so again is none. */
function hasFailed(was: Verdict, is: Verdict): boolean {
  return is.state === 'down' && !isFailed(was);
}

/** After the clock was set back, a penalty decays from now on. */
function since(penalty: Penalty, now: number): Penalty {
  return penalty.at > now ? { ...penalty, at: now } : penalty;
}

/** The same object while nothing about it changes: then nothing needs to be decided anew. */
function holdOf(before: Hold | undefined, { guard, cause, until }: Refusal, verdict: Verdict, now: number): Hold {
  if (before?.guard === guard && before.until === until) return before;
  // Buckets that see it otherwise already are not called back.
  const part = before?.freed === undefined ? {} : { freed: before.freed };
  return { guard, cause, until, verdict, since: before?.since ?? now, ...part };
}

function without(history: History, key: string): History {
  const targets = new Map(history.targets);
  targets.delete(key);
  return { ...history, targets };
}

interface Target {
  readonly service: number;
  readonly group: number;
  readonly family: Family;
}

/** The target of a key; undefined when the network does not have it. */
function targetOf({ services, groups }: Network, key: string): Target | undefined {
  const [serviceId, groupId, family] = key.split('/');
  const service = services.findIndex(({ id }) => id === serviceId);
  const group = groups.findIndex(({ id }) => id === groupId);
  if (service < 0 || group < 0 || targetKey(serviceId, groupId, family as Family) !== key) return undefined;
  return { service, group, family: family as Family };
}

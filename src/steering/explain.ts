/** Why an answer is what it is: the candidates of `choose`, each with its verdict, for people and programs. */

import { answerParts } from './answer-parts.ts';
import { chainText, noFamily, partText, startText } from './chain.ts';
import type { LastResort } from './choose.ts';
import { Chooser } from './chooser.ts';
import { answerSet, wholeSet } from './decide.ts';
import { type ExplainedCandidate, explainCandidate } from './explained-candidate.ts';
import { hasFamily } from './ladder.ts';
import { type Assignment, BUCKETS, type Family, type Origin, type World } from './model.ts';
import { bucketsOf } from './shares.ts';
import { startsOf } from './start.ts';

/** A group that has a part of the answers. */
export interface ExplainedShare {
  /** Where the ladder begins, and the group that answers now. */
  readonly start: string;
  readonly group: string;
  /** 0 to 100: of all buckets. */
  readonly percent: number;
  /** The state that its share goes by, with the evidence. */
  readonly why: string;
}

export interface Explanation {
  readonly family: Family;
  /** The group that answers, its VIP and TTL; undefined when the host does not have the family. */
  readonly group: string | undefined;
  readonly address: Uint8Array | undefined;
  readonly ttl: number;
  readonly lastResort: LastResort | undefined;
  /** No target is usable, and the policy wants SERVFAIL, or no AAAA. */
  readonly withheld: 'servfail' | 'nodata' | undefined;
  /** How the policy chose where the ladder begins, and where it does. */
  readonly choice: 'ladder' | 'nearest' | 'weighted' | 'split';
  readonly start: string | undefined;
  /** The slot of the host's name, or of the client's network, that chose the share: 0 to 65,535; undefined unless the answer is shared out. */
  readonly bucket: number | undefined;
  /** Empty unless the answer is shared out. */
  readonly shares: readonly ExplainedShare[];
  /** In the order of the ladder. */
  readonly candidates: readonly ExplainedCandidate[];
  /** `zurich: ipv6 down since 12:03:00 (http: status 503) -> switzerland: up` */
  readonly chain: string;
}

/**
 * Explains the answer for a client class and bucket, on the very choice `decide` makes.
 * @param bucketOf the bucket of the host's name, or of the client's network, under a salt
 */
export function explain(
  world: World,
  assignment: Assignment,
  clientClass: number,
  family: Family,
  bucketOf: (salt: number) => number = () => 0,
): Explanation {
  const chooser = new Chooser(world);
  const starts = startsOf(world.network, assignment, family, () => {
    const byClass = chooser.nearest(assignment.policy, assignment.service, assignment[family]);
    return byClass[clientClass] ?? assignment[family];
  });
  return explainFrom(chooser, { assignment, starts, family }, bucketOf);
}

/** Explains what is answered from these starts. */
export function explainFrom(
  chooser: Chooser,
  origin: Origin,
  bucketOf: (salt: number) => number = () => 0,
): Explanation {
  const { assignment, starts, family } = origin;
  const { network } = chooser.world;
  const part = chooser.part(assignment.service, family);
  if (part === undefined || !hasFamily(network, assignment, family)) return explainWhole(chooser, origin, bucketOf);
  const { spread } = answerSet(chooser, assignment, starts, family);
  if (spread === undefined || spread === wholeSet(chooser, assignment, starts, family).spread)
    return explainWhole(chooser, origin, bucketOf);
  // A change is under way part by part: who belongs to the part is answered as after it.
  const bucket = bucketOf(spread.salt);
  const told = explainWhole(bucket < part.freed ? part.chooser : chooser, origin, () => bucket);
  const percent = Math.round((part.freed * 100) / BUCKETS);
  return { ...told, bucket, chain: `${told.chain}; under way: ${percent} % of names so far, by blast-radius` };
}

function explainWhole(
  chooser: Chooser,
  { assignment, starts, family }: Origin,
  bucketOf: (salt: number) => number,
): Explanation {
  const { world } = chooser;
  const name = (group: number): string => world.network.groups[group].id;
  const policy = world.network.policies[assignment.policy];
  const nothing = {
    family,
    group: undefined,
    address: undefined,
    ttl: assignment.ttl,
    lastResort: undefined,
    withheld: undefined,
    choice: starts.kind,
    start: undefined,
    bucket: undefined,
    shares: [],
    candidates: [],
  };
  if (!hasFamily(world.network, assignment, family)) return { ...nothing, chain: noFamily(world, assignment, family) };

  const { parts, spread } = answerParts(chooser, assignment, starts, family);
  const set = wholeSet(chooser, assignment, starts, family);
  const bucket = spread === undefined ? undefined : bucketOf(spread.salt);
  const member = spread?.map[bucket ?? 0] ?? 0;
  const { start, choice } = parts[member];
  const candidates = choice.candidates.map((candidate) => explainCandidate(world.network, candidate, choice));
  const answer = set.answers[member];
  const shares =
    spread === undefined
      ? []
      : bucketsOf(spread.map, parts.length).map((buckets, i) => ({
          start: name(parts[i].start),
          group: name(set.answers[i].group),
          percent: Number(((buckets * 100) / BUCKETS).toFixed(2)),
          why: partText(chooser, assignment, parts[i], family),
        }));
  return {
    ...nothing,
    group: answer === undefined ? undefined : name(answer.group),
    address: answer?.address,
    ttl: answer?.ttl ?? assignment.ttl,
    lastResort: choice.lastResort,
    withheld: choice.failure ? 'servfail' : choice.omitted ? 'nodata' : undefined,
    start: name(start),
    bucket,
    shares,
    candidates,
    chain: `${startText(world, assignment, starts.kind, policy, start, family)}${chainText(candidates, choice, family)}`,
  };
}

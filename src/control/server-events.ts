/** What a server tells while it runs. */
import type { TransferView } from '../answer/transfers.ts';
import type { LoadFailure, LoadSuccess } from '../compile/compiler.ts';
import type { StoredKey } from '../dnssec/key-directory.ts';
import type { ClientsMade } from '../feeds/geo/worker.ts';
import type { VerdictChange } from '../health/judge.ts';
import type { RouteFinding } from '../steering/announcements.ts';
import type { ClosedRoute, Hold } from '../steering/guards/history.ts';
import type { Overload } from '../steering/load/diversion.ts';
import type { LoggedQuery } from '../transport/query-log.ts';
import type { CertificateEvents } from './certificate.ts';
import type { Loaded } from './compile-client.ts';
import type { Decision } from './decisions.ts';
import type { FeedChange } from './feeds/feeds.ts';
import type { ForcedByOperator } from './forced-states.ts';
import type { FreezeRecord } from './freezes.ts';
import type { LimitedReplies } from './limit-watch.ts';
import type { MoveRecord } from './moves/record.ts';
import type { SecondaryEvents } from './secondaries.ts';
import type { SigningFailure } from './signing/signers.ts';
import type { PassedGuard } from './steering.ts';

/** What an operator is told. */
export interface ServerEvents extends SecondaryEvents, CertificateEvents {
  loaded(result: Loaded & LoadSuccess, generation: number): void;
  unchanged(): void;
  rejected(result: LoadFailure): void;
  workerRestarted(worker: string, error: Error | undefined): void;
  /** A signature that is asked for can't be made. Of many failures few are told. */
  unsigned(failure: SigningFailure): void;
  warning(message: string): void;
  /** A signed zone had no keys, and was given some. */
  keysMade(zone: string, keys: readonly StoredKey[]): void;
  /** The key files of a signed zone have changed, and are used as they are now. */
  keysChanged(zone: string, keys: readonly StoredKey[]): void;
  /** A move was made, or has come to another point of its life. */
  moved(move: MoveRecord): void;
  /** An operator forced a state, or one has expired (`undefined`). */
  forced(key: string, to: ForcedByOperator | undefined): void;
  /** An operator froze automatic changes, of a group or of all (`undefined`), or such an order has ended (`to` undefined). */
  frozen(group: string | undefined, to: FreezeRecord | undefined, author: string, reason: string): void;
  /** A guard keeps hosts from a target that checks see otherwise, or no longer does (`undefined`). */
  guarded(target: string, hold: Hold | undefined): void;
  /** A group takes no new hosts of a family by itself, or does again (`undefined`). @param route its `routeKey` */
  closed(route: string, by: ClosedRoute | undefined): void;
  /** A link has too much and nothing can take it, or no longer. @param link its `loadKey` */
  overloaded(link: string, overload: Overload | undefined): void;
  /** Files put hosts where a guard would have refused a move. */
  passed(by: PassedGuard): void;
  /** Clients were put into classes anew: the network or what is known of their places has changed. */
  located(made: ClientsMade): void;
  /** Health checks see another state of a target. */
  verdict(change: VerdictChange): void;
  /** The server takes itself to be cut off, and holds all verdicts; undefined: no longer. */
  cutOff(held: { readonly since: number; readonly cause: string } | undefined): void;
  /** The thread that probes died or hung, and was replaced. */
  checkerReplaced(cause: string): void;
  /** A feed is in another state. */
  feed(change: FeedChange): void;
  /** The thread that reads feeds died or hung, and was replaced. */
  feedsReplaced(cause: string): void;
  /** Something is wrong with a route, or no longer is. */
  route(finding: RouteFinding, isOver: boolean): void;
  /** One of the queries an operator wants in the log. */
  query(query: LoggedQuery): void;
  /** Replies are limited by rate, so many since that was told last; or no longer. */
  limited(by: LimitedReplies | 'over'): void;
  /** A commit of the store: how long it took in the database, whether it succeeded, and when it was durable (Unix milliseconds, with fractions). */
  committed(milliseconds: number, ok: boolean, at: number): void;
  /** What is answered has changed, by health, force or policy. */
  decided(decision: Decision): void;
  /** A zone is transferred with a new serial. */
  transferable(zone: string, view: TransferView, serial: number, records: number): void;
  /** Another server was told of a serial (NOTIFY); `problem` says why it does not know. */
  notified(zone: string, serial: number, server: string, problem: string | undefined): void;
}

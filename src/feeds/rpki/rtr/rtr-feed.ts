/** VRPs over RTR (RFC 8210): a connection that stays, over which a cache tells what changes. */
import { connect, type Socket } from 'node:net';
import { errorText } from '../../../health/probes/probe.ts';
import { type Feed, FeedError, type FeedReport, type Pace, retryDelay, type Tell } from '../../feed.ts';
import type { RpkiData, RpkiQuestion } from '../vrps.ts';
import { errorReport, PduReader, RtrError, type RtrVersion, resetQuery, serialQuery } from './pdu.ts';
import { RtrSession, type RtrTimers } from './rtr-session.ts';

export interface RtrCache {
  /** An address, or a name that is looked up. */
  readonly host: string;
  readonly port: number;
}

export class RtrFeed implements Feed<RpkiData> {
  readonly #caches: readonly RtrCache[];
  readonly #question: RpkiQuestion;
  readonly #pace: Pace;
  readonly #tell: Tell<RpkiData>;
  #report: FeedReport<RpkiData> = { attempts: 0, failures: 0, notes: {} };
  /** Which cache is asked: the next one after a failure. */
  #at = 0;
  /** Of that cache. */
  #session: RtrSession;
  #link: Link | undefined;
  /** Failures in a row. */
  #row = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param caches in order of preference, one at least */
  constructor(caches: readonly RtrCache[], question: RpkiQuestion, pace: Pace, tell: Tell<RpkiData>) {
    this.#caches = caches;
    this.#question = question;
    this.#pace = pace;
    this.#tell = tell;
    this.#session = new RtrSession(question);
  }

  get report(): FeedReport<RpkiData> {
    return this.#report;
  }

  start(): void {
    this.#connect(1);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#link?.close();
    this.#link = undefined;
  }

  #connect(version: RtrVersion): void {
    this.#link?.close();
    this.#link = new Link(this.#caches[this.#at], this.#session, version, this.#pace.timeout, {
      synced: (data, timers) => this.#synced(data, timers),
      downgrade: () => this.#connect(0),
      failed: (why) => this.#failed(why),
    });
  }

  #synced(data: RpkiData, { refresh, expire }: RtrTimers): void {
    this.#row = 0;
    const delay = Math.min(refresh * 1000, this.#pace.interval);
    const { session = 0, serial = 0 } = this.#session.state ?? {};
    const { host, port } = this.#caches[this.#at];
    this.#settle({
      newest: { data, observedAt: Date.now() },
      attempts: this.#report.attempts + 1,
      failures: this.#report.failures,
      nextAt: Date.now() + delay,
      expire: expire * 1000,
      notes: { vrps: data.total, cache: cacheText({ host, port }), version: this.#session.version, session, serial },
    });
    this.#timer = setTimeout(() => this.#link?.ask(), delay);
  }

  #failed(why: string): void {
    this.#row++;
    const { attempts, failures, problem, notes, newest, expire } = this.#report;
    const cache = this.#caches[this.#at];
    const several = this.#caches.length > 1;
    const delay = retryDelay(this.#row, this.#pace.interval, Math.random());
    this.#settle({
      ...(newest === undefined ? {} : { newest }),
      ...(expire === undefined ? {} : { expire }),
      problem: { since: problem?.since ?? Date.now(), why: several ? `${cacheText(cache)}: ${why}` : why },
      attempts: attempts + 1,
      failures: failures + 1,
      nextAt: Date.now() + delay,
      notes,
    });
    if (several) {
      this.#at = (this.#at + 1) % this.#caches.length;
      // Another cache has sessions and serials of its own.
      this.#session = new RtrSession(this.#question);
    }
    this.#timer = setTimeout(() => this.#connect(1), delay);
  }

  #settle(report: FeedReport<RpkiData>): void {
    clearTimeout(this.#timer);
    this.#report = report;
    this.#tell(report);
  }
}

/** `[::1]:323` */
export function cacheText({ host, port }: RtrCache): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

interface LinkEvents {
  synced(data: RpkiData, timers: RtrTimers): void;
  downgrade(): void;
  /** Told once; the connection is of no use any more. */
  failed(why: string): void;
}

/** One connection to a cache. */
class Link {
  readonly #socket: Socket;
  readonly #session: RtrSession;
  readonly #timeout: number;
  readonly #events: LinkEvents;
  readonly #reader = new PduReader();
  #late: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ host, port }: RtrCache, session: RtrSession, version: RtrVersion, timeout: number, events: LinkEvents) {
    this.#session = session;
    this.#timeout = timeout;
    this.#events = events;
    session.connected(version);
    this.#socket = connect({ host, port, keepAlive: true, noDelay: true });
    this.#socket.on('connect', () => this.#query());
    this.#socket.on('data', (piece: Uint8Array) => this.#read(piece));
    this.#socket.on('error', (error) => this.#fail(errorText(error)));
    this.#socket.on('close', () => this.#fail('the cache closed the connection'));
    this.#await();
  }

  /** Asks what has changed, unless an answer is under way. */
  ask(): void {
    if (this.#closed || this.#session.isAsking) return;
    this.#await();
    this.#query();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#late);
    this.#socket.destroy();
  }

  /** All of an answer must come in time. */
  #await(): void {
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.#fail(`nothing whole came within ${this.#timeout / 1000} s`), this.#timeout);
  }

  #query(): void {
    const { version } = this.#session;
    const known = this.#session.query();
    this.#socket.write(known === undefined ? resetQuery(version) : serialQuery(version, known.session, known.serial));
  }

  #read(piece: Uint8Array): void {
    try {
      for (const pdu of this.#reader.push(piece)) {
        if (this.#closed) return;
        const step = this.#session.take(pdu);
        if (step.kind === 'ask') {
          // After a cache reset the question is still the same one.
          if (!this.#session.isAsking) this.#await();
          this.#query();
        } else if (step.kind === 'synced') {
          clearTimeout(this.#late);
          this.#events.synced(step.data, step.timers);
        } else if (step.kind === 'downgrade') this.#events.downgrade();
        else if (step.kind === 'failed') this.#fail(step.why);
      }
    } catch (error) {
      if (error instanceof RtrError) {
        this.#session.forget();
        const { code, pdu, message } = error;
        // What it did wrong, as far as it still listens.
        this.#socket.end(errorReport(this.#session.version, code, pdu, message));
        this.#fail(message, true);
      } else if (error instanceof FeedError) this.#fail(error.message);
      else throw error;
    }
  }

  /** @param gently what was written is still sent, as long as that may take */
  #fail(why: string, gently = false): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#late);
    if (gently) this.#socket.setTimeout(1000, () => this.#socket.destroy());
    else this.#socket.destroy();
    this.#events.failed(why);
  }
}

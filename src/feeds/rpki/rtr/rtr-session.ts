/**
 * What is known from one cache, PDU by PDU (RFC 8210 §8): which VRPs there are, and what to ask next. Pure: octets, clocks and sockets are others'.
 *
 * Data change at End of Data, and all at once. Of the VRPs only those are kept that cover a prefix of the operator's.
 */

import type { Vrp } from '../../../net/origin-validation.ts';
import { isNewerSerial } from '../../../net/serial.ts';
import { FeedError } from '../../feed.ts';
import { CoveredPrefixes, judgeRoutes, type RpkiData, type RpkiQuestion, vrpKey } from '../vrps.ts';
import { type CachePdu, RtrError, RtrErrorCode, type RtrVersion } from './pdu.ts';

/** Bounds of the timers a cache may set, in seconds, and what is taken when it sets none (RFC 8210 §6). */
const REFRESH = { least: 1, most: 86_400, standard: 3600 } as const;
const RETRY = { least: 1, most: 7200, standard: 600 } as const;
const EXPIRE = { least: 600, most: 172_800, standard: 7200 } as const;

export interface RtrTimers {
  /** Seconds. */
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

/** What is to be done after a PDU. */
export type RtrStep =
  /** Wait for the next. */
  | { readonly kind: 'wait' }
  /** Everything asked for is here. */
  | { readonly kind: 'synced'; readonly data: RpkiData; readonly timers: RtrTimers }
  /** Ask (`query`). */
  | { readonly kind: 'ask' }
  /** The cache speaks another version: come again with it. */
  | { readonly kind: 'downgrade' }
  /** The cache can't serve now. */
  | { readonly kind: 'failed'; readonly why: string };

interface Synced {
  readonly session: number;
  readonly serial: number;
  readonly vrps: ReadonlyMap<string, Vrp>;
  readonly total: number;
}

/** A set under way. */
interface Coming {
  readonly vrps: Map<string, Vrp>;
  total: number;
  changed: boolean;
}

const WAIT = { kind: 'wait' } as const;

export class RtrSession {
  readonly #question: RpkiQuestion;
  readonly #own: CoveredPrefixes;
  #version: RtrVersion = 1;
  /** Whether the cache has said something in the version that is asked in (RFC 8210 §7). */
  #agreed = false;
  #synced: Synced | undefined;
  #data: RpkiData | undefined;
  /** What was asked last, until its End of Data. */
  #asked: 'all' | 'changes' | undefined;
  #session = 0;
  #coming: Coming | undefined;

  constructor(question: RpkiQuestion) {
    this.#question = question;
    this.#own = new CoveredPrefixes(question.routes.map(({ prefix }) => prefix));
  }

  get version(): RtrVersion {
    return this.#version;
  }

  /** What the cache calls its state; undefined while nothing of it is known. */
  get state(): { readonly session: number; readonly serial: number } | undefined {
    return this.#synced;
  }

  /** A connection begins: a set that was under way is of the one before. @param version to ask in */
  connected(version: RtrVersion): void {
    // Sessions belong to a version (RFC 8210 §5.1).
    if (version !== this.#version) this.forget();
    this.#version = version;
    this.#agreed = false;
    this.#asked = undefined;
    this.#coming = undefined;
  }

  /** Forgets where the cache is: the next question is for all there is. */
  forget(): void {
    this.#synced = undefined;
  }

  /** What to ask now: changes since a serial, or all. */
  query(): { readonly session: number; readonly serial: number } | undefined {
    this.#asked = this.#synced === undefined ? 'all' : 'changes';
    this.#coming = undefined;
    return this.#synced;
  }

  /** Whether an answer is awaited. */
  get isAsking(): boolean {
    return this.#asked !== undefined;
  }

  /**
   * Takes a PDU.
   * @throws RtrError when it may not come, or not like this @throws FeedError when what it says can't be used
   */
  take(pdu: CachePdu): RtrStep {
    if (!this.#agreed) {
      // What a cache says unasked while the version is not agreed upon counts for nothing (RFC 8210 §7).
      if (pdu.type === 'notify') return WAIT;
      if (pdu.type === 'error' && pdu.code === RtrErrorCode.UNSUPPORTED_VERSION && this.#version === 1)
        return { kind: 'downgrade' };
      if (pdu.version === 0 && this.#version === 1) {
        // It answers in the version it knows. What was asked by a session of ours means nothing there.
        if (pdu.type !== 'error' && this.#synced !== undefined) return { kind: 'downgrade' };
        if (pdu.type !== 'error') this.#version = 0;
      } else if (pdu.version !== this.#version && pdu.type !== 'error') throw this.#unexpected(pdu);
      this.#agreed = true;
    } else if (pdu.version !== this.#version && pdu.type !== 'error') throw this.#unexpected(pdu);
    switch (pdu.type) {
      case 'notify':
        this.#sameSession(pdu.session);
        // While an answer comes, what it ends with is looked at anew by the next notification or refresh.
        return this.#asked === undefined && this.#synced !== undefined && isNewerSerial(pdu.serial, this.#synced.serial)
          ? { kind: 'ask' }
          : WAIT;
      case 'response':
        return this.#begin(pdu.session);
      case 'prefix':
        return this.#prefix(pdu.announce, pdu.vrp);
      case 'key':
        if (this.#coming === undefined) throw wrong('a router key came outside of a response');
        return WAIT;
      case 'end':
        return this.#end(pdu);
      case 'reset':
        if (this.#asked !== 'changes' || this.#coming !== undefined)
          throw wrong('a cache reset came that nothing asked for');
        this.forget();
        return { kind: 'ask' };
      case 'error':
        // It may have forgotten what it said before, so everything is asked for again.
        if (pdu.code !== RtrErrorCode.NO_DATA) this.forget();
        return { kind: 'failed', why: `the cache reports: ${pdu.text}` };
    }
  }

  #begin(session: number): RtrStep {
    if (this.#asked === undefined || this.#coming !== undefined)
      throw wrong('a cache response came that nothing asked for');
    if (this.#asked === 'changes') this.#sameSession(session);
    this.#session = session;
    const from = this.#asked === 'changes' ? this.#synced : undefined;
    this.#coming = { vrps: new Map(from?.vrps), total: from?.total ?? 0, changed: from === undefined };
    return WAIT;
  }

  #prefix(announce: boolean, vrp: Vrp): RtrStep {
    const coming = this.#coming;
    if (coming === undefined) throw wrong('a prefix came outside of a response');
    if (!announce && this.#asked === 'all') throw wrong('a prefix was withdrawn where all there is was asked for');
    coming.total += announce ? 1 : -1;
    if (!this.#own.isCoveredBy(vrp.prefix)) return WAIT;
    const key = vrpKey(vrp);
    const known = coming.vrps.has(key);
    if (announce && known) throw wrong(`${key} was announced twice`, RtrErrorCode.DUPLICATE_ANNOUNCEMENT);
    if (!announce && !known) throw wrong(`${key} was withdrawn, and never announced`, RtrErrorCode.UNKNOWN_WITHDRAWAL);
    if (announce) coming.vrps.set(key, vrp);
    else coming.vrps.delete(key);
    coming.changed = true;
    return WAIT;
  }

  #end({ session, serial, timers }: CachePdu & { type: 'end' }): RtrStep {
    const coming = this.#coming;
    if (coming === undefined) throw wrong('an end of data came outside of a response');
    if (session !== this.#session) throw this.#otherSession(session);
    if (this.#asked === 'changes' && isNewerSerial(this.#synced!.serial, serial)) {
      this.forget();
      throw wrong(`the serial went back to ${serial}`);
    }
    this.#asked = undefined;
    this.#coming = undefined;
    if (coming.total <= 0) {
      this.forget();
      throw new FeedError('it has no VRP at all, which says nothing of any route');
    }
    this.#synced = { session, serial, vrps: coming.vrps, total: coming.total };
    if (coming.changed || this.#data === undefined)
      this.#data = judgeRoutes(this.#question, [...coming.vrps.values()], coming.total);
    else if (this.#data.total !== coming.total) this.#data = { ...this.#data, total: coming.total };
    return { kind: 'synced', data: this.#data, timers: bounded(timers) };
  }

  #sameSession(session: number): void {
    if (this.#synced !== undefined && session !== this.#synced.session) throw this.#otherSession(session);
  }

  /** The cache began anew: nothing it said before can be built upon (RFC 8210 §5.1). */
  #otherSession(session: number): RtrError {
    const before = this.#synced?.session ?? this.#session;
    this.forget();
    return wrong(`its session is ${session} now, and was ${before}`);
  }

  #unexpected(pdu: CachePdu): RtrError {
    return wrong(`it speaks version ${pdu.version} amid version ${this.#version}`, RtrErrorCode.UNEXPECTED_VERSION);
  }
}

function bounded(timers: RtrTimers | undefined): RtrTimers {
  const within = (
    { least, most, standard }: typeof REFRESH | typeof RETRY | typeof EXPIRE,
    value: number | undefined,
  ): number => Math.min(most, Math.max(least, value ?? standard));
  return {
    refresh: within(REFRESH, timers?.refresh),
    retry: within(RETRY, timers?.retry),
    expire: within(EXPIRE, timers?.expire),
  };
}

function wrong(message: string, code: number = RtrErrorCode.CORRUPT_DATA): RtrError {
  return new RtrError(code, message, new Uint8Array());
}

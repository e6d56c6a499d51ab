/** What a responder is told of its server, and what of the machine it is given. */
import type { Prefix } from '../net/prefix.ts';
import type { TsigKey } from '../wire/tsig.ts';
import type { ChaosConfig } from './chaos.ts';
import type { CookieConfig } from './cookies.ts';
import type { EdnsConfig } from './edns.ts';
import type { NotifyRule } from './notifications.ts';
import type { Parking } from './parking.ts';
import type { RateLimitConfig } from './rate-limiter.ts';
import type { SignedZonesConfig } from './signed-zones.ts';
import type { SigningTools } from './signing.ts';
import type { TransferRule, TransferSource } from './transfers.ts';
import type { UpdateGate } from './updates.ts';
import type { AccessRule } from './zone-access.ts';

export interface ResponderConfig extends EdnsConfig, ChaosConfig {
  /** Key of the tables' hash. */
  readonly seed: number;
  /** Resolvers whose EDNS Client Subnet is believed; all without it. */
  readonly ecsTrust?: readonly Prefix[];
  /** Without it COOKIE is an option this server doesn't know. */
  readonly cookies?: CookieConfig;
  /** Keys that queries may be signed with (RFC 8945). */
  readonly tsigKeys?: readonly TsigKey[];
  /** Zones that are signed; none without it. */
  readonly dnssec?: SignedZonesConfig;
  /** Who gets whole zones; nobody without it. */
  readonly transfers?: readonly TransferRule[];
  /** Who may ask for names of which zones; everybody without it. */
  readonly access?: readonly AccessRule[];
  /** How many replies networks get over UDP; as many as they ask for without it. */
  readonly rateLimit?: RateLimitConfig;
  /** Who may say that a zone has changed elsewhere; without it NOTIFY is an opcode this server doesn't know. */
  readonly notifications?: readonly NotifyRule[];
  /** Who may change zones at all (RFC 2136); without it UPDATE is an opcode this server doesn't know. */
  readonly updates?: readonly TransferRule[];
}

/** What only some messages need of the machine: signed ones, transfers, updates, and notifications. */
export interface ResponderTools extends SigningTools {
  readonly transfers?: TransferSource;
  /** Where messages of batches wait for signatures that may not be made here (`allowance`). */
  readonly parking?: Parking;
  readonly updates?: UpdateGate;
  /**
   * A primary says that a zone has changed.
   * @param apex   wire form, lower case
   * @param serial the one it tells of, if it does
   * @param from   4 or 16 octets
   * @returns false when too many say so
   */
  notified?(apex: Uint8Array, serial: number | undefined, from: Uint8Array): boolean;
}

/** A worker's rows in shared memory. */
export interface CounterRows {
  /** COUNTER_WORDS words (counters.ts). */
  readonly counters: Uint32Array;
  /** ANSWER_SLOTS words: steered answers by slot. */
  readonly answers: Uint32Array;
}

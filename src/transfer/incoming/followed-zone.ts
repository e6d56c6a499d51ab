/** One zone that follows its primaries: when they are asked, what becomes of what they say, and until when what is here is good. */
import { isNewerSerial } from '../../net/serial.ts';
import { u32At } from '../blocks.ts';
import { SERIAL_FROM_END } from '../zone-content.ts';
import type { askPrimary } from './ask-primary.ts';
import type { ArrivedTransfer, Primary, SecondaryState, SecondaryStatus, SecondaryZone } from './messages.ts';
import { TransferError } from './transfer-error.ts';
import type { ZoneImage } from './zone-images.ts';
import { ageOf, type SoaTimers, timersOf, untilRefresh, untilRetry } from './zone-timers.ts';

/** What a zone needs of the world. */
export interface ZoneSurroundings {
  readonly ask: typeof askPrimary;
  readonly seed: number;
  /** Octets a zone may have. */
  readonly most: number;
  /** Unix milliseconds, and those of a clock nobody sets. */
  readonly wall: () => number;
  readonly steady: () => number;
  readonly random: () => number;
  /** Has what lies beside the image answered. @returns why it is not */
  load(apex: Uint8Array, transfer: ArrivedTransfer): Promise<string | undefined>;
  /** The zone's status is another. */
  told(status: SecondaryStatus): void;
}

/**
 * Milliseconds from the beginning of one question to the next that is asked because of a notification: whoever sends them without end has the primary asked no more often. Those that come meanwhile
 * are deferred, not lost (RFC 1996 §4.4): one question after them is for all.
 */
const LEAST_GAP_MS = 1000;

export class FollowedZone {
  readonly zone: SecondaryZone;
  readonly #image: ZoneImage;
  readonly #around: ZoneSurroundings;
  #serial: number | undefined;
  #timers: SoaTimers | undefined;
  /** Moments of the steady clock. */
  #checked = 0;
  #next = 0;
  #checkedAt: number | undefined;
  #failures = 0;
  #problem: string | undefined;
  /** The primary that is asked first: the one that answered last. */
  #first = 0;
  #asked: Primary;
  #wanted = true;
  /** When it was asked last; long ago for who waits for nothing. */
  #began = Number.NEGATIVE_INFINITY;
  /** The last wish of an operator for the whole zone, and up to which it has come. */
  #retransfers = 0;
  #retransferred = 0;
  #asking = false;
  #told = '';

  constructor(zone: SecondaryZone, image: ZoneImage, around: ZoneSurroundings) {
    this.zone = zone;
    this.#image = image;
    this.#around = around;
    this.#asked = zone.primaries[0];
    // What came just before the server ended, and was not answered.
    image.dropNext();
    const soa = image.readSoa();
    this.#next = around.steady();
    if (soa === undefined) return;
    this.#serial = u32At(soa, soa.length - SERIAL_FROM_END);
    this.#timers = timersOf(soa);
    const now = around.wall();
    this.#checkedAt = image.checkedAt ?? now;
    this.#checked = around.steady() - ageOf(this.#checkedAt, now);
  }

  /** Whether its primary is to be asked now. */
  get isDue(): boolean {
    const now = this.#around.steady();
    return !this.#asking && ((this.#wanted && now - this.#began >= LEAST_GAP_MS) || now >= this.#next);
  }

  /**
   * Somebody says that there is something new.
   * @param serial the newest that is known of, which is a hint: whoever is believed may be wrong (RFC 1996 §3.7)
   * @param from   the primary that says so: it is asked first
   */
  poke(serial: number | undefined, from: string | undefined): void {
    if (serial !== undefined && this.#serial !== undefined && !isNewerSerial(serial, this.#serial)) return;
    const primary = this.zone.primaries.findIndex(({ host }) => host === from);
    if (primary >= 0) this.#first = primary;
    this.#wanted = true;
  }

  /** An operator wants the primary asked now. */
  refresh(): void {
    this.#wanted = true;
    this.#began = Number.NEGATIVE_INFINITY;
  }

  /** Has the whole zone transferred, whatever its serial. It is wanted until it has come. @param wish a higher number each time */
  retransfer(wish: number): void {
    this.#retransfers = wish;
    this.refresh();
  }

  /** Tells its status, if it is another than before. Called now and then: time alone may change it. */
  look(): void {
    const { status } = this;
    const text = JSON.stringify(status);
    if (text === this.#told) return;
    this.#told = text;
    this.#around.told(status);
  }

  get status(): SecondaryStatus {
    const { steady, wall } = this.#around;
    const ahead = wall() - steady();
    // Clocks that are read one after the other differ by a little, which is no news.
    const moment = (at: number): number => Math.round((at + ahead) / 1000) * 1000;
    return {
      apex: this.zone.apex,
      state: this.#state,
      primary: addressText(this.#asked),
      serial: this.#serial,
      checkedAt: this.#checkedAt,
      nextAt: moment(this.#next),
      expiresAt: this.#timers && moment(this.#checked + this.#timers.expire * 1000),
      retransfer: this.#retransferred < this.#retransfers,
      problem: this.#problem,
    };
  }

  get #state(): SecondaryState {
    if (this.#timers === undefined) return 'waiting';
    if (this.#around.steady() - this.#checked >= this.#timers.expire * 1000) return 'expired';
    return this.#problem === undefined ? 'current' : 'failing';
  }

  /** Asks the primaries, one after the other, until one knows. */
  async check(): Promise<void> {
    this.#asking = true;
    this.#wanted = false;
    const { primaries } = this.zone;
    const problems: string[] = [];
    const began = this.#around.steady();
    this.#began = began;
    let known = false;
    let isBehind = false;
    try {
      for (let i = 0; i < primaries.length && !known; i++) {
        const n = (this.#first + i) % primaries.length;
        try {
          const older = await this.#ask(primaries[n]);
          known = older === undefined;
          isBehind ||= !known;
          if (older === undefined) this.#first = n;
          else problems.push(`${addressText(primaries[n])}: ${older}`);
        } catch (error) {
          if (!(error instanceof TransferError)) throw error;
          problems.push(`${addressText(primaries[n])}: ${error.message}`);
        }
      }
      // Whoever has nothing newer than what is here does not make it too old.
      if (isBehind && !known) this.#isGood(began);
    } catch (error) {
      problems.push((error as Error).message);
    } finally {
      this.#asking = false;
    }
    const { steady, random } = this.#around;
    this.#problem = known ? undefined : problems.join('; ');
    this.#failures = known ? 0 : this.#failures + 1;
    const wait =
      known && this.#timers !== undefined
        ? untilRefresh(this.#timers, random())
        : untilRetry(this.#timers, this.#failures, random());
    this.#next = steady() + wait;
    this.look();
  }

  /** @returns what is wrong with a primary that answers, undefined when it has nothing newer than what is here now. @throws TransferError */
  async #ask(primary: Primary): Promise<string | undefined> {
    const { ask, seed, most, steady } = this.#around;
    const wish = this.#retransfers;
    const force = this.#retransferred < wish;
    this.#asked = primary;
    const began = steady();
    const answered = await ask(primary, {
      zone: this.zone,
      most,
      seed,
      serial: this.#serial,
      content: () => this.#image.read(seed),
      force,
    });
    switch (answered.kind) {
      case 'current':
        this.#isGood(began);
        return undefined;
      case 'older':
        return `its serial ${answered.serial} is older than ${this.#serial}, which came before (steerd secondary retransfer takes it)`;
      default: {
        const { kind, serial, content, octets } = answered;
        this.#image.writeNext(content);
        const transfer: ArrivedTransfer = {
          serial,
          before: this.#serial,
          kind,
          primary: addressText(primary),
          octets,
          milliseconds: steady() - began,
          wish: force ? wish : undefined,
        };
        const problem = await this.#around.load(this.zone.apex, transfer);
        if (problem !== undefined) {
          this.#image.dropNext();
          throw new TransferError('unusable', problem);
        }
        this.#serial = serial;
        // A wish that came while this was under way is for another one.
        if (force) this.#retransferred = wish;
        this.#timers = timersOf(content.soa);
        this.#isGood(began);
        return undefined;
      }
    }
  }

  /** What is here is what the primary had at a moment. */
  #isGood(at: number): void {
    const { steady, wall } = this.#around;
    this.#checked = at;
    this.#checkedAt = wall() - (steady() - at);
    this.#image.checkedAt = this.#checkedAt;
  }
}

/** `192.0.2.1`, with the port if it is not 53. */
function addressText({ host, port, tls }: Primary): string {
  const usual = tls === undefined ? 53 : 853;
  const text = host.includes(':') && port !== usual ? `[${host}]` : host;
  return port === usual ? text : `${text}:${port}`;
}

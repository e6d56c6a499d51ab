/** The zones that are transferred: looks what would be sent now, and makes it what is sent, with a serial of its own. */
import type { TransferView } from '../answer/transfers.ts';
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import { isNewerSerial } from '../net/serial.ts';
import { formatName } from '../wire/name.ts';
import type { TransferPolicy } from './messages.ts';
import { type SignedImage, signZone } from './sign-zone.ts';
import type { Snapshots } from './snapshot.ts';
import { readUnsigned } from './unsigned-content.ts';
import type { Validity } from './validity.ts';
import { difference, differs, withSerial, type ZoneContent } from './zone-content.ts';
import {
  appendJournal,
  forgetJournal,
  readImage,
  refuseZone,
  writeImage,
  type ZonePaths,
  zonePaths,
} from './zone-files.ts';

/** What a look has made of a zone. */
export interface Look {
  readonly apex: Uint8Array;
  readonly view: TransferView;
  readonly serial: number;
  /** Whether it is another than at the last look. */
  readonly isNew: boolean;
  /** Whether answers have an older one. */
  readonly raise: boolean;
  readonly records: number;
}

export interface Surroundings {
  readonly policy: Pick<TransferPolicy, 'zones' | 'notify' | 'mostSigned'>;
  readonly folder: string;
  /** Key of the hash of owners. */
  readonly seed: number;
  readonly validity: Validity;
  /** A serial for new content: this one, or a newer one; undefined when there is none to be had now. */
  allocate(apex: Uint8Array, serial: number): Promise<number | undefined>;
  breathe(): Promise<void>;
  /** The keys of a zone that is signed. */
  keysOf(apex: Uint8Array): ZoneKeys | undefined;
  /** Unix seconds. */
  seconds(): number;
  warn(message: string): void;
}

/** A zone as one view has it. */
export interface Viewed {
  readonly apex: Uint8Array;
  readonly view: TransferView;
}

interface Sent extends Viewed {
  readonly paths: ZonePaths;
  /** What is sent; of a signed zone, without what signing makes. */
  content: ZoneContent | undefined;
  owners: number;
  /** What it is signed with, and from when to when that is good; undefined when that must be looked at. */
  signed?: { readonly by: string; readonly from: number; readonly until: number };
  isRefused?: boolean;
}

export class ZoneTransfers {
  readonly #snapshots: Snapshots;
  readonly #around: Surroundings;
  /** By `keyOf`. */
  readonly #sent = new Map<string, Sent>();

  constructor(snapshots: Snapshots, around: Surroundings) {
    this.#snapshots = snapshots;
    this.#around = around;
  }

  /** The zones that are served and transferred: those that are steered first, for their serials are everybody's. */
  zones(): Viewed[] {
    const { zones, notify } = this.#around.policy;
    const served = this.#snapshots.zones();
    const some = (view: TransferView, wanted: readonly Uint8Array[] | undefined): Viewed[] => {
      const known = wanted && new Set(wanted.map(textOf));
      return served.filter((apex) => known === undefined || known.has(textOf(apex))).map((apex) => ({ apex, view }));
    };
    const { steered, declared } = zones;
    const isAll = steered === undefined || notify.some((one) => one.zones === undefined);
    const told = notify.flatMap((one) => one.zones ?? []);
    return [...some('steered', isAll ? undefined : [...steered, ...told]), ...some('declared', declared)];
  }

  /** Whether signatures of any zone must be made anew, or its keys are others, though nothing else has changed. */
  get isDue(): boolean {
    const now = this.#around.seconds();
    return [...this.#sent.values()].some((sent) => sent.signed !== undefined && !this.#isSigned(sent, now));
  }

  /** Looks at a zone. @returns undefined when nothing of it can be sent now, or no serial was to be had: look again later */
  async look({ apex, view }: Viewed): Promise<Look | undefined> {
    const { folder, seed, breathe } = this.#around;
    const keys = this.#keysOf({ apex, view });
    let sent = this.#sent.get(keyOf({ apex, view }));
    if (sent === undefined) {
      const paths = zonePaths(folder, apex, view);
      const content = keys === undefined ? readImage(paths, seed) : await readUnsigned(paths.image, seed, breathe);
      sent = { apex, view, paths, content, owners: content?.count ?? 0 };
      this.#sent.set(keyOf(sent), sent);
    }
    const { content: before } = sent;
    const isSigned = this.#around.keysOf(apex) !== undefined;
    const now = await this.#snapshots.take(apex, view, before, isSigned, breathe);
    if (now === undefined) return undefined;
    if (keys !== undefined) return this.#lookSigned(sent, now, keys);
    if (before === undefined) {
      const serial = await this.#serial(sent, now, true);
      if (serial === undefined) return undefined;
      const content = renumbered(now, serial);
      forgetJournal(sent.paths);
      writeImage(sent.paths, content);
      return this.#made(sent, content, content.count, now.serial);
    }
    const changes = await difference(before, now, breathe);
    const isNewer = isNewerSerial(now.serial, before.serial);
    if (!differs(changes) && !isNewer) return same(sent, before, now);
    const serial = await this.#serial(sent, now, isNewer);
    if (serial === undefined) return undefined;
    const content = renumbered(now, serial);
    appendJournal(sent.paths, before, content, changes);
    writeImage(sent.paths, content);
    return this.#made(sent, content, content.count, now.serial);
  }

  /**
   * The serial of new content. The declared view takes the one that is answered where it is newer: it is the zone's own, and whoever compares the two finds them equal.
   * @param isNewer whether the tables have a newer one than was sent
   */
  #serial({ apex, view, content }: Sent, now: ZoneContent, isNewer: boolean): Promise<number | undefined> {
    if (isNewer && view === 'declared') return Promise.resolve(now.serial);
    const next = content === undefined || isNewer ? now.serial : (content.serial + 1) >>> 0;
    return this.#around.allocate(apex, next);
  }

  /** The declared view is never signed. */
  #keysOf({ apex, view }: Viewed): ZoneKeys | undefined {
    return view === 'declared' ? undefined : this.#around.keysOf(apex);
  }

  async #lookSigned(sent: Sent, now: ZoneContent, keys: ZoneKeys): Promise<Look | undefined> {
    const { breathe, validity, policy } = this.#around;
    const { content: before, apex, paths } = sent;
    if (now.count > policy.mostSigned) return this.#refuse(sent, now);
    sent.isRefused = false;
    const seconds = this.#around.seconds();
    keys.follow(seconds);
    if (before !== undefined && this.#isSigned(sent, seconds) && !isNewerSerial(now.serial, before.serial)) {
      if (!differs(await difference(before, now, breathe))) return same(sent, before, now);
    }
    const by = signedBy(keys);
    const image = await signZone({ paths, now, keys, validity, seconds, breathe });
    try {
      const last = image.before?.serial;
      const isNewer = last === undefined || isNewerSerial(now.serial, last);
      if (!image.differs && !isNewer && before !== undefined) {
        sent.signed = { by, ...image.good };
        sent.content = now.withSoa(before.soa);
        return same(sent, before, now);
      }
      const serial = await this.#around.allocate(apex, isNewer ? now.serial : (last + 1) >>> 0);
      if (serial === undefined) return undefined;
      keepSigned(paths, image, serial);
      sent.signed = { by, ...image.good };
      return this.#made(sent, renumbered(now, serial), image.owners, now.serial);
    } finally {
      image.discard();
    }
  }

  #isSigned({ signed, ...viewed }: Sent, now: number): boolean {
    const keys = this.#keysOf(viewed);
    keys?.follow(now);
    if (signed === undefined || keys === undefined) return false;
    return signed.from <= now && now < signed.until && signed.by === signedBy(keys);
  }

  /** A zone that would take too long to sign, and too much memory. */
  #refuse(sent: Sent, now: ZoneContent): Look {
    const { apex, view, paths } = sent;
    if (sent.isRefused !== true) {
      refuseZone(paths);
      sent.content = undefined;
      sent.isRefused = true;
      const most = this.#around.policy.mostSigned;
      const name = formatName(apex);
      this.#around.warn(
        `${name} is signed and has ${now.count} names, more than transfer.most_signed (${most}): it is not transferred`,
      );
    }
    return { apex, view, serial: now.serial, isNew: false, raise: false, records: now.count };
  }

  #made(sent: Sent, content: ZoneContent, owners: number, answered: number): Look {
    const { serial } = content;
    sent.content = content;
    sent.owners = owners;
    const { apex, view } = sent;
    return { apex, view, serial, isNew: true, raise: serial !== answered, records: owners };
  }

  /** Forgets zones that are no longer transferred. Their files stay: they may come back. */
  keep(zones: readonly Viewed[]): void {
    const kept = new Set(zones.map(keyOf));
    for (const key of this.#sent.keys()) if (!kept.has(key)) this.#sent.delete(key);
  }
}

function keepSigned(paths: ZonePaths, image: SignedImage, serial: number): void {
  const ends = image.ends(serial);
  const { before, difference: changes } = image;
  if (before === undefined || changes === undefined) forgetJournal(paths);
  else appendJournal(paths, before, { ...ends, octets: image.octets }, changes);
  image.commit(ends);
}

/** What was looked at is what is sent already. */
function same({ apex, view, owners }: Sent, before: ZoneContent, now: ZoneContent): Look {
  const { serial } = before;
  return { apex, view, serial, isNew: false, raise: serial !== now.serial, records: owners };
}

/** All that signatures of a zone depend on beside its records and the time. */
function signedBy(keys: ZoneKeys): string {
  const tags = [keys.forKeys, keys.forData].map((by) => by.map(({ tag, algorithm }) => `${algorithm}/${tag}`).join());
  const rrsets = keys.types.map((type) => `${type} ${Buffer.from(keys.rrset(type) ?? []).toString('base64')}`);
  return [keys.denial, ...tags, ...rrsets].join(' ');
}

function renumbered(content: ZoneContent, serial: number): ZoneContent {
  return content.serial === serial ? content : content.withSoa(withSerial(content.soa, serial));
}

function keyOf({ apex, view }: Viewed): string {
  return `${view} ${textOf(apex)}`;
}

function textOf(apex: Uint8Array): string {
  return Buffer.from(apex).toString('latin1');
}

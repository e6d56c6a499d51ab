/** The zones that are transferred: looks what would be sent now, and makes it what is sent, with a serial of its own. */
import { isNewerSerial } from '../net/serial.ts';
import type { TransferPolicy } from './messages.ts';
import type { Snapshots } from './snapshot.ts';
import { difference, differs, withSerial, type ZoneContent } from './zone-content.ts';
import { appendJournal, forgetJournal, readImage, writeImage, type ZonePaths, zonePaths } from './zone-files.ts';

/** What a look has made of a zone. */
export interface Look {
  readonly apex: Uint8Array;
  readonly serial: number;
  /** Whether it is another than at the last look. */
  readonly isNew: boolean;
  /** Whether answers have an older one. */
  readonly raise: boolean;
  readonly records: number;
}

export interface Surroundings {
  readonly policy: Pick<TransferPolicy, 'zones' | 'except' | 'notify'>;
  readonly folder: string;
  /** Key of the hash of owners. */
  readonly seed: number;
  /** A serial for new content: this one, or a newer one; undefined when there is none to be had now. */
  allocate(apex: Uint8Array, serial: number): Promise<number | undefined>;
  breathe(): Promise<void>;
}

export class ZoneTransfers {
  readonly #snapshots: Snapshots;
  readonly #around: Surroundings;
  /** By apex, as text. */
  readonly #sent = new Map<string, { readonly paths: ZonePaths; content: ZoneContent | undefined }>();

  constructor(snapshots: Snapshots, around: Surroundings) {
    this.#snapshots = snapshots;
    this.#around = around;
  }

  /** The zones that are served and transferred. */
  zones(): Uint8Array[] {
    const { zones, except, notify } = this.#around.policy;
    const wanted =
      zones === undefined || notify.some((one) => one.zones === undefined)
        ? undefined
        : [...zones, ...notify.flatMap((one) => one.zones ?? [])];
    const known = wanted && new Set(wanted.map(textOf));
    const not = new Set(except.map(textOf));
    return this.#snapshots
      .zones()
      .filter((apex) => (known === undefined || known.has(textOf(apex))) && !not.has(textOf(apex)));
  }

  /** Looks at a zone. @returns undefined when nothing of it can be sent now, or no serial was to be had: look again later */
  async look(apex: Uint8Array): Promise<Look | undefined> {
    const { folder, seed, breathe } = this.#around;
    let sent = this.#sent.get(textOf(apex));
    if (sent === undefined) {
      const paths = zonePaths(folder, apex);
      sent = { paths, content: readImage(paths, seed) };
      this.#sent.set(textOf(apex), sent);
    }
    const { paths, content: before } = sent;
    const now = await this.#snapshots.take(apex, before, breathe);
    if (now === undefined) return undefined;
    if (before === undefined) {
      const serial = await this.#around.allocate(apex, now.serial);
      if (serial === undefined) return undefined;
      const content = renumbered(now, serial);
      forgetJournal(paths);
      writeImage(paths, content);
      sent.content = content;
      return { apex, serial, isNew: true, raise: serial !== now.serial, records: content.count };
    }
    const changes = await difference(before, now, breathe);
    const isNewer = isNewerSerial(now.serial, before.serial);
    if (!differs(changes) && !isNewer)
      return {
        apex,
        serial: before.serial,
        isNew: false,
        raise: before.serial !== now.serial,
        records: before.count,
      };
    const serial = await this.#around.allocate(apex, isNewer ? now.serial : (before.serial + 1) >>> 0);
    if (serial === undefined) return undefined;
    const content = renumbered(now, serial);
    appendJournal(paths, before, content, changes);
    writeImage(paths, content);
    sent.content = content;
    return { apex, serial, isNew: true, raise: serial !== now.serial, records: content.count };
  }

  /** Forgets zones that are no longer transferred. Their files stay: they may come back. */
  keep(zones: readonly Uint8Array[]): void {
    const kept = new Set(zones.map(textOf));
    for (const key of this.#sent.keys()) if (!kept.has(key)) this.#sent.delete(key);
  }
}

function renumbered(content: ZoneContent, serial: number): ZoneContent {
  return content.serial === serial ? content : content.withSoa(withSerial(content.soa, serial));
}

function textOf(apex: Uint8Array): string {
  return Buffer.from(apex).toString('latin1');
}

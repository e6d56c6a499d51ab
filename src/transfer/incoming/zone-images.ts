/**
 * Zones that came from primaries, on disk: `NAME.image` is what is answered (zone-files.ts), `NAME.image.next` what has come and is to be answered next, and
 * `NAME.checked` says when the primary was last known to have nothing newer.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ZoneContent } from '../zone-content.ts';
import { readImage, readImageParts, writeImage, zonePaths } from '../zone-files.ts';
import { ageOf, timersOf } from './zone-timers.ts';

/** Where images are, within the state directory. */
export function imagesFolder(stateDir: string): string {
  return join(stateDir, 'secondary');
}

export class ZoneImage {
  /** What is answered, and what is to be. */
  readonly path: string;
  readonly next: string;
  readonly #checked: string;

  constructor(folder: string, apex: Uint8Array) {
    this.path = zonePaths(folder, apex).image;
    this.next = `${this.path}.next`;
    this.#checked = this.path.replace(/image$/, 'checked');
  }

  /** @param seed key of the hash of owners */
  read(seed: number): ZoneContent | undefined {
    return readImage({ image: this.path }, seed);
  }

  writeNext(content: ZoneContent): void {
    writeImage({ image: this.next }, content);
  }

  /** Makes what has come what there is. */
  take(): void {
    renameSync(this.next, this.path);
  }

  dropNext(): void {
    rmSync(this.next, { force: true });
  }

  /** Unix milliseconds; undefined when it is not known. */
  get checkedAt(): number | undefined {
    try {
      const at = Number(readFileSync(this.#checked, 'utf8'));
      return Number.isFinite(at) && at > 0 ? at : undefined;
    } catch {
      return undefined;
    }
  }

  /** Not waited for: who loses it asks the primary a little earlier. */
  set checkedAt(at: number) {
    writeFileSync(`${this.#checked}.new`, `${Math.round(at)}\n`, { mode: 0o600 });
    renameSync(`${this.#checked}.new`, this.#checked);
  }

  /** The block of the SOA; undefined when nothing has come. What can't be trusted any more is as good as that, and is removed: it comes again. */
  readSoa(): Uint8Array | undefined {
    const parts = readImageParts(this.path);
    if (parts === undefined) rmSync(this.path, { force: true });
    return parts?.soa;
  }

  /** Whether what there is was too old when the server starts. @param now Unix milliseconds */
  hasExpired(now: number): boolean {
    const soa = this.readSoa();
    const { checkedAt } = this;
    if (soa === undefined || checkedAt === undefined) return false;
    return ageOf(checkedAt, now) >= timersOf(soa).expire * 1000;
  }
}

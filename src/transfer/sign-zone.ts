/** Makes the signed image of a zone from the records it has now and the image there is (signing-pass.ts), and the signatures of its SOA once its serial is known. */
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import { RRType } from '../wire/constants.ts';
import { BlockWriter, RECORD_HEAD, recordSize, recordsAt } from './blocks.ts';
import { type Ends, ImageReader, ImageWriter } from './image-file.ts';
import { RRsetSigner, ttlAt } from './rrset-signer.ts';
import { Changes, SigningPass } from './signing-pass.ts';
import type { Validity } from './validity.ts';
import { type Difference, sameButSerial, withSerial, type ZoneContent } from './zone-content.ts';
import { mostJournal, type ZonePaths } from './zone-files.ts';

export interface SigningOf {
  readonly paths: ZonePaths;
  /** The zone as `Snapshots` has it for signing. */
  readonly now: ZoneContent;
  /** They follow `seconds` already. */
  readonly keys: ZoneKeys;
  readonly validity: Validity;
  /** Unix seconds. */
  readonly seconds: number;
  breathe(): Promise<void>;
}

/** A signed image that lies beside the one there is. End it by `commit` or `discard`. */
export class SignedImage {
  /** Of the image there was; undefined where none can be built on. */
  readonly before: Ends | undefined;
  readonly #of: SigningOf;
  readonly #signer: RRsetSigner;
  readonly #writer: ImageWriter;
  readonly #changes: Changes;

  constructor(of: SigningOf, before: Ends | undefined, signer: RRsetSigner, writer: ImageWriter, changes: Changes) {
    this.#of = of;
    this.before = before;
    this.#signer = signer;
    this.#writer = writer;
    this.#changes = changes;
  }

  /** Whether anything differs from the image there was, or the SOA's own signatures must be made anew. */
  get differs(): boolean {
    const { before } = this;
    if (before === undefined || this.#changes.differs || !sameButSerial(before.soa, this.#of.now.soa)) return true;
    return !this.#signer.areGood(before.signature, RRType.SOA);
  }

  /** What differs; undefined where that is more than a journal takes. */
  get difference(): Omit<Difference, 'soa'> | undefined {
    const { isTooMuch, deleted, added } = this.#changes;
    return isTooMuch ? undefined : { deleted: deleted.view(), added: added.view() };
  }

  /** Owners of records. */
  get owners(): number {
    return this.#writer.out.count;
  }

  /** Signatures made. */
  get made(): number {
    return this.#signer.made;
  }

  /** Octets of the image. */
  get octets(): number {
    return this.#writer.octets;
  }

  /** Between these times, in Unix seconds, no signature need be made but for other records. */
  get good(): { readonly from: number; readonly until: number } {
    return { from: this.#signer.goodFrom, until: this.#signer.dueAt };
  }

  /** The SOA with a serial, and its signatures. */
  ends(serial: number): Ends {
    const soa = withSerial(this.#of.now.soa, serial);
    const record = recordsAt(soa, 0);
    const signer = this.#signer;
    signer.begin(soa, record, record, soa, -1);
    signer.rdata(soa, record + RECORD_HEAD, record + recordSize(soa, record));
    const out = new BlockWriter();
    out.begin(soa, record, record);
    signer.signatures(out, RRType.SOA, ttlAt(soa, record));
    out.finish();
    return { serial, soa, signature: out.view() };
  }

  /** Makes it the image that is sent. */
  commit(ends: Ends): void {
    this.#writer.commit(ends);
  }

  /** Leaves the image that there is, unless `commit` has replaced it. */
  discard(): void {
    this.#writer.discard();
  }
}

export async function signZone(of: SigningOf): Promise<SignedImage> {
  const before = ImageReader.open(of.paths.image);
  if (before === undefined) return signBeside(of, undefined);
  try {
    const image = await signBeside(of, before);
    if (before.isWhole) return image;
    image.discard();
  } finally {
    before.close();
  }
  // It was damaged, which is known at its end: as if there were none.
  return signBeside(of, undefined);
}

async function signBeside(of: SigningOf, before: ImageReader | undefined): Promise<SignedImage> {
  const { now, paths, keys, validity, seconds, breathe } = of;
  const signer = new RRsetSigner(keys, validity, seconds);
  const writer = new ImageWriter(paths.image, now.soa.length, signer.soaSignature);
  const changes = new Changes(before === undefined ? 0 : mostJournal(before.octets));
  try {
    await new SigningPass(now, keys, before, signer, writer, changes, breathe).run();
  } catch (error) {
    writer.discard();
    throw error;
  }
  return new SignedImage(of, before?.ends, signer, writer, changes);
}

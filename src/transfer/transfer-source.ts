/** The transfers of a stream worker: so many at once, so that what they hold is bounded. */
import type { Transfer, TransferSource } from '../answer/transfers.ts';
import { Outgoing } from './outgoing.ts';

/** Each has two files and a buffer of 128 KiB. */
const MOST = 32;

export class FileTransfers implements TransferSource {
  readonly #folder: string;
  #open = 0;

  /** @param folder where the transfer worker writes (zone-files.ts) */
  constructor(folder: string) {
    this.#folder = folder;
  }

  open(apex: Uint8Array, known: number | undefined): Transfer | 'refused' | undefined {
    if (this.#open >= MOST) return undefined;
    const transfer = Outgoing.open(this.#folder, apex, known, () => this.#open--);
    if (typeof transfer === 'object') this.#open++;
    return transfer;
  }
}

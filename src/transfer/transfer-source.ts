/** The transfers of a stream worker: so many at once, so that what they hold is bounded. */
import type { Transfer, TransferSource, TransferView } from '../answer/transfers.ts';
import { Outgoing } from './outgoing.ts';
import { zonePaths } from './zone-files.ts';

/** Each has two files and a buffer of 128 KiB. */
const MOST = 32;

export class FileTransfers implements TransferSource {
  readonly #folder: string;
  #open = 0;

  /** @param folder where the transfer worker writes (zone-files.ts) */
  constructor(folder: string) {
    this.#folder = folder;
  }

  open(apex: Uint8Array, view: TransferView, known: number | undefined): Transfer | 'refused' | undefined {
    if (this.#open >= MOST) return undefined;
    const transfer = Outgoing.open(zonePaths(this.#folder, apex, view), known, () => this.#open--);
    if (typeof transfer === 'object') this.#open++;
    return transfer;
  }
}

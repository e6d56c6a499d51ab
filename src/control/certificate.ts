/** The certificate that DNS over TLS and HTTPS are served with: read again when its files change, and with another key of session tickets every day. */
import type { PacketWorkers } from './packet-workers.ts';
import { makeTicketKey, readTlsPair, type TlsError, type TlsFileNames, type TlsPair } from './tls-files.ts';

/** How long one key encrypts session tickets: who learns it later can read no more than that was sent in resumed sessions (RFC 5077 §5.6). */
const TICKET_KEY_MS = 24 * 3600_000;

export interface CertificateEvents {
  /** There is another one. */
  certificate(pair: Pick<TlsPair, 'names' | 'notAfter'>): void;
  warning(message: string): void;
}

export class Certificate {
  readonly #files: TlsFileNames;
  readonly #workers: Pick<PacketWorkers, 'useTls'>;
  readonly #events: CertificateEvents;
  #pair: TlsPair | undefined;
  #ticketKeys: NodeJS.Timeout | undefined;

  constructor(files: TlsFileNames, workers: Pick<PacketWorkers, 'useTls'>, events: CertificateEvents) {
    this.#files = files;
    this.#workers = workers;
    this.#events = events;
  }

  /** Reads it for the first time. @throws TlsError */
  begin(): void {
    this.#use(readTlsPair(this.#files));
  }

  /** Reads certificate and key again. A pair that can't be used is told of, and the one before is used on. */
  reload(): void {
    try {
      const pair = readTlsPair(this.#files);
      const { cert, key } = pair.material;
      if (cert === this.#pair?.material.cert && key === this.#pair.material.key) return;
      this.#use(pair);
      this.#events.certificate(pair);
    } catch (error) {
      this.#events.warning(`${(error as TlsError).message}; DNS over TLS goes on with the certificate read before`);
    }
  }

  close(): void {
    clearInterval(this.#ticketKeys);
  }

  #use(pair: TlsPair): void {
    this.#pair = pair;
    this.#workers.useTls(pair.material);
    if (pair.notAfter < Date.now())
      this.#events.warning(
        `tls.cert: the certificate for ${pair.names} has expired on ${new Date(pair.notAfter).toISOString()}`,
      );
    clearInterval(this.#ticketKeys);
    this.#ticketKeys = setInterval(
      () => this.#workers.useTls({ ...pair.material, ticketKey: makeTicketKey() }),
      TICKET_KEY_MS,
    ).unref();
  }
}

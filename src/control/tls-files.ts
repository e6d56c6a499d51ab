/** The certificate and key that DNS over TLS and HTTPS are served with: read at the start, and again when they change. */
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeContext, type TlsMaterial } from '../transport/tls.ts';

export interface TlsFileNames {
  /** Certificate chain and private key, in PEM. */
  readonly cert: string;
  readonly key: string;
}

/** Why a pair can't be used, in the operator's words. Never says anything of what is in the key. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** AES-128 keys and HMAC key of session tickets together (Node's `ticketKeys`). */
const TICKET_KEY_OCTETS = 48;

/** What is known of a certificate in use. */
export interface TlsPair {
  readonly material: TlsMaterial;
  /** Names it is for, as in subjectAltName, or its subject. */
  readonly names: string;
  /** Unix milliseconds. */
  readonly notAfter: number;
}

/**
 * Reads the pair. Each reading makes another ticket key: sessions begun with an older certificate are not resumed.
 * @throws TlsError
 */
export function readTlsPair(files: TlsFileNames): TlsPair {
  const cert = readPem('tls.cert', files.cert);
  const key = readPem('tls.key', files.key);
  const leaf = parsed('tls.cert', files.cert, 'a certificate', () => new X509Certificate(cert));
  const secret = parsed('tls.key', files.key, 'a private key without a passphrase', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(secret))
    throw new TlsError(`tls.key: ${files.key} is not the key of the certificate in ${files.cert}`);
  const material = { cert, key, ticketKey: makeTicketKey() };
  try {
    makeContext(material);
  } catch (error) {
    throw new TlsError(`tls.cert and tls.key can't be used: ${(error as Error).message}`);
  }
  const names = leaf.subjectAltName ?? leaf.subject.replaceAll('\n', ', ');
  return { material, names, notAfter: Date.parse(leaf.validTo) };
}

/** A key nobody has had before. */
export function makeTicketKey(): Uint8Array {
  return randomBytes(TICKET_KEY_OCTETS);
}

function readPem(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TlsError(`${setting}: ${file} can't be read: ${(error as Error).message}`);
  }
}

function parsed<T>(setting: string, file: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new TlsError(`${setting}: ${file} holds no PEM of ${what}`);
  }
}

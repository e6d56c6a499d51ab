/**
 * The signing algorithms: ECDSA on P-256 with SHA-256 (RFC 6605), the one every validator knows, and Ed25519 (RFC 8080). Both have signatures of 64 octets and
 * private keys of 32, which tables here count on.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

/** Numbers of IANA's registry (RFC 6605 §8, RFC 8080 §6). */
export const Algorithm = { ECDSAP256SHA256: 13, ED25519: 15 } as const;
export type Algorithm = (typeof Algorithm)[keyof typeof Algorithm];

/** Octets of a signature. */
export const SIGNATURE_OCTETS = 64;
/** Octets of a private key: the scalar of P-256 (RFC 6605 §6), the seed of Ed25519 (RFC 8032 §5.1.5). */
export const PRIVATE_OCTETS = 32;

interface Kind {
  readonly mnemonic: string;
  /** Octets of the public key in a DNSKEY (RFC 6605 §4: x and y; RFC 8080 §3). */
  readonly publicOctets: number;
}

const KINDS: ReadonlyMap<number, Kind> = new Map([
  [Algorithm.ECDSAP256SHA256, { mnemonic: 'ECDSAP256SHA256', publicOctets: 64 }],
  [Algorithm.ED25519, { mnemonic: 'ED25519', publicOctets: 32 }],
]);

/** Whether keys of an algorithm can be used here. */
export function isAlgorithm(number: number): number is Algorithm {
  return KINDS.has(number);
}

/** The mnemonic of an algorithm, upper case. */
export function algorithmName(algorithm: Algorithm): string {
  return KINDS.get(algorithm)!.mnemonic;
}

/** Octets of an algorithm's public keys. */
export function publicOctets(algorithm: Algorithm): number {
  return KINDS.get(algorithm)!.publicOctets;
}

/** Both halves of a key, as DNSKEY and key files hold them. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  /** Secret. */
  readonly privateKey: Uint8Array;
}

/** Makes a key. */
export function generatePair(algorithm: Algorithm): KeyPair {
  if (algorithm === Algorithm.ED25519) {
    const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    return { publicKey: octets(x), privateKey: octets(d) };
  }
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { x = '', y = '', d = '' } = pair.privateKey.export({ format: 'jwk' });
  return { publicKey: Uint8Array.from([...octets(x), ...octets(y)]), privateKey: octets(d) };
}

/** A private key as node signs with it. @throws Error when the octets are no key */
export function privateKeyOf(algorithm: Algorithm, { publicKey, privateKey }: KeyPair): KeyObject {
  return createPrivateKey({ key: { ...jwkOf(algorithm, publicKey), d: base64url(privateKey) }, format: 'jwk' });
}

/** A public key as node verifies with it. @throws Error when the octets are no key */
export function publicKeyOf(algorithm: Algorithm, publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: jwkOf(algorithm, publicKey), format: 'jwk' });
}

/** Signs octets: what DNS has as a signature (RFC 6605 §4: r and s, 32 octets each). */
export function signOctets(algorithm: Algorithm, key: KeyObject, data: Uint8Array): Uint8Array {
  return algorithm === Algorithm.ED25519
    ? sign(null, data, key)
    : sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
}

export function verifyOctets(algorithm: Algorithm, key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  if (algorithm === Algorithm.ED25519) return verify(null, data, key, signature);
  return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function jwkOf(algorithm: Algorithm, key: Uint8Array): { kty: string; crv: string; x: string; y?: string } {
  if (algorithm === Algorithm.ED25519) return { kty: 'OKP', crv: 'Ed25519', x: base64url(key) };
  return { kty: 'EC', crv: 'P-256', x: base64url(key.subarray(0, 32)), y: base64url(key.subarray(32)) };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function octets(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

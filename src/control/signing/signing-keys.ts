/** The keys that a signer thread signs with, found by algorithm and tag, which the octets to be signed have (RFC 4034 §3.1), and the id that tells keys of one tag apart. */
import type { Algorithm } from '../../dnssec/algorithm.ts';
import type { DnssecKey } from '../../dnssec/key.ts';
import { readyKey, type SigningKey } from '../../dnssec/zone-keys.ts';

/** Where these lie in RRSIG RDATA. */
const ALGORITHM_AT = 2;
const TAG_AT = 16;

export class SigningKeys {
  readonly #keys = new Map<string, SigningKey>();

  constructor(keys: readonly DnssecKey[]) {
    this.add(keys);
  }

  add(keys: readonly DnssecKey[]): void {
    for (const key of keys) {
      const ready = readyKey(key);
      this.#keys.set(named(ready.algorithm, ready.tag, ready.id), ready);
    }
  }

  /** @param id `SigningKey.id` @returns undefined when there is no such key */
  find(octets: Uint8Array, id: number): SigningKey | undefined {
    const tag = (octets[TAG_AT] << 8) | octets[TAG_AT + 1];
    return this.#keys.get(named(octets[ALGORITHM_AT] as Algorithm, tag, id));
  }
}

function named(algorithm: Algorithm, tag: number, id: number): string {
  return `${algorithm} ${tag} ${id}`;
}

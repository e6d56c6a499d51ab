/**
 * A sample of who asks, kept by the UDP workers in shared memory: enough to notice that all queries come from a few private addresses, as they
 * do behind a Kubernetes Service that rewrites the source.
 *
 * A ring of 64 entries a worker, each 8 words: how many octets the address has, then the address.
 */
const ENTRIES = 64;
const ENTRY_WORDS = 8;

/** Per worker: one word that counts, then the ring. */
const ROW_WORDS = 16 + ENTRIES * ENTRY_WORDS;

export type PeerSample = SharedArrayBuffer;

export function makePeerSample(workers: number): PeerSample {
  return new SharedArrayBuffer(workers * ROW_WORDS * 4);
}

/** Worker: notes an address of `size` (4 or 16) octets. */
export function samplePeer(words: Uint32Array, worker: number, octets: Uint8Array, at: number, size: number): void {
  const row = worker * ROW_WORDS;
  const entry = row + 16 + (words[row]++ & (ENTRIES - 1)) * ENTRY_WORDS;
  words[entry] = size;
  for (let w = 0; w < size / 4; w++) {
    const p = at + w * 4;
    words[entry + 1 + w] = octets[p] | (octets[p + 1] << 8) | (octets[p + 2] << 16) | (octets[p + 3] << 24);
  }
}

/** Main thread: the addresses in the sample (4 or 16 octets each), and how many were ever noted. */
export function readPeers(sample: PeerSample): { seen: number; addresses: Uint8Array[] } {
  const words = new Uint32Array(sample);
  const octets = new Uint8Array(sample);
  const addresses: Uint8Array[] = [];
  let seen = 0;
  for (let row = 0; row < words.length; row += ROW_WORDS) {
    seen += words[row];
    for (let e = 0; e < Math.min(words[row], ENTRIES); e++) {
      const at = (row + 16 + e * ENTRY_WORDS) * 4;
      addresses.push(Uint8Array.from(octets.subarray(at + 4, at + 4 + octets[at])));
    }
  }
  return { seen, addresses };
}

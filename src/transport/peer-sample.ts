/**
 * A sample of who asks, kept by the UDP workers in shared memory: enough to notice that all queries come from a few private addresses, as they
 * do behind a Kubernetes Service that rewrites the source.
 *
 * A ring of 64 entries a worker, each 8 words: the sockaddr (28 octets) as the kernel gave it.
 */
const ENTRIES = 64;
const ENTRY_WORDS = 8;
const SOCKADDR_WORDS = 7;
const AF_INET = 2;
const AF_INET6 = 10;

/** Per worker: one word that counts, then the ring. */
const ROW_WORDS = 16 + ENTRIES * ENTRY_WORDS;

export type PeerSample = SharedArrayBuffer;

export function makePeerSample(workers: number): PeerSample {
  return new SharedArrayBuffer(workers * ROW_WORDS * 4);
}

/** Worker: notes the sockaddr at `at`. */
export function samplePeer(words: Uint32Array, worker: number, sockaddrs: Uint8Array, at: number): void {
  const row = worker * ROW_WORDS;
  const entry = row + 16 + (words[row]++ & (ENTRIES - 1)) * ENTRY_WORDS;
  for (let w = 0; w < SOCKADDR_WORDS; w++) {
    const p = at + w * 4;
    words[entry + w] = sockaddrs[p] | (sockaddrs[p + 1] << 8) | (sockaddrs[p + 2] << 16) | (sockaddrs[p + 3] << 24);
  }
}

/** Worker: notes an address of 4 or 16 octets. */
export function sampleAddress(words: Uint32Array, worker: number, octets: Uint8Array): void {
  const sockaddr = new Uint8Array(SOCKADDR_WORDS * 4);
  sockaddr[0] = octets.length === 4 ? AF_INET : AF_INET6;
  sockaddr.set(octets, octets.length === 4 ? 4 : 8);
  samplePeer(words, worker, sockaddr, 0);
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
      const ipv4 = (octets[at] | (octets[at + 1] << 8)) === AF_INET;
      addresses.push(Uint8Array.from(ipv4 ? octets.subarray(at + 4, at + 8) : octets.subarray(at + 8, at + 24)));
    }
  }
  return { seen, addresses };
}

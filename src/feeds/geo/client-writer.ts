/** Encodes maps of clients (client-classes.ts) into a client arena (tables/client-layout.ts). */
import type { ClientArena } from '../../tables/arena.ts';
import {
  CLIENT_FAMILY_WORDS,
  CLIENT_HEADER_WORDS,
  CLIENT_MAP_WORDS,
  ClientHeader,
  ClientMapWord,
  ENTRY4_WORDS,
  ENTRY6_WORDS,
  ROOT_BITS,
  ROOT_WORDS,
} from '../../tables/client-layout.ts';
import type { ClientClasses, ClientMap } from './client-classes.ts';
import type { Runs } from './runs.ts';

/** Writes all maps. The arena must be free. @returns octets written */
export function writeClients(arena: ClientArena, { maps, mapOf }: ClientClasses): number {
  const first = CLIENT_HEADER_WORDS + mapOf.length;
  const sizes = maps.map(({ ipv4, ipv6 }) => partWords(ipv4, ENTRY4_WORDS) + partWords(ipv6, ENTRY6_WORDS));
  const end = sizes.reduce((sum, size) => sum + CLIENT_MAP_WORDS + size, first);
  arena.words.ensure(end * 4);
  const words = arena.words.u32;
  words.fill(0, 0, first);
  words[ClientHeader.POLICIES] = mapOf.length;
  let at = first;
  const places = maps.map((map, i) => {
    const place = at;
    writeMap(words, place, map);
    at += CLIENT_MAP_WORDS + sizes[i];
    return place;
  });
  mapOf.forEach((map, policy) => {
    words[CLIENT_HEADER_WORDS + policy] = map < 0 ? 0 : places[map];
  });
  return end * 4;
}

function partWords({ length }: Runs, entry: number): number {
  return ROOT_WORDS + length * entry;
}

function writeMap(words: Uint32Array, map: number, { ipv4, ipv6 }: ClientMap): void {
  const second = map + CLIENT_MAP_WORDS + partWords(ipv4, ENTRY4_WORDS);
  writePart(words, map, map + CLIENT_MAP_WORDS, ipv4, ENTRY4_WORDS);
  writePart(words, map + CLIENT_FAMILY_WORDS, second, ipv6, ENTRY6_WORDS);
}

function writePart(words: Uint32Array, part: number, root: number, runs: Runs, entry: number): void {
  const entries = root + ROOT_WORDS;
  words[part + ClientMapWord.ROOT] = root;
  words[part + ClientMapWord.ENTRIES] = entries;
  words[part + ClientMapWord.COUNT] = runs.length;
  for (let i = 0, at = entries; i < runs.length; i++) {
    words[at++] = runs.hi[i];
    if (entry === ENTRY6_WORDS) words[at++] = runs.lo[i];
    words[at++] = runs.value[i];
  }
  let run = 0;
  for (let top = 0; top < ROOT_WORDS - 1; top++) {
    const address = top * 2 ** (32 - ROOT_BITS);
    while (
      run + 1 < runs.length &&
      (runs.hi[run + 1] < address || (runs.hi[run + 1] === address && runs.lo[run + 1] === 0))
    )
      run++;
    words[root + top] = run;
  }
  words[root + ROOT_WORDS - 1] = runs.length - 1;
}

import { describe, expect, it } from 'vitest';
import { parseName } from '../wire/name.ts';
import { Algorithm, generatePair } from './algorithm.ts';
import { type DnssecKey, dnskeyRdata, KeyFlag, type KeyTimes, keyTag } from './key.ts';
import { ZoneKeys } from './zone-keys.ts';

const START = 1_700_000_000;
const DAY = 86_400;
const SEP = KeyFlag.ZONE | KeyFlag.SEP;

function keyWith(flags: number, times: KeyTimes): DnssecKey {
  const zone = parseName('example.net.');
  return { zone, algorithm: Algorithm.ED25519, flags, times, ...generatePair(Algorithm.ED25519) };
}

const used = { created: START, publish: START, activate: START };
const tags = (keys: readonly { readonly tag: number }[]): number[] => keys.map(({ tag }) => tag);
const tagOf = (key: DnssecKey): number => keyTag(dnskeyRdata(key));

describe('when the time of the last key is over', () => {
  it('the one that a DS may name signs on, all by itself', () => {
    const ksk = keyWith(SEP, { ...used, inactive: START + DAY, delete: START + DAY });
    const zsk = keyWith(KeyFlag.ZONE, { ...used, inactive: START + 2 * DAY, delete: START + 2 * DAY });
    const keys = new ZoneKeys({ keys: [zsk, ksk], denial: 'compact' });
    keys.follow(START + 3 * DAY);
    expect([tags(keys.forKeys), tags(keys.forData)]).toEqual([[tagOf(ksk)], [tagOf(ksk)]]);
    expect([...keys.dnskeys.subarray(2)]).toEqual([...dnskeyRdata(ksk)]);
  });

  it('it is the key that ended last', () => {
    const first = keyWith(SEP, { ...used, inactive: START + DAY });
    const second = keyWith(SEP, { ...used, inactive: START + 2 * DAY });
    const keys = new ZoneKeys({ keys: [second, first], denial: 'compact' });
    for (const now of [START + 1.5 * DAY, START + 9 * DAY]) {
      keys.follow(now);
      expect([now, tags(keys.forData)]).toEqual([now, [tagOf(second)]]);
    }
  });

  it('and before the first begins nothing signs', () => {
    const keys = new ZoneKeys({ keys: [keyWith(SEP, { ...used, activate: START + DAY })], denial: 'compact' });
    keys.follow(START);
    expect(keys.forData).toEqual([]);
  });
});

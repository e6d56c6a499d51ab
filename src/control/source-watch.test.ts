import { describe, expect, it } from 'vitest';
import { parseAddress } from '../net/address.ts';
import { makePeerSample, samplePeer } from '../transport/peer-sample.ts';
import { judge } from './source-watch.ts';

function sample(addresses: readonly string[], times: number) {
  const peers = makePeerSample(2);
  const words = new Uint32Array(peers);
  for (let i = 0; i < times; i++) {
    const octets = parseAddress(addresses[i % addresses.length])!;
    samplePeer(words, i & 1, octets, 0, octets.length);
  }
  return peers;
}

describe('clients that all look like a proxy', () => {
  it.each([[['10.244.1.1']], [['10.244.1.1', '10.244.2.1', 'fd00::1']]])('%j are worth a word', (addresses) => {
    expect(judge(sample(addresses, 200))).toContain('externalTrafficPolicy: Local');
  });
  it.each<[string, readonly string[], number]>([
    ['too few queries to judge', ['10.244.1.1'], 20],
    ['a public address among them', ['10.244.1.1', '192.0.2.7'], 200],
    ['many private clients', ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'], 200],
    ['somebody trying it out', ['127.0.0.1', '::1'], 200],
  ])('%s is nothing to say', (_what, addresses, times) => {
    expect(judge(sample(addresses, times))).toBeUndefined();
  });
});

/**
 * A server in a process of its own, so that it can be in a network namespace, that does what its standard input says, a line each:
 *
 *     counts    prints the queries counted, all, those of IPv6 clients and those by XDP, and the headers of proxies
 *     kill N    ends UDP worker N; prints what was restarted once it has been
 *     end       stops
 */
import { createInterface } from 'node:readline';
import { CHANNEL_WORDS, Channel, COUNTER_WORDS, Counter } from '../../src/answer/counters.ts';
import { Algorithm, generatePair } from '../../src/dnssec/algorithm.ts';
import { makeSignatureCache } from '../../src/dnssec/signature-cache.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { inputOf, record, steer, TestZone } from './records.ts';
import { Rig } from './rig.ts';

const [hosts, workers, proxies] = process.argv.slice(2);
const text = new Uint8Array(2400).fill(0x61);
for (let at = 0; at < text.length; at += 240) text[at] = 239;
const zone = new TestZone('example.net.', [
  record('example.net.', RRType.NS, parseName('ns.elsewhere.')),
  record('big.example.net.', RRType.TXT, text),
  steer('www.example.net.', 'anycast'),
]);
// Signed: what is asked of it with DO waits for a signature first.
const apex = parseName('example.org.');
const signed = new TestZone('example.org.', [record('example.org.', RRType.NS, parseName('ns.elsewhere.'))]);
const pair = generatePair(Algorithm.ECDSAP256SHA256);
const key = { zone: apex, algorithm: Algorithm.ECDSAP256SHA256, flags: 257, ...pair, times: {} };
const rig = await Rig.start(inputOf([zone, signed]), {
  dnssec: { zones: [{ keys: [key], denial: 'compact' }], cache: makeSignatureCache(65_536) },
  listen: hosts.split(',').map((host) => ({ host, port: 53 })),
  udpWorkers: Number(workers),
  udpSize: 4096,
  xdp: ['vs'],
  ...(proxies === undefined
    ? {}
    : { proxies: { trust: proxies.split(',').map((text) => parsePrefix(text)!), tlsHeader: 'inside' } }),
});
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

interface Counts {
  readonly udp: number;
  readonly ipv6: number;
  readonly xdp: number;
  readonly headers: number;
  readonly parked: number;
  readonly byWorker: number[];
}

function counts(): Counts {
  const words = new Uint32Array(rig.workers.counters);
  const byWorker: number[] = [];
  let udp = 0;
  let ipv6 = 0;
  let headers = 0;
  let parked = 0;
  for (let row = 0; row < Number(workers) * COUNTER_WORDS; row += COUNTER_WORDS) {
    byWorker.push(words[row + Counter.XDP]);
    for (const channel of [Channel.UDP_IPV4, Channel.UDP_IPV6]) {
      const line = row + Counter.QUERIES_0 + channel * CHANNEL_WORDS;
      const sum = words.subarray(line, line + CHANNEL_WORDS).reduce((a, b) => a + b, 0);
      udp += sum;
      if (channel === Channel.UDP_IPV6) ipv6 += sum;
    }
    headers += words[row + Counter.PROXY_TAKEN];
    parked += words[row + Counter.PARKED];
  }
  return { udp, ipv6, headers, parked, xdp: byWorker.reduce((sum, n) => sum + n, 0), byWorker };
}

say({ interfaces: rig.workers.interfaces.map(({ name, queues, native }) => ({ name, queues, native })) });
for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument] = line.split(' ');
  if (command === 'counts') say(counts());
  if (command === 'kill') {
    await rig.workers.threads.get(Number(argument))?.terminate();
    while (!rig.workers.alive) await new Promise((resolve) => setTimeout(resolve, 10));
    say({ restarts: rig.restarts });
  }
  if (command === 'end') break;
}
await rig.stop();
process.exit();

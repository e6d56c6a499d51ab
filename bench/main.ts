/** `npm run bench`: see README.md in this folder. */
import { parseArgs } from 'node:util';
import { missing } from '../test/support/needs.ts';
import { load } from './load.ts';
import { throughput } from './throughput.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
  },
});
const wanted = positionals.length === 0 ? ['throughput', 'load'] : positionals;
const unknown = wanted.find((name) => name !== 'throughput' && name !== 'load');
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are throughput and load`);
  process.exit(2);
}
const rounds = Number(values.rounds);
if (wanted.includes('throughput')) {
  const lacking = missing('kxdpgun', 'dig', 'ip', 'netns');
  if (lacking.length > 0) console.error(`throughput needs ${lacking.join(' and ')}; left out`);
  else await throughput({ hosts: Number(values.hosts ?? 1000), rounds, seconds: Number(values.seconds) });
}
if (wanted.includes('load')) await load({ hosts: Number(values.hosts ?? 1_000_000), rounds });

/** `npm run bench`: see README.md in this folder. */
import { parseArgs } from 'node:util';
import { missing } from '../test/support/needs.ts';
import { answersBench } from './answers.ts';
import { OURS, OURS_PROTECTED, PEERS } from './contenders/index.ts';
import { decideBench } from './decide.ts';
import { healthBench } from './health.ts';
import { latencyBench } from './latency.ts';
import { FORMATS, load } from './load.ts';
import { moves } from './moves.ts';
import { profileBench } from './profile.ts';
import { signingBench } from './signing.ts';
import { throughput } from './throughput.ts';
import { updatesBench } from './updates.ts';
import { PROTECTED, WORKLOADS } from './workload.ts';

const NAMES: readonly string[] = [
  'throughput',
  'protected',
  'profile',
  'answers',
  'load',
  'moves',
  'latency',
  'decide',
  'health',
  'signing',
  'updates',
];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    moves: { type: 'string', default: '200' },
    workload: { type: 'string', multiple: true },
    server: { type: 'string', multiple: true },
    tries: { type: 'string', default: '3' },
    targets: { type: 'string', default: '1000' },
    queries: { type: 'string', default: '100000' },
    kind: { type: 'string', multiple: true },
    format: { type: 'string', multiple: true },
    reloads: { type: 'string', default: '100' },
  },
});
const wanted = positionals.length === 0 ? NAMES : positionals;
const unknown = wanted.find((name) => name !== 'smoke' && !NAMES.includes(name));
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are ${NAMES.join(', ')} and smoke`);
  process.exit(2);
}
const servers = [...OURS, ...OURS_PROTECTED, ...PEERS].map(({ id }) => id);
const stranger = values.server?.find((id) => !servers.includes(id));
if (stranger !== undefined) {
  console.error(`there is no server ${stranger}; there are ${servers.join(', ')}`);
  process.exit(2);
}
const rounds = Number(values.rounds);
for (const name of ['throughput', 'protected'] as const) {
  if (!wanted.includes(name)) continue;
  const forNsd = name === 'protected' ? (['ldns-signzone'] as const) : [];
  const lacking = missing('kxdpgun', 'dig', 'ip', 'netns', ...forNsd);
  if (lacking.length > 0) console.error(`${name} needs ${lacking.join(' and ')}; left out`);
  else {
    const all = name === 'throughput' ? WORKLOADS : PROTECTED;
    const workloads = all.filter(({ id }) => values.workload?.includes(id) ?? true);
    const { tries, seconds, server } = values;
    // A comparison of some is for whoever changes something: it is shown, not judged and kept.
    const some = server === undefined ? { keep: true } : { keep: false, servers: server };
    const options = {
      name,
      workloads,
      rounds,
      seconds: Number(seconds),
      warmSeconds: 1,
      tries: Number(tries),
      ...some,
    };
    if (!(await throughput(options))) process.exitCode = 1;
  }
}
if (positionals.includes('smoke')) {
  // Whether everything works, in seconds: nothing is judged or kept.
  const smoke = { rounds: 1, seconds: 0.25, warmSeconds: 0, tries: 1, keep: false };
  await throughput({ ...smoke, name: 'throughput', workloads: WORKLOADS.filter(({ id }) => id !== 'W2') });
  const protectedMix = PROTECTED.filter(({ id }) => id === 'W4');
  await throughput({ ...smoke, warmSeconds: 0.25, name: 'protected', workloads: protectedMix });
}
if (wanted.includes('profile')) {
  const lacking = missing('kxdpgun', 'dig', 'ip', 'netns');
  if (lacking.length > 0) console.error(`profile needs ${lacking.join(' and ')}; left out`);
  else await profileBench(Number(values.seconds));
}
if (wanted.includes('load')) {
  const { hosts, reloads, format } = values;
  const formats = FORMATS.filter((name) => format?.includes(name) ?? true);
  await load({ hosts: Number(hosts ?? 1_000_000), rounds, formats, reloads: Number(reloads) });
}
if (wanted.includes('updates')) {
  const lacking = missing('dnsperf');
  if (lacking.length > 0) console.error(`updates needs ${lacking.join(' and ')}; left out`);
  else {
    const hosts = values.hosts === undefined ? [1000, 1_000_000] : [Number(values.hosts)];
    await updatesBench({ seconds: Math.max(10, Number(values.seconds)), hosts });
  }
}
if (wanted.includes('decide')) decideBench();
if (wanted.includes('answers')) {
  const { queries, kind, hosts } = values;
  answersBench({
    rounds: Math.max(rounds, 7),
    queries: Number(queries),
    hosts: Number(hosts ?? 1_000_000),
    kinds: kind,
    keep: kind === undefined,
  });
}
if (wanted.includes('moves')) {
  const lacking = missing('ip', 'netns');
  if (lacking.length > 0) console.error(`moves needs ${lacking.join(' and ')}; left out`);
  else {
    const sizes = values.hosts === undefined ? [1000, 100_000, 1_000_000] : [Number(values.hosts)];
    await moves({ sizes, moves: Number(values.moves) });
  }
}
if (wanted.includes('latency')) {
  const lacking = missing('ip', 'netns');
  if (lacking.length > 0) console.error(`latency needs ${lacking.join(' and ')}; left out`);
  else {
    const hosts = Number(values.hosts ?? 1_000_000);
    if (!(await latencyBench({ hosts, seconds: Math.max(10, Number(values.seconds)) }))) process.exitCode = 1;
  }
}
if (wanted.includes('health')) {
  const lacking = missing('kxdpgun', 'nginx', 'curl', 'ip', 'netns');
  if (lacking.length > 0) console.error(`health needs ${lacking.join(' and ')}; left out`);
  else await healthBench({ targets: Number(values.targets), seconds: Math.max(10, Number(values.seconds)) });
}
if (wanted.includes('signing')) {
  const lacking = missing('kxdpgun', 'dnsperf', 'dig', 'ip', 'netns');
  if (lacking.length > 0) console.error(`signing needs ${lacking.join(' and ')}; left out`);
  else await signingBench({ rounds, seconds: Number(values.seconds) });
}

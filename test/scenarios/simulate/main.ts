/** `npm run simulate`: see README.md in test/support/simulator. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plot } from '../../support/simulator/plot/plot.ts';
import { simulate } from '../../support/simulator/simulate.ts';
import { summary } from '../../support/simulator/summary.ts';
import { scenarios } from './index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'var/simulation' },
    seed: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
  },
});
if (values.list) {
  for (const { id, title } of scenarios) console.log(`${id.padEnd(14)}${title}`);
  process.exit(0);
}
const unknown = positionals.find((id) => !scenarios.some((scenario) => scenario.id === id));
const seed = Number(values.seed);
if (unknown !== undefined || !Number.isInteger(seed)) {
  const names = scenarios.map(({ id }) => id).join(', ');
  console.error(
    unknown === undefined ? '--seed is a whole number' : `there is no scenario ${unknown}; there are ${names}`,
  );
  process.exit(2);
}
mkdirSync(values.out, { recursive: true });
let broken = 0;
for (const scenario of scenarios) {
  if (positionals.length > 0 && !positionals.includes(scenario.id)) continue;
  const run = simulate(scenario, seed);
  const file = join(values.out, `${scenario.id}.svg`);
  writeFileSync(file, plot(run));
  console.log(`${summary(run)}\n  plot: ${file}\n`);
  broken += run.broken.length;
}
process.exitCode = broken > 0 ? 1 : 0;

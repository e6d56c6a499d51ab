/** What the documents show of the simulator is what it makes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../scenarios/simulate/index.ts';
import { moveTtl20 } from '../../scenarios/simulate/move-ttl-20.ts';
import { ROOT } from '../../support/console.ts';
import { plot } from '../../support/simulator/plot/plot.ts';
import { simulate } from '../../support/simulator/simulate.ts';
import { summary } from '../../support/simulator/summary.ts';

const IMAGE = `docs/images/${moveTtl20.id}.svg`;

describe('README', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const run = simulate(moveTtl20);

  it('shows the plot that is made now: npm run simulate -- move-ttl-20 --out docs/images', () => {
    expect(readme).toContain(`](${IMAGE})`);
    expect(plot(run)).toBe(readFileSync(join(ROOT, IMAGE), 'utf8'));
  });

  it('shows the summary that is printed now', () => {
    const block = /^\$ npm run -s simulate -- move-ttl-20\n([\s\S]*?)\n```/m.exec(readme)?.[1];
    expect(block?.split('\n').slice(0, -1)).toEqual(summary(run).split('\n'));
  });
});

it('docs/operations.md names every scenario, and no other', () => {
  const text = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const at = text.indexOf('\n## Simulation\n');
  expect(at).toBeGreaterThan(0);
  const section = text.slice(at, text.indexOf('\n## ', at + 5));
  expect([...section.matchAll(/^\| `([\w-]+)`/gm)].map(([, id]) => id)).toEqual(scenarios.map(({ id }) => id));
});

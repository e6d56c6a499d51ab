/** docs/whatif.md shows what is printed, and lists every option and problem. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { whatIfReply } from '../../../src/api/schemas/whatif.ts';
import { whatif } from '../../../src/cli/whatif.ts';
import { Checkout, consoleSteps, ROOT } from '../../support/console.ts';

const text = readFileSync(join(ROOT, 'docs/whatif.md'), 'utf8');

it('docs/whatif.md shows what the commands print', async () => {
  const steps = consoleSteps(text);
  expect(steps).toHaveLength(4);
  const checkout = await Checkout.start();
  try {
    await checkout.follow(steps);
  } finally {
    await checkout.close();
  }
});

it('docs/whatif.md has every option and every kind of problem', () => {
  const options = [...whatif.help.matchAll(/--[a-z0-9-]+/g)].map(([option]) => option);
  expect(options.length).toBeGreaterThan(10);
  for (const option of options) expect(text).toContain(`\`${option}`);
  const kinds = whatIfReply.shape.problems.element.shape.kind.options;
  for (const kind of kinds) expect(text).toContain(`| \`${kind}\` |`);
});

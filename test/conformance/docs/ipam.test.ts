/** docs/ipam.md shows what is printed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Checkout, consoleSteps, ROOT } from '../../support/console.ts';

it('docs/ipam.md shows what the commands print', async () => {
  const steps = consoleSteps(readFileSync(join(ROOT, 'docs/ipam.md'), 'utf8'));
  expect(steps).toHaveLength(3);
  const checkout = await Checkout.start();
  try {
    await checkout.follow(steps);
  } finally {
    await checkout.close();
  }
});

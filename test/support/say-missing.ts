/** Before the tests: which programs and privileges this machine lacks, so that a reader knows what is skipped and how to get it. */
import { everyNeed, missing } from './needs.ts';

export default function sayMissing(): void {
  const lacking = everyNeed.flatMap((need) => missing(need));
  if (lacking.length === 0) return;
  const what = process.env.CI === 'true' ? 'tests that need it fail' : 'tests that need it are skipped';
  console.log(`not on this machine, so ${what}: ${lacking.join(', ')}`);
}

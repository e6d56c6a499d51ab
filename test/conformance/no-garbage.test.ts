/** Answering leaves no garbage: a worker never stops to collect it (decision 0003). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/console.ts';

const QUERIES = 2_000_000;
/** Of the young generation. Four octets a query would fill it several times. */
const SEMI_SPACE_MIB = 1;

/** What the collector says while that many queries are answered. */
function collections(...how: string[]): string[] {
  const script = join(ROOT, 'test/support/answer-many.ts');
  const all = ['--trace-gc', '--expose-gc', `--max-semi-space-size=${SEMI_SPACE_MIB}`, script];
  const { stdout, status } = spawnSync(process.execPath, [...all, String(QUERIES), ...how], { encoding: 'utf8' });
  expect(status, stdout).toBe(0);
  const lines = stdout.split('\n');
  expect(lines).toContain('end');
  return lines.slice(lines.indexOf('begin') + 1, lines.indexOf('end'));
}

describe('answering', () => {
  it('leaves no garbage', () => {
    expect(collections()).toEqual([]);
  }, 120_000);

  it('leaves none for proxies either', () => {
    expect(collections('proxied')).toEqual([]);
  }, 120_000);

  it('leaves none where answers are signed', () => {
    expect(collections('signed')).toEqual([]);
  }, 120_000);
});

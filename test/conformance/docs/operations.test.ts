/** docs/operations.md against the code: every metric, every event of the log, every file of the state directory. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { ROOT } from '../../support/console.ts';
import { parseExposition } from '../../support/exposition.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { remove, SteerdProcess, workplace } from '../../support/steerd-process.ts';

const text = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');

/** The first cells of the tables in a section, and what they name. */
function firstCells(heading: string): string[] {
  const at = text.indexOf(`\n${heading}\n`) + heading.length + 2;
  expect(at, heading).toBeGreaterThan(heading.length + 1);
  const next = text.slice(at).search(/^## /m);
  return [...text.slice(at, at + next).matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
}

describe('docs/operations.md', () => {
  it('has every metric with its labels in its table, and no other', async () => {
    const metrics = new Metrics(new FakeSource());
    metrics.storeCommit(1, true);
    const families = parseExposition(await metrics.render());
    const names = [...families.keys()].filter((name) => name.startsWith('steerd_'));
    expect(names.length).toBeGreaterThan(15);
    expect(firstCells('## Metrics').sort()).toEqual(names.sort());
    for (const name of names) {
      const row = text.split('\n').find((line) => line.startsWith('| `steerd_') && line.includes(`\`${name}\``));
      const labels = new Set(families.get(name)?.samples.flatMap((sample) => Object.keys(sample.labels)));
      expect(
        [...(row?.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map(([, label]) => label),
        name,
      ).toEqual([...labels]);
    }
  });

  it('has every event of the log in its table, and no other', () => {
    const events = ['src/cli', 'src/control', 'src/api', 'src/telemetry', 'src/transport'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
        .flatMap((file) => [...readFileSync(join(ROOT, folder, file), 'utf8').matchAll(/\bevent: '(\w+)'/g)])
        .map(([, event]) => event),
    );
    expect(events).toContain('reload_refused');
    expect(firstCells('## Log').sort()).toEqual([...new Set(events)].sort());
  });

  it('has every file of the state directory in its table, and no other', async () => {
    const place = workplace();
    const server = await SteerdProcess.start(place);
    try {
      const files = readdirSync(place.state).filter((file) => !/^steerd\.db-/.test(file));
      expect(files).toContain('steerd.db');
      expect(firstCells('## State directory').sort()).toEqual(files.sort());
    } finally {
      await server.stop();
      remove(place);
    }
  });
});

import { afterEach, expect, it } from 'vitest';
import { EXAMPLE } from '../../test/support/steerd-process.ts';
import { SEED } from '../../test/support/tables.ts';
import type { LoadSuccess } from '../compile/compiler.ts';
import type { LayerChange, UpdatedSet } from '../compile/update-layers.ts';
import { makeControlBlock } from '../tables/control-block.ts';
import { RRType } from '../wire/constants.ts';
import { parseName } from '../wire/name.ts';
import { hashName } from '../zone/suffixes.ts';
import type { CompileClient } from './compile-client.ts';
import { beginCompiling, CompileWorkers } from './compile-workers.ts';
import { Publisher } from './publisher.ts';

const APEX = parseName('example.net.');
const publisher = new Publisher(makeControlBlock(0), SEED);
const answered: UpdatedSet[] = [];
let last: LoadSuccess | undefined;
let compile: CompileWorkers;

afterEach(() => compile.close());

/** Has it loaded and answered. @param directory undefined to look at no file */
async function load(directory: string | undefined, changes: readonly LayerChange[] = []): Promise<void> {
  const { served } = publisher;
  const result = await compile.load({
    directory,
    served: served && { base: served.base, head: served.head },
    target: await publisher.freeTarget(),
    now: 1000,
    remembered: new Map(),
    updates: changes,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  await publisher.exclusive(() => publisher.install(result, []));
  last = result;
}

/** A TXT record of updates. */
function txt(label: string): LayerChange {
  const set = { owner: parseName(`${label}.example.net.`), type: RRType.TXT, ttl: 60, records: [Uint8Array.of(1, 65)] };
  return { apex: APEX, stamp: label, isWhole: false, sets: [set] };
}

/** Has an update answered. */
async function update(label: string): Promise<void> {
  await load(undefined, [txt(label)]);
  answered.push(...txt(label).sets);
}

function isThere(name: string): boolean {
  const { tables } = publisher;
  const zone = tables.findZone(hashName(SEED, APEX, 0, APEX.length), APEX, 0, APEX.length);
  const owner = parseName(name);
  return tables.find(zone, hashName(SEED, owner, 0, owner.length), owner, 0, owner.length) !== 0;
}

it('puts another worker in the place of one that ended, which goes on with what is answered and looks at no file', async () => {
  const first: CompileClient = beginCompiling(publisher);
  compile = new CompileWorkers(first, publisher, () => {
    const { served } = publisher;
    if (served === undefined || last === undefined) return undefined;
    const { network, health, feeds, zones, hidden } = last;
    const layer = { apex: APEX, stamp: 'answered', isWhole: true, sets: answered };
    return { served, network, health, feeds, zones, hidden, updates: [layer] };
  });
  await load(EXAMPLE);
  await update('one');
  await first.close();
  expect(first.ended).toBe(true);
  // Nothing has told of its end: it is found ended.
  await compile.during(() => update('two'));
  expect(['one', 'two', 'www'].map((label) => isThere(`${label}.example.net.`))).toEqual([true, true, true]);

  // What fails after a load leaves nothing of it.
  const failed = compile.during(async () => {
    await compile.load({
      directory: undefined,
      served: publisher.served,
      target: await publisher.freeTarget(),
      now: 1000,
      remembered: new Map(),
      updates: [txt('three')],
    });
    throw new Error('a fault of the test');
  });
  await expect(failed).rejects.toThrow('a fault of the test');
  await compile.during(() => update('four'));
  expect(['two', 'three', 'four'].map((label) => isThere(`${label}.example.net.`))).toEqual([true, false, true]);
  // Counted as by who reads everything.
  const records = (): number | undefined => last?.zones.find(({ name }) => name === 'example.net.')?.records;
  const counted = records();
  await compile.during(() => load(EXAMPLE));
  expect(records()).toBe(counted);
});

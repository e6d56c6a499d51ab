import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import { SEED } from '../../test/support/tables.ts';
import { Arenas } from '../tables/arena.ts';
import { Zone } from '../tables/layout.ts';
import { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { formatName } from '../wire/name.ts';
import { forEachNode } from './compare.ts';
import { Compiler, type LoadFailure, type LoadSuccess, type Target } from './compiler.ts';
import { openDirectory } from './directory.ts';
import type { InputSet } from './input.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-delta-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A server's loads, one after another, of a directory in which every file is large. */
class Loads {
  readonly tables = new TableReader();
  /** Changes that were read by themselves. */
  parts = 0;
  readonly #arenas = new Arenas();
  readonly #compiler = new Compiler(this.#arenas, SEED);
  #served: Target | undefined;

  load(now = 1000): LoadSuccess | LoadFailure {
    const target = { base: this.#served?.base === 0 ? 1 : 0, head: this.#served?.head === 0 ? 1 : 0 };
    let isWhole = false;
    let isPart = false;
    const result = this.#compiler.load({
      input: this.#input(
        () => {
          isWhole = true;
        },
        () => {
          isPart = true;
        },
      ),
      served: this.#served,
      target,
      now,
      remembered: new Map(),
    });
    if (!result.ok) return result;
    if (isPart && !isWhole) this.parts++;
    this.#served = result.use;
    this.tables.use(this.#arenas.bases[result.use.base], this.#arenas.heads[result.use.head]);
    return result;
  }

  #input(whole: () => void, part: () => void): InputSet {
    const input = openDirectory(folder, { from: 1, least: 40 });
    const zones = input.zones.map((zone) => ({
      ...zone,
      read(...args: Parameters<typeof zone.read>) {
        whole();
        return zone.read(...args);
      },
      parts: zone.parts && {
        ...zone.parts,
        read(...args: Parameters<typeof zone.parts.read>) {
          part();
          zone.parts?.read(...args);
        },
      },
    }));
    return {
      network: { stamp: '1', load: () => ({ network: exampleNetwork, diagnostics: [] }) },
      zones,
      diagnostics: [],
    };
  }

  /** Everything the tables say of the zones, serials apart. */
  content(): string[] {
    const { tables } = this;
    const lines: string[] = [];
    for (let zone = 1; zone < tables.zoneEnd; zone++) {
      if (tables.apex(zone) === 0) continue;
      const counts = [Zone.NODES, Zone.HOSTS, Zone.RECORDS].map((word) => tables.zoneWord(zone, word));
      lines.push(`zone ${formatName(tables.name(tables.apex(zone)))} ${counts}`);
      forEachNode(tables, zone, SEED, (node) => {
        const declared = tables.declared(node);
        const key = declared === 0 ? undefined : this.#compiler.assignments.key(declared);
        const sets = Array.from({ length: tables.rrsetCount(node) }, (_, i) => {
          const set = tables.rrsetAt(node, i);
          const isSoa = tables.rrsetType(set) === RRType.SOA;
          const octets = isSoa ? '' : tables.rrBytes(set).slice(tables.rrAt(set), tables.rrEnd(set));
          return `${tables.rrsetType(set)}/${tables.rrsetTtl(set)}/${octets}`;
        });
        const cell = tables.assignment(node) === declared ? '' : ' another cell';
        lines.push(
          `${formatName(tables.name(node))} ${tables.flags(node)} ${key && Object.values(key)} ${sets}${cell}`,
        );
      });
    }
    return lines.sort();
  }
}

const NAMES = [
  'a',
  'b',
  'c',
  'd',
  'e',
  'b.sub',
  'c.sub',
  'd.sub',
  'x.a',
  'y.x.a',
  '*',
  '*.sub',
  'ns2',
  'e.low',
  'low',
  'f.del',
];
const GROUPS = ['anycast', 'europe', 'zurich'];

const host = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...GROUPS), fc.constantFrom('', '30 ', '60 '))
  .map(([name, group, ttl]) => `${name} ${ttl}STEER web ${group}`);
/** What else may stand in a file, some of it wrong. */
const other = fc.constantFrom(
  'a TXT "beside a host"',
  'sub TXT "makes it more than an ancestor"',
  ' TXT "of the name before"',
  't TXT "takes the TTL before"',
  'u 77 A 192.0.2.7',
  '; a comment',
  '',
  '@ NS ns2',
  'del NS ns.elsewhere.example.',
  '$ORIGIN sub.a.test.',
  '$ORIGIN a.test.',
  '$TTL 120',
  'a STEER web nowhere',
  'c CNAME b',
  'g ( STEER web\n europe )',
  'B 60 IN STEER web anycast ; upper case',
);
const line = fc.oneof({ arbitrary: host, weight: 9 }, { arbitrary: other, weight: 1 });

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly string[];
}
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(60),
  remove: fc.nat(2),
  insert: fc.array(fc.oneof({ arbitrary: host, weight: 12 }, { arbitrary: other, weight: 1 }), { maxLength: 2 }),
});

/** Hosts around those above, with a record between every few, so that a name that spoils its stretch leaves others plain. */
const padding = (prefix: string): string[] =>
  Array.from({ length: 30 }, (_, i) =>
    i % 10 === 9 ? `${prefix}${i} TXT "between"` : `${prefix}${i} 60 STEER web ${GROUPS[i % 3]}`,
  );

function textOf(lines: readonly string[]): string {
  return `$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines.map((l) => `${l}\n`).join('')}`;
}

/** The same in YAML as far as it can be said there; each name once, as mostly. */
function yamlOf(lines: readonly string[], twice: boolean): string {
  const seen = new Set<string>();
  const entries = lines.flatMap((l) => {
    const [, name, ttl, group] = /^([\w.*]+) (\d+ )?STEER web (\w+)$/.exec(l) ?? [];
    if (name === undefined)
      return l.startsWith('u ') ? ['u: { type: A, value: 192.0.2.7 }'] : [`# ${l.replace(/\n/g, ' ')}`];
    if (seen.has(name) && !twice) return [];
    seen.add(name);
    return [
      `${name.startsWith('*') ? `'${name}'` : name}:\n  type: STEER\n  service: web\n  group: ${group}${ttl === undefined ? '' : `\n  ttl: ${ttl.trim()}`}`,
    ];
  });
  return `---\n'': { type: NS, value: ns1 }\nns1: { type: A, value: 192.0.2.53 }\n${entries.join('\n')}\n`;
}

function editable(edits: readonly Edit[], lines: string[]): string[][] {
  return edits.map(({ at, remove, insert }) => {
    lines = lines.toSpliced(at % (lines.length + 1), remove, ...insert);
    return lines;
  });
}

/** Loads each version after the one before, and each by itself, and compares. @returns how many changes were read by themselves */
function compareLoads(file: string, versions: readonly string[]): number {
  const loads = new Loads();
  let before: LoadSuccess | undefined;
  for (const [i, text] of versions.entries()) {
    writeFileSync(join(folder, file), text);
    const result = loads.load(1000 + i);
    const fresh = new Loads();
    const whole = fresh.load();
    expect(result.ok).toBe(whole.ok);
    if (!result.ok || !whole.ok) {
      expect((result as LoadFailure).diagnostics).toEqual((whole as LoadFailure).diagnostics);
      continue;
    }
    expect(result.warnings).toEqual(whole.warnings);
    expect(loads.content()).toEqual(fresh.content());
    const [zone] = result.zones;
    const { serial: _, ...rest } = zone;
    expect(rest).toEqual((({ serial: __, ...others }) => others)(whole.zones[0]));
    if (before !== undefined)
      expect(zone.serial !== before.zones[0].serial).toBe(zone.digest !== before.zones[0].digest);
    before = result;
  }
  return loads.parts;
}

describe('a change read by itself', () => {
  for (const format of ['text', 'yaml'] as const) {
    it(`comes out as the whole file does, ${format}`, () => {
      let parts = 0;
      fc.assert(
        fc.property(
          fc.array(line, { maxLength: 40 }),
          fc.array(edit, { minLength: 1, maxLength: 8 }),
          (lines, edits) => {
            // A mistake in the first version would be in most of the others.
            const clean = lines.filter(
              (l, i) =>
                !/nowhere|CNAME|NS/.test(l) && lines.findIndex((m) => m.split(' ')[0] === l.split(' ')[0]) === i,
            );
            const versions = editable(edits, [...padding('pad'), ...clean, ...padding('q')]);
            const write = format === 'text' ? textOf : (l: readonly string[]) => yamlOf(l, l.length % 3 === 0);
            parts += compareLoads(format === 'text' ? 'a.test.zone' : 'a.test.yaml', versions.map(write));
          },
        ),
        { numRuns: 150 },
      );
      // Else this shows nothing.
      expect(parts).toBeGreaterThan(20);
    }, 120_000);
  }

  const hosts = Array.from({ length: 50 }, (_, i) => `h${i} 60 STEER web ${GROUPS[i % 3]}`);
  const isPart = (after: readonly string[], before: readonly string[] = hosts): boolean =>
    compareLoads('a.test.zone', [textOf(before), textOf(after)]) === 1;

  it('is one of hosts that come, go and change, also at both ends of the file', () => {
    expect(isPart(hosts.with(20, 'h20 60 STEER web anycast'))).toBe(true);
    expect(isPart(hosts.toSpliced(20, 1))).toBe(true);
    expect(isPart([...hosts, 'new STEER web zurich'])).toBe(true);
    expect(isPart(['new STEER web zurich', ...hosts])).toBe(true);
    expect(isPart(hosts.toReversed())).toBe(true);
    expect(isPart(hosts.toSpliced(10, 30, '; nothing'))).toBe(true);
  });

  it('is none where anything else has a say', () => {
    expect(isPart(hosts.with(20, 'h20 TXT "x"'))).toBe(false);
    expect(isPart([...hosts, 'a.b STEER web zurich'])).toBe(false);
    expect(isPart([...hosts, '* STEER web zurich'])).toBe(false);
    expect(isPart(hosts.toSpliced(20, 1), [...hosts, 'x.h20 STEER web zurich'])).toBe(false);
    expect(isPart(hosts.toSpliced(20, 1, 'h0 60 STEER web zurich'))).toBe(false);
  });

  it('that leaves a name server without address is told as in the whole file', () => {
    const servers = ['@ NS h20'];
    expect(isPart([...servers, ...hosts.with(20, 'h20 60 STEER web anycast')], [...servers, ...hosts])).toBe(true);
    expect(isPart([...servers, ...hosts.toSpliced(20, 1)], [...servers, ...hosts])).toBe(false);
  });

  it('is none when the next line would take another owner or TTL', () => {
    const after = [...hosts, ' TXT "of the last host"'];
    expect(isPart(after.with(20, 'h20 60 STEER web anycast'), after)).toBe(true);
    expect(isPart(after.toSpliced(49, 1), after)).toBe(false);
  });
});

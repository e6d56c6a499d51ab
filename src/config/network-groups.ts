/**
 * Groups of network.yaml: ladder, routing, and the sites and prefixes that come with it.
 */
import { type Family, families, type Group, type PerFamily, type Routing } from '../steering/model.ts';
import type { NameTable } from './name-table.ts';
import { checkPrefixes } from './network-prefixes.ts';
import type { GroupFile, NetworkFile } from './network-schema.ts';
import { familyName, prefixField } from './prefix-field.ts';
import type { Reporter } from './reporter.ts';
import type { Path } from './yaml-load.ts';

/** All groups of the file, in its order. What can't be made sense of is told, and left empty. */
export function buildGroups(
  file: NetworkFile['groups'],
  sites: NameTable,
  names: NameTable,
  reporter: Reporter,
): Group[] {
  const builder = new GroupBuilder(sites, names, reporter);
  const entries = Object.entries(file);
  const groups = entries.map(([id, group]) => builder.build(id, group));
  const ids = groups.map((g) => g.id);
  reportCircles(groups, ids, reporter);
  checkPrefixes(groups, reporter);
  return groups.map((group, index) => ({
    ...group,
    fallback: builder.fallback(group.id, entries[index][1]) ?? ancestors(groups, index),
  }));
}

class GroupBuilder {
  readonly #sites: NameTable;
  readonly #names: NameTable;
  readonly #reporter: Reporter;

  constructor(sites: NameTable, names: NameTable, reporter: Reporter) {
    this.#sites = sites;
    this.#names = names;
    this.#reporter = reporter;
  }

  /** A group with all but its fallbacks, which need the others' parents. */
  build(id: string, file: GroupFile): Group {
    const path = ['groups', id];
    const { parent } = file;
    const routing: PerFamily<Routing> =
      typeof file.routing === 'string' ? { ipv4: file.routing, ipv6: file.routing } : file.routing;
    const prefixes = this.#prefixes(file, path);
    const instances = this.#instances(file, routing, path);
    return {
      id,
      parent: (parent === undefined ? undefined : this.#names.find(parent, [...path, 'parent'], this.#reporter)) ?? -1,
      routing,
      instances,
      announce: this.#announce(file, routing, instances, path),
      prefixes,
      fallback: [],
      serves: [],
    };
  }

  /** The groups the operator lists, if any. */
  fallback(id: string, { fallback }: GroupFile): number[] | undefined {
    return fallback && this.#list(fallback, this.#names, ['groups', id, 'fallback'], id);
  }

  #prefixes(file: GroupFile, path: Path): Group['prefixes'] {
    const found: { -readonly [F in Family]?: Group['prefixes'][F] } = {};
    for (const family of families) {
      const text = file.prefixes[family];
      if (text === undefined) continue;
      const result = prefixField(text, family);
      if ('prefix' in result) found[family] = result.prefix;
      else this.#reporter.report({ code: 'bad-prefix', path: [...path, 'prefixes', family], ...result.problem });
    }
    if (file.prefixes.ipv4 === undefined && file.prefixes.ipv6 === undefined) {
      this.#reporter.report({
        code: 'no-prefix',
        path: [...path, 'prefixes'],
        message: 'a group needs a prefix of one family at least',
        fix: 'write e.g. prefixes: { ipv6: 2001:db8:16::/48 }',
      });
    }
    return found;
  }

  #instances(file: GroupFile, routing: PerFamily<Routing>, path: Path): number[] {
    const at = [...path, 'instances'];
    if (file.instances !== undefined) return this.#list(file.instances, this.#sites, at);
    if (families.some((family) => routing[family] !== 'anycast')) {
      this.#reporter.report({
        code: 'missing-key',
        path: at,
        message: `"instances" is missing: only routing anycast means every site`,
        fix: 'add instances: the sites that serve, e.g. instances: [zrh, gva]',
      });
    }
    return everyIndex(this.#sites);
  }

  #announce(
    file: GroupFile,
    routing: PerFamily<Routing>,
    instances: readonly number[],
    path: Path,
  ): PerFamily<readonly number[]> {
    const at = [...path, 'announce'];
    const { announce } = file;
    if (Array.isArray(announce)) {
      const sites = this.#list(announce, this.#sites, at);
      return { ipv4: sites, ipv6: sites };
    }
    const missing: Family[] = [];
    const of = (family: Family): readonly number[] => {
      const given = announce?.[family];
      if (given !== undefined) return this.#list(given, this.#sites, [...at, family]);
      switch (routing[family]) {
        case 'anycast':
        case 'important':
          return everyIndex(this.#sites);
        case 'lazy':
          return instances;
        case 'group-lazy':
          // Nothing is announced of a family the group has no prefix of.
          if (file.prefixes[family] !== undefined) missing.push(family);
          return instances;
      }
    };
    const result = { ipv4: of('ipv4'), ipv6: of('ipv6') };
    if (missing.length > 0) {
      const where = missing.length === 2 ? '' : ` for ${familyName[missing[0]]}`;
      this.#reporter.report({
        code: 'missing-key',
        path: at,
        message: `"announce" is missing: routing group-lazy has no default${where}`,
        fix: 'add announce: the sites whose transits and peers hear the prefix, e.g. announce: [zrh, gva]',
      });
    }
    return result;
  }

  /** @param own a name that can't be in its own list */
  #list(names: readonly string[], table: NameTable, path: Path, own?: string): number[] {
    const found = new Set<number>();
    names.forEach((name, i) => {
      const at = [...path, i];
      const index = table.find(name, at, this.#reporter);
      if (index === undefined) return;
      if (found.has(index)) {
        this.#reporter.report({
          code: 'duplicate-item',
          path: at,
          message: `"${name}" is in this list twice`,
          fix: 'leave one of them out',
        });
      } else if (name === own) {
        this.#reporter.report({
          code: 'self-fallback',
          path: at,
          message: `group "${name}" can not stand in for itself`,
          fix: 'leave it out',
        });
      }
      found.add(index);
    });
    return [...found];
  }
}

function everyIndex(table: NameTable): number[] {
  return Array.from({ length: table.size }, (_, i) => i);
}

/** Parent, its parent, and so on. */
function ancestors(groups: readonly Group[], index: number): number[] {
  const chain: number[] = [];
  for (let g = groups[index].parent; g >= 0 && g !== index && !chain.includes(g); g = groups[g].parent) chain.push(g);
  return chain;
}

/** Each circle of parents once, at the first of its groups in the file. */
function reportCircles(groups: readonly Group[], ids: readonly string[], reporter: Reporter): void {
  groups.forEach((_, index) => {
    const circle = [index];
    for (let g = groups[index].parent; g >= 0 && !circle.includes(g); g = groups[g].parent) circle.push(g);
    if (groups[circle[circle.length - 1]].parent !== index || Math.min(...circle) !== index) return;
    reporter.report({
      code: 'group-cycle',
      path: ['groups', ids[index], 'parent'],
      message: `group "${ids[index]}" is above itself: ${[...circle, index].map((g) => ids[g]).join(' in ')}`,
      fix: 'leave parent out of the group that is the top of the ladder',
    });
  });
}

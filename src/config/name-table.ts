/**
 * The names entries of network.yaml can be referred to by.
 */
import { nearest } from './nearest.ts';
import type { Reporter } from './reporter.ts';
import { type Path, valueAt } from './yaml-load.ts';

export interface NameTable {
  readonly size: number;
  /**
   * The index of a name.
   * @param path where it is referred to; an unknown name is told there
   * @param key  whether the key at the path's end is the name
   * @returns undefined for an unknown name, and for that of an entry left out for its mistakes
   */
  find(name: string, path: Path, reporter: Reporter, key?: boolean): number | undefined;
}

/**
 * @param what    `site`, `group`: for messages, and codes like `unknown-site`
 * @param names   in the order of their indexes
 * @param written the whole file, mistakes included
 * @param path    where in it the entries are
 */
export function nameTable(what: string, names: readonly string[], written: unknown, path: Path): NameTable {
  const indexes = new Map(names.map((name, index) => [name, index]));
  const entries = valueAt(written, path);
  const all = typeof entries === 'object' && entries !== null ? Object.keys(entries) : [];
  return {
    size: names.length,
    find(name, at, reporter, key = false) {
      const index = indexes.get(name);
      if (index !== undefined || all.includes(name)) return index;
      const near = nearest(name, all);
      const list = all.slice(0, 10).join(', ') + (all.length > 10 ? ', …' : '');
      const others = all.length === 0 ? `there are no ${what}s yet` : `the ${what}s are ${list}`;
      reporter.report({
        code: `unknown-${what}`,
        path: at,
        key,
        message: `there is no ${what} "${name}"`,
        fix: near === undefined ? others : `did you mean "${near}"?`,
      });
      return undefined;
    },
  };
}

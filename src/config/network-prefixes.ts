/**
 * Covering prefixes beside each other, and beside what the world's routers take.
 */
import { type Family, families, type Group } from '../steering/model.ts';
import { contains, familyName, prefixText } from './prefix-field.ts';
import type { Reporter } from './reporter.ts';

/** Longer prefixes are filtered by most networks (RIPE-399, MANRS). */
export const longestHeard = { ipv4: 24, ipv6: 48 } as const;

/** Prefixes may be shared, but not overlap otherwise: a route is for one of them or for both, never for a part. */
export function checkPrefixes(groups: readonly Group[], reporter: Reporter): void {
  for (const family of families) {
    groups.forEach((group, index) => {
      const { [family]: prefix } = group.prefixes;
      if (prefix === undefined) return;
      const path = ['groups', group.id, 'prefixes', family];
      const longest = longestHeard[family];
      if (prefix.length > longest) {
        reporter.report({
          code: 'long-prefix',
          severity: 'warning',
          path,
          message: `${prefixText(prefix)} is longer than /${longest}, so most networks will not hear it`,
          fix: `announce a /${longest} or shorter`,
        });
      }
      for (const other of groups.slice(0, index)) checkPair(group, other, family, reporter);
    });
  }
}

function checkPair(group: Group, other: Group, family: Family, reporter: Reporter): void {
  const a = group.prefixes[family];
  const b = other.prefixes[family];
  if (a === undefined || b === undefined) return;
  if (!contains(a, b.address) && !contains(b, a.address)) return;
  const path = ['groups', group.id, 'prefixes', family];
  if (a.length !== b.length) {
    reporter.report({
      code: 'overlapping-prefixes',
      path,
      message: `${prefixText(a)} overlaps ${prefixText(b)} of group "${other.id}"`,
      fix: 'write prefixes that are apart, or the same one in both',
    });
  } else if (!sameSites(group.announce[family], other.announce[family])) {
    reporter.report({
      code: 'shared-prefix',
      severity: 'warning',
      path,
      message: `${prefixText(a)} is shared with group "${other.id}", which announces it at other sites`,
      fix: `write routing: important, or an ${familyName[family]} prefix of its own`,
    });
  }
}

function sameSites(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((site) => b.includes(site));
}

/** How a load's changes are said to an operator. */
import type { ChangeReport } from '../compile/compiler.ts';

/** Lines printed of a change report; the rest is counted. */
const MOST = 50;

/** `3 names changed, 1 added, 2 removed in 1 zone`, then the records that differ. */
export function changeText(changes: ChangeReport, most = MOST): string {
  const { added, changed, removed, zonesAdded, zonesRemoved, zonesChanged } = changes;
  if (added + changed + removed + zonesAdded + zonesRemoved + zonesChanged === 0) return 'no changes';
  const names = `${changed} changed, ${added} added, ${removed} removed`;
  const zones = [
    [zonesChanged, 'changed'],
    [zonesAdded, 'new'],
    [zonesRemoved, 'gone'],
  ]
    .filter(([n]) => (n as number) > 0)
    .map(([n, what]) => `${n} ${what}`)
    .join(', ');
  const lines = changes.lines.slice(0, most).map((l) => `  ${l.sign} ${l.text}`);
  const hidden = changes.lines.length - lines.length;
  if (hidden > 0) lines.push(`  … and ${hidden} more`);
  return [`names: ${names}; zones: ${zones || 'none'}`, ...lines].join('\n');
}

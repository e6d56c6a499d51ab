/** Lists for people: columns as wide as their widest cell. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return [line(head.map((title) => title.toUpperCase())), ...rows.map(line)].join('\n');
}

/** `1 host`, `2 hosts` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A group, or two that differ by family. */
export function groupsText({ ipv4, ipv6 }: { ipv4: string; ipv6: string }): string {
  return ipv4 === ipv6 ? ipv4 : `${ipv4}/${ipv6}`;
}

/** `2026-11-23 12:03:04`, in UTC. */
export function when(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

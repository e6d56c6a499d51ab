/**
 * Where `$INCLUDE` leads (RFC 1035 §5.1): relative to the file it stands in, never out of the zones directory, so that a zone file
 * from elsewhere can't read what the server may read. By letters only: symbolic links are for whoever reads the file to judge.
 */

/**
 * @param root  directory the result must be in, as a prefix of `from`; '' for the directory of relative paths
 * @param from  path of the file the directive stands in
 * @param path  what the directive says
 * @returns the path to read, or undefined when it leads out of `root`
 */
export function includePath(root: string, from: string, path: string): string | undefined {
  if (path === '' || path.startsWith('/') || path.includes('\\') || path.includes('\0')) return undefined;
  const absolute = from.startsWith('/');
  const parts = normalize(`${from.slice(0, from.lastIndexOf('/') + 1)}${path}`);
  const rootParts = normalize(root);
  if (parts === undefined || rootParts === undefined || root.startsWith('/') !== absolute) return undefined;
  if (parts.length <= rootParts.length || !rootParts.every((part, i) => part === parts[i])) return undefined;
  if (parts.includes('..', rootParts.length)) return undefined;
  return `${absolute ? '/' : ''}${parts.join('/')}`;
}

/** The parts of a path without `.` and `..`; undefined when it climbs above its start. */
function normalize(path: string): string[] | undefined {
  const parts: string[] = [];
  let above = 0;
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > above) parts.pop();
    else if (path.startsWith('/')) return undefined;
    else {
      // `../zones/example.net.zone`: the operator named the directory that way, and it stays part of the path.
      parts.push('..');
      above++;
    }
  }
  return parts;
}

/**
 * The zones directory as a load's input: `network.yaml`, and one `<zone>.yaml` or `<zone>.zone` a zone.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { loadNetwork } from '../config/network.ts';
import { zoneYamlSource } from '../config/zone/source.ts';
import { lowerCase, NameError, parseName } from '../wire/name.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { ZoneSource } from '../zone/source.ts';
import { zoneTextSource } from '../zone/text/source.ts';
import type { ByteReader, ZoneText } from '../zone/text/window.ts';
import { fileReader } from './file-reader.ts';
import type { FileParts, InputSet, ZoneInput } from './input.ts';
import { findChange, LEAST_PLAIN } from './stretches.ts';
import { nameKey } from './zone-set.ts';

export const NETWORK_FILE = 'network.yaml';
const LARGE: LargeFiles = { from: 1 << 20, least: LEAST_PLAIN };
const ZONE_FILE = /^(.+)\.(yaml|yml|zone)$/;

/** Which files are large: read through a window, and only in part when few hosts have changed. */
export interface LargeFiles {
  /** Octets from which on. */
  readonly from: number;
  /** Octets of plain hosts worth a stretch of their own (stretches.ts). */
  readonly least: number;
}

/** Lists a directory and looks at its files; reads none but what is asked for later. */
export function openDirectory(directory: string, large: LargeFiles = LARGE): InputSet {
  const diagnostics: Diagnostic[] = [];
  const zones: ZoneInput[] = [];
  const seen = new Map<string, string>();
  const networkFile = join(directory, NETWORK_FILE);
  let names: string[] = [];
  try {
    names = readdirSync(directory).sort();
  } catch (error) {
    diagnostics.push(
      mistake(
        'unreadable-directory',
        directory,
        `can't be read: ${reason(error)}`,
        'set zones: (or STEERD_ZONES) to the directory of zone files',
      ),
    );
  }
  for (const name of names) {
    // Editors' and Kubernetes' own entries (.swp, ..data) are not ours.
    if (name.startsWith('.') || name === NETWORK_FILE) continue;
    const match = ZONE_FILE.exec(name);
    if (match === null) continue;
    const file = join(directory, name);
    // A pipe or a device called like a zone would be waited for, and never end.
    if (!isFileOrMissing(file)) {
      diagnostics.push(mistake('not-a-file', file, 'is no regular file', 'remove it, or give it another name'));
      continue;
    }
    let apex: Uint8Array;
    try {
      apex = parseName(match[1]);
      lowerCase(apex);
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      diagnostics.push(
        mistake(
          'bad-zone-name',
          file,
          `the file name is no zone name: ${error.message}`,
          'name it <zone>.yaml or <zone>.zone',
        ),
      );
      continue;
    }
    const other = seen.get(nameKey(apex));
    if (other !== undefined) {
      diagnostics.push(
        mistake('duplicate-zone', file, `is a second file for the zone of ${basename(other)}`, 'keep one of them'),
      );
      continue;
    }
    seen.set(nameKey(apex), file);
    zones.push(zoneFile(directory, file, match[2] === 'zone', apex, large));
  }
  return {
    network: {
      stamp: stampOf(networkFile),
      load: () =>
        isFileOrMissing(networkFile)
          ? loadNetwork(networkFile)
          : {
              diagnostics: [mistake('not-a-file', networkFile, 'is no regular file', 'write the network model there')],
            },
    },
    zones,
    diagnostics,
  };
}

function zoneFile(
  directory: string,
  file: string,
  isText: boolean,
  apex: Uint8Array,
  { from, least }: LargeFiles,
): ZoneInput {
  const isUnchanged = (path: string, stamp: string): boolean => stampOf(path) === stamp;
  const source = (text: ZoneText, stamps: Map<string, string>, origin?: Uint8Array): ZoneSource => {
    const read = (path: string): Uint8Array => {
      stamps.set(path, stampOf(path));
      // A link may lead anywhere; a zone file from elsewhere must not read what only the server may.
      if (!realpathSync(path).startsWith(realpathSync(directory) + sep)) {
        throw new Error(`${path} leads out of the zones directory`);
      }
      return readFileSync(path);
    };
    if (!isText) return zoneYamlSource(file, apex, text);
    return zoneTextSource(file, apex, text, { read, root: directory, ...(origin === undefined ? {} : { origin }) });
  };
  const parts: FileParts = {
    least,
    change(list, stamps) {
      const stamp = stampOf(file);
      for (const [path, known] of stamps) if (path !== file && !isUnchanged(path, known)) return undefined;
      const change = findChange(file, list);
      return change && { change, stamps: new Map([...stamps, [file, stamp]]) };
    },
    read: (bytes, origin, sink, progress) => source(bytes, new Map(), origin).read(sink, progress),
  };
  const isLarge = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= from;
  return {
    file,
    apex,
    isUnchanged: (stamps) => stamps.size > 0 && [...stamps].every(([path, stamp]) => isUnchanged(path, stamp)),
    read(sink, progress) {
      const stamps = new Map([[file, stampOf(file)]]);
      // A window is for large files; for one of thousands of small ones it would be most of the work.
      const text = isLarge ? (): ByteReader => fileReader(file) : readFileSync(file);
      source(text, stamps).read(sink, progress);
      return stamps;
    },
    ...(isLarge ? { parts } : {}),
  };
}

/** Links are followed. A file that is gone is told when it is read. */
function isFileOrMissing(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** Differs when a file may have: inode (renames, symlink swaps), size, and both times to the nanosecond. */
function stampOf(file: string): string {
  try {
    const s = statSync(file, { bigint: true });
    return `${s.dev}:${s.ino}:${s.size}:${s.mtimeNs}:${s.ctimeNs}`;
  } catch (error) {
    return `missing:${(error as NodeJS.ErrnoException).code}`;
  }
}

function mistake(code: string, file: string, message: string, fix: string): Diagnostic {
  return { code, severity: 'error', file, line: 0, column: 0, message, fix };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** nsupdate and knsupdate, told what to do as ACME clients and external-dns would. */
import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Workplace } from './steerd-process.ts';

const run = promisify(execFile);

export const UPDATE_SECRET = Buffer.alloc(32, 9).toString('base64');

/** Writes a key's file, for steerd and for nsupdate. @returns its path */
export function writeKey(place: Workplace, name: string): string {
  const path = join(place.folder, `${name}.key`);
  writeFileSync(path, `key "${name}" { algorithm hmac-sha256; secret "${UPDATE_SECRET}"; };\n`, { mode: 0o600 });
  return path;
}

export interface Updater {
  readonly program: 'nsupdate' | 'knsupdate';
  readonly port: number;
  readonly zone: string;
  /** Of its key; none without it. */
  readonly key: string | undefined;
  readonly tcp?: boolean;
}

/** Sends one update of these lines (`update add …`, `prereq …`). @returns NOERROR, or what the program says the server said */
export async function update(
  { program, port, zone, key, tcp = false }: Updater,
  ...lines: readonly string[]
): Promise<string> {
  const args = [
    ...(key === undefined ? [] : ['-y', `hmac-sha256:${key}:${UPDATE_SECRET}`]),
    ...(tcp ? ['-v'] : []),
    ...(program === 'nsupdate' ? ['-t', '60', '-u', '20'] : ['-t', '20']),
  ];
  const child = spawn(program, args);
  let said = '';
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.end(`server 127.0.0.1 ${port}\nzone ${zone}\n${lines.join('\n')}\nsend\nquit\n`);
  await ended;
  return /update failed(?: with error)?:? '?([A-Z]+)/.exec(said)?.[1] ?? (said.trim() || 'NOERROR');
}

/** `dig +short`, line by line, sorted. */
export async function short(port: number, name: string, type: string): Promise<string[]> {
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(port), '+short', '+tries=3', name, type]);
  return stdout.split('\n').filter(Boolean).sort();
}

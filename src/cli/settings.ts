/** Settings for a command: steerd.yaml (or --config, STEERD_CONFIG), the environment, and mistakes told. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings, type Settings } from '../config/settings.ts';
import { type Diagnostic, formatDiagnostic } from '../zone/diagnostic.ts';
import { CommandError } from './command.ts';

const DEFAULT_FILE = 'steerd.yaml';

/** @throws CommandError when the settings have mistakes */
export function readSettings(config: string | undefined): Settings {
  const named = config ?? process.env.STEERD_CONFIG;
  if (named !== undefined && !existsSync(named)) throw new CommandError(`there is no file ${named}`);
  const { settings, diagnostics } = loadSettings(
    named ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined),
    process.env,
  );
  printDiagnostics(diagnostics);
  if (settings === undefined) throw new CommandError('the settings have mistakes');
  return settings;
}

/** Where the keys of signed zones lie. */
export function keyDirectory({ dnssec, stateDir }: Pick<Settings, 'dnssec' | 'stateDir'>): string {
  return dnssec.keyDir ?? join(stateDir, 'keys');
}

export function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  for (const d of diagnostics) process.stderr.write(`${formatDiagnostic(d)}\n`);
}

/** `1 error`, `2 errors and 1 warning`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: 'error' | 'warning'): number => diagnostics.filter((d) => d.severity === severity).length;
  const parts = (['error', 'warning'] as const)
    .map((severity) => [severity, count(severity)] as const)
    .filter(([, n]) => n > 0)
    .map(([severity, n]) => `${n} ${severity}${n === 1 ? '' : 's'}`);
  return parts.join(' and ');
}

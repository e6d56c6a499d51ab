/**
 * network.yaml: the operator's sites, groups, services and policies.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FeedsModel } from '../feeds/model.ts';
import type { HealthModel } from '../health/check.ts';
import type { Network } from '../steering/model.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { buildNetwork } from './network-builder.ts';
import { networkFileSchema } from './network-schema.ts';
import { Reporter } from './reporter.ts';
import { checkShape } from './shape.ts';
import { loadYaml } from './yaml-load.ts';

/** A network only if there is no error; warnings may come with it. Every mistake is told, in the order of the file. */
export interface LoadedNetwork {
  readonly network?: Network;
  /** Its checks: there if the network is. */
  readonly health?: HealthModel;
  /** Its feeds: likewise. */
  readonly feeds?: FeedsModel;
  readonly diagnostics: Diagnostic[];
}

/** Reads network.yaml. That it can't be read is a mistake like any other. */
export function loadNetwork(file: string): LoadedNetwork {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { diagnostics: [unreadable(file, error as NodeJS.ErrnoException)] };
  }
  return parseNetwork(file, text);
}

/** @param file path for messages */
export function parseNetwork(file: string, text: string): LoadedNetwork {
  const { value, diagnostics } = loadYaml(file, text);
  if (value === undefined) return { diagnostics };
  const reporter = new Reporter(file, text, diagnostics);
  const shape = checkShape(networkFileSchema, value);
  reporter.shape(shape.mistakes);
  const built = shape.value && buildNetwork(shape.value, value, dirname(file), reporter);
  return { ...(reporter.hasErrors ? {} : built), diagnostics: reporter.diagnostics };
}

function unreadable(file: string, error: NodeJS.ErrnoException): Diagnostic {
  const missing = error.code === 'ENOENT';
  return {
    code: missing ? 'missing-file' : 'unreadable-file',
    severity: 'error',
    file,
    line: 0,
    column: 0,
    message: missing ? 'there is no such file' : `can not be read: ${error.message}`,
    fix: missing
      ? 'write sites, groups and services into it; an empty file will do where no host is steered'
      : undefined,
  };
}

/** Where settings come from: a file, and variables of the environment; what each says, and what they say together. */
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { inFile, inVariable } from './explain.ts';
import { nearest } from './nearest.ts';
import { Reporter } from './reporter.ts';
import { nested, settingKeys, textFromValue, VARIABLE_PREFIX, valueFromText } from './setting-keys.ts';
import { settingsFileSchema } from './settings-schema.ts';
import { checkShape } from './shape.ts';
import { loadYaml } from './yaml-load.ts';

/** Names the file itself: for whoever calls this. */
const CONFIG_VARIABLE = 'STEERD_CONFIG';
/** What the command line takes to reach a server's API (cli/api-client.ts). */
const CLIENT_VARIABLES = [
  'STEERD_TOKEN',
  'STEERD_URL',
  'STEERD_CLIENT_CA',
  'STEERD_CLIENT_CERT',
  'STEERD_CLIENT_KEY',
] as const;
const OTHER_VARIABLES: readonly string[] = [CONFIG_VARIABLE, ...CLIENT_VARIABLES];

/**
 * What Kubernetes sets in every container for a Service whose name begins with `steerd`: STEERD_SERVICE_HOST, STEERD_DNS_PORT_53_UDP_ADDR.
 * STEERD_…_PORT is told from a slip by its value, a URL.
 */
const SERVICE_VARIABLE =
  /^STEERD_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** What one source says, mistakes left out: not yet with defaults. */
export interface Source {
  readonly said: unknown;
  readonly diagnostics: readonly Diagnostic[];
}

export function readFile(file: string): Source {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT';
    const problem = {
      code: missing ? 'missing-file' : 'unreadable-file',
      message: missing ? 'there is no such file' : `can not be read: ${message}`,
    };
    return { said: {}, diagnostics: [{ severity: 'error', file, line: 0, column: 0, ...problem }] };
  }
  const { value, diagnostics } = loadYaml(file, text);
  if (value === undefined) return { said: {}, diagnostics };
  const reporter = new Reporter(file, text, diagnostics);
  reporter.shape(checkShape(settingsFileSchema, value, inFile).mistakes);
  return { said: value, diagnostics: reporter.diagnostics };
}

/** Only variables of ours are looked at; an empty one is as none. */
export function readEnvironment(env: NodeJS.ProcessEnv): Source {
  const keys = new Map(settingKeys().map((key) => [key.variable, key]));
  const diagnostics: Diagnostic[] = [];
  let said: unknown = {};
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || text === undefined || text === '') continue;
    if (OTHER_VARIABLES.includes(variable) || isOfService(variable, text)) continue;
    const place = { severity: 'error', file: variable, line: 0, column: 0 } as const;
    const key = keys.get(variable);
    if (key === undefined) {
      const near = nearest(variable.slice(VARIABLE_PREFIX.length), variableNames(keys.keys()));
      diagnostics.push({
        code: 'unknown-variable',
        ...place,
        message: 'there is no setting of this name',
        fix: near === undefined ? 'unset it' : `did you mean ${VARIABLE_PREFIX}${near}?`,
      });
      continue;
    }
    const value = nested(key.path, valueFromText(text, key.schema));
    const { mistakes } = checkShape(settingsFileSchema, value, inVariable(variable, textFromValue));
    for (const { code, message, fix } of mistakes) diagnostics.push({ code, ...place, message, fix });
    said = merge(said, value);
  }
  return { said, diagnostics };
}

function isOfService(variable: string, text: string): boolean {
  return SERVICE_VARIABLE.test(variable) || (variable.endsWith('_PORT') && /^\w+:\/\//.test(text));
}

/** Without what all have in common, which would make everything near. */
function variableNames(variables: Iterable<string>): string[] {
  return [...variables, ...OTHER_VARIABLES].map((name) => name.slice(VARIABLE_PREFIX.length));
}

/** Sections are merged key by key; lists and `states` are replaced as a whole. */
export function merge(under: unknown, over: unknown, depth = 0): unknown {
  if (!isMapping(under) || !isMapping(over)) return over;
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const isSection = depth === 0 && key !== 'states' && key in under;
    result[key] = isSection ? merge(under[key], value, depth + 1) : value;
  }
  return result;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * TSIG keys (RFC 8945) from files and variables, never from steerd.yaml itself, which is copied and shown around.
 *
 * A file has key clauses as BIND, `tsig-keygen` and `ddns-confgen` write them, and `dig -k` and `nsupdate -k` read them:
 *
 *     key "xfr" {
 *       algorithm hmac-sha256;
 *       secret "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlYw==";
 *     };
 *
 * A variable has one key as dig's -y takes it: `hmac-sha256:xfr:c2Vj…`. Messages name keys and places, never secrets.
 */
import { readFileSync, statSync } from 'node:fs';
import { lowerCase, NameError, parseName } from '../wire/name.ts';
import { type TsigAlgorithm, type TsigKey, tsigAlgorithms } from '../wire/tsig.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';

/** Access of everybody, and writing by the group. */
const OPEN_TO_OTHERS = 0o027;
const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/;
/** Comments of BIND's files; a quoted string is kept as it is. */
const COMMENTS = /("[^"]*")|\/\*[\s\S]*?\*\/|(?:\/\/|#)[^\n]*/g;
const CLAUSE = /key\s+("?)([^"\s{}]+)\1\s*\{([^{}]*)\}\s*;/g;
const ALGORITHM = /(?:^|;)\s*algorithm\s+"?([^"\s;]+?)\.?"?\s*;/;
const SECRET = /(?:^|;)\s*secret\s+"?([^";]+?)"?\s*;/;

export interface KeySources {
  /** As the process can open them. */
  readonly files: readonly string[];
  /** Names of variables. */
  readonly variables: readonly string[];
  /** Whether HMAC-MD5 is allowed. */
  readonly md5: boolean;
}

interface Written {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly algorithm: string;
  readonly secret: string;
}

/** All keys, and what is wrong with those that are left out. */
export function readTsigKeys(
  { files, variables, md5 }: KeySources,
  env: NodeJS.ProcessEnv,
): { keys: TsigKey[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const keys: TsigKey[] = [];
  const written = [
    ...files.flatMap((file) => fromFile(file, diagnostics)),
    ...variables.flatMap((variable) => fromVariable(variable, env, diagnostics)),
  ];
  for (const one of written) {
    const key = keyOf(one, md5);
    if ('message' in key) diagnostics.push({ ...mistake(one.file, one.line, key.code, key.message, key.fix) });
    else if (keys.some(({ name }) => Buffer.compare(name, key.name) === 0))
      diagnostics.push(
        mistake(one.file, one.line, 'duplicate-key', `there is another key named ${one.name}`, 'give it another name'),
      );
    else keys.push(key);
  }
  return { keys, diagnostics };
}

function fromFile(file: string, diagnostics: Diagnostic[]): Written[] {
  let text: string;
  try {
    const { mode } = statSync(file);
    if ((mode & OPEN_TO_OTHERS) !== 0) {
      const message = `others may read or change this file of secrets (mode ${(mode & 0o777).toString(8)})`;
      diagnostics.push(mistake(file, 0, 'open-secret', message, `chmod 600 ${file}`));
      return [];
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    diagnostics.push(mistake(file, 0, 'unreadable-file', `can not be read: ${(error as Error).message}`));
    return [];
  }
  // Lines stay where they are.
  const plain = text.replace(COMMENTS, (all: string, quoted?: string) => quoted ?? all.replace(/[^\n]/g, ' '));
  const found = [...plain.matchAll(CLAUSE)].map((match): Written => {
    const [, , name, body] = match;
    const line = plain.slice(0, match.index).split('\n').length;
    return { file, line, name, algorithm: ALGORITHM.exec(body)?.[1] ?? '', secret: SECRET.exec(body)?.[1] ?? '' };
  });
  const rest = plain.replace(CLAUSE, (all) => all.replace(/[^\n]/g, ' '));
  const stray = rest.split('\n').findIndex((line) => line.trim() !== '');
  if (stray >= 0 || found.length === 0) {
    const message = found.length === 0 ? 'has no key' : 'has something that is no key';
    const fix = 'write key "NAME" { algorithm hmac-sha256; secret "…"; }; as tsig-keygen does';
    diagnostics.push(mistake(file, stray + 1, 'no-key', message, fix));
    return [];
  }
  return found;
}

function fromVariable(variable: string, env: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): Written[] {
  const text = env[variable];
  if (text === undefined || text === '') {
    diagnostics.push(mistake(variable, 0, 'missing-variable', 'this variable of tsig.key_variables is not set'));
    return [];
  }
  const [algorithm, name, secret, ...more] = text.trim().split(':');
  if (secret !== undefined && more.length === 0) return [{ file: variable, line: 0, name, algorithm, secret }];
  const fix = 'write ALGORITHM:NAME:SECRET, e.g. hmac-sha256:xfr:…';
  diagnostics.push(mistake(variable, 0, 'no-key', 'this variable has no key', fix));
  return [];
}

function keyOf(
  { name, algorithm, secret }: Written,
  md5: boolean,
): TsigKey | { code: string; message: string; fix: string } {
  const known = Object.keys(tsigAlgorithms) as TsigAlgorithm[];
  const found = known.find(
    (one) => one === algorithm.toLowerCase().replace(/^hmac-md5\.sig-alg\.reg\.int$/, 'hmac-md5'),
  );
  if (found === undefined) {
    const fix = `write one of ${known.filter((one) => md5 || one !== 'hmac-md5').join(', ')}`;
    return { code: 'unknown-algorithm', message: `key ${name} has the algorithm "${algorithm}"`, fix };
  }
  if (found === 'hmac-md5' && !md5) {
    const fix = 'use hmac-sha256, or set tsig.md5: true if the other side knows nothing else';
    return { code: 'weak-algorithm', message: `key ${name} is of hmac-md5`, fix };
  }
  if (!BASE64.test(secret)) {
    const fix = 'make one with tsig-keygen, or with openssl rand -base64 32';
    return { code: 'bad-secret', message: `the secret of key ${name} is no base 64`, fix };
  }
  try {
    const wire = parseName(name);
    lowerCase(wire);
    return { name: wire, algorithm: found, secret: Buffer.from(secret, 'base64') };
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    return { code: 'bad-name', message: `key ${name}: ${error.message}`, fix: 'write a domain name, e.g. xfr' };
  }
}

function mistake(file: string, line: number, code: string, message: string, fix?: string): Diagnostic {
  return { code, severity: 'error', file, line, column: 0, message, ...(fix === undefined ? {} : { fix }) };
}

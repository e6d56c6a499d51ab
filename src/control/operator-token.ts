/** The first operator's token: made at the first start, in a file only its owner may read, where the command line finds it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newToken, type Tokens } from './tokens.ts';

const NAME = 'operator';

export function operatorTokenFile(stateDir: string): string {
  return join(stateDir, 'operator.token');
}

/** The token in the file, if there is one. */
export function readOperatorToken(stateDir: string): string | undefined {
  try {
    return readFileSync(operatorTokenFile(stateDir), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes the file and the token, unless there was one: a token that was revoked is not made again.
 * @returns whether it was made now
 */
export async function ensureOperatorToken(stateDir: string, tokens: Tokens): Promise<boolean> {
  const file = operatorTokenFile(stateDir);
  const text = readOperatorToken(stateDir);
  if (text !== undefined) {
    await tokens.adopt(NAME, 'operator', text);
    return false;
  }
  if (existsSync(file) || tokens.list().some(({ name }) => name === NAME)) return false;
  // The file first: after a crash between the two, the next start finds the token there.
  const made = newToken();
  writeFileSync(`${file}.tmp`, `${made.text}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.tmp`, file);
  await tokens.adopt(NAME, 'operator', made.text);
  return true;
}

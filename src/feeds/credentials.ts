/** What a feed shows who it asks. Read anew for every attempt, so that it can be changed under way; never part of a message. */
import { readFile } from 'node:fs/promises';
import { FeedError } from './feed.ts';

/** Where the secret is, a file or a variable of the environment. With a user it is a password (RFC 7617), else a bearer token (RFC 6750). */
export interface Credentials {
  readonly user?: string;
  readonly secret: { readonly file: string } | { readonly env: string };
}

/** The Authorization header. @throws FeedError that names the place, and nothing of what is there */
export async function authorization({ user, secret }: Credentials): Promise<string> {
  const text = 'env' in secret ? fromVariable(secret.env) : await fromFile(secret.file);
  if (!/^[\x21-\x7e]+$/.test(text)) {
    const place = 'env' in secret ? `variable ${secret.env}` : secret.file;
    throw new FeedError(`the secret in ${place} is empty, or has spaces or characters that no header can have`);
  }
  return user === undefined ? `Bearer ${text}` : `Basic ${Buffer.from(`${user}:${text}`).toString('base64')}`;
}

function fromVariable(name: string): string {
  const text = process.env[name];
  if (text === undefined) throw new FeedError(`the variable ${name}, which has its secret, is not set`);
  return text.trim();
}

async function fromFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FeedError(`its secret can't be read: ${file}: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
}

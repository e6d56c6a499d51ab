/** Certificates of their own authority, for this machine's address. */
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';

/** Makes `<name>.pem` and `<name>.key` in a folder, with a key nobody has had before; both take the place of older ones whole. Needs openssl. @param names it is of */
export function certificate(folder: string, name: string, names = 'IP:127.0.0.1'): void {
  const file = (ending: string): string => join(folder, `${name}.${ending}`);
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
  const output = ['-keyout', `${file('key')}.new`, '-out', `${file('pem')}.new`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...subject, ...output], { stdio: 'pipe' });
  for (const ending of ['key', 'pem']) renameSync(`${file(ending)}.new`, file(ending));
}

import { readFileSync } from 'node:fs';
import { type Command, parse, print, printJson } from './command.ts';

/** The version in package.json. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

export const version: Command = {
  name: 'version',
  synopsis: '[--json]',
  summary: 'Prints the versions of steerd and of the Node it runs on.',
  help: '',
  async run(args) {
    const { values } = parse(args, { json: { type: 'boolean' } });
    const versions = { steerd: ownVersion(), node: process.version };
    if (values.json) printJson(versions);
    else print(`steerd ${versions.steerd} (node ${versions.node})`);
    return 0;
  },
};

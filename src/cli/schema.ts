/** `steerd schema`: JSON Schemas of the files an operator edits. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportSchemas } from '../config/schema.ts';
import { type Command, parse, print, printJson, UsageError } from './command.ts';

export const schema: Command = {
  name: 'schema',
  synopsis: '[NAME] [--write DIR] [--json]',
  summary: 'Prints the JSON Schema of a file (steerd, network or zone), or writes all of them to a directory.',
  help: '  --write  directory to write <name>.schema.json files to\n  --json   is what it prints anyway\n',
  async run(args) {
    const { values, positionals } = parse(args, { write: { type: 'string' }, json: { type: 'boolean' } });
    const schemas = exportSchemas();
    if (values.write !== undefined) {
      mkdirSync(values.write, { recursive: true });
      for (const [file, content] of Object.entries(schemas)) {
        writeFileSync(join(values.write, file), `${JSON.stringify(content, null, 2)}\n`);
        print(join(values.write, file));
      }
      return 0;
    }
    const names = Object.keys(schemas).map((file) => file.replace(/\.schema\.json$/, ''));
    const [name] = positionals;
    if (name === undefined) {
      printJson(schemas);
      return 0;
    }
    const found = schemas[`${name}.schema.json`];
    if (found === undefined) throw new UsageError(`there is no schema ${name}; there are ${names.join(', ')}`);
    printJson(found);
    return 0;
  },
};

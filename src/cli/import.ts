/** `steerd import`: zone text as a YAML zone file. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ZoneYamlWriter } from '../config/zone/write.ts';
import { formatName } from '../wire/name.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { zoneTextSource } from '../zone/text/source.ts';
import { type Command, CommandError, parse, print, printJson, UsageError } from './command.ts';
import { countDiagnostics, printDiagnostics, readSettings } from './settings.ts';
import { nameArgument } from './zone-names.ts';

export const importZone: Command = {
  name: 'import',
  synopsis: 'FILE --zone ZONE [--output FILE] [--force] [--config FILE] [--json]',
  summary: 'Turns an RFC 1035 zone file into a YAML zone file in the zones directory.',
  help: '  --output  file to write (default: <zones>/<zone>.yaml; - prints it)\n  --force   overwrites a file that is there\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      zone: { type: 'string' },
      output: { type: 'string' },
      force: { type: 'boolean', default: false },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1 || values.zone === undefined) {
      throw new UsageError('import takes a file and --zone, e.g. import db.example --zone example.com');
    }
    const apex = nameArgument(values.zone);
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(file);
    } catch (error) {
      throw new CommandError(`${file} can't be read: ${(error as Error).message}`);
    }
    const diagnostics: Diagnostic[] = [];
    const writer = new ZoneYamlWriter(apex);
    let records = 0;
    zoneTextSource(file, apex, bytes, { read: (path) => readFileSync(path), root: dirname(file) }).read({
      record(owner, ownerEnd, type, ttl, rdata, rdataEnd) {
        records++;
        writer.record(owner, ownerEnd, type, ttl, rdata, rdataEnd);
      },
      report: (diagnostic) => diagnostics.push(diagnostic),
    });
    printDiagnostics(diagnostics);
    if (diagnostics.some((d) => d.severity === 'error'))
      throw new CommandError(`nothing written: ${countDiagnostics(diagnostics)} in ${file}`);

    const pieces: string[] = [];
    writer.finish((text) => pieces.push(text));
    const output =
      values.output ?? join(readSettings(values.config).zones, `${formatName(apex).replace(/\.$/, '')}.yaml`);
    if (output === '-') {
      process.stdout.write(pieces.join(''));
      return 0;
    }
    if (existsSync(output) && !values.force)
      throw new CommandError(`${output} is there already; --force overwrites it`);
    // Written beside and renamed, so that a running server never reads half a file.
    writeFileSync(`${output}.new`, pieces.join(''));
    renameSync(`${output}.new`, output);
    if (values.json) printJson({ file: output, records });
    else print(`${output}: ${records} records`);
    return 0;
  },
};

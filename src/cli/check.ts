/** `steerd check`: every mistake in the files, in one run. */
import { type Command, parse, print, printJson } from './command.ts';
import { forcesFor } from './forces.ts';
import { OfflineTables } from './offline.ts';
import { countDiagnostics, printDiagnostics, readSettings } from './settings.ts';

export const check: Command = {
  name: 'check',
  synopsis: '[DIR] [--config FILE] [--json]',
  summary: 'Checks the network and zone files and prints every mistake; exit status 1 if there is one.',
  help: '  DIR       directory of network.yaml and the zone files (default: zones: of steerd.yaml)\n  --config  settings file (default: steerd.yaml, if there is one)\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const settings = readSettings(values.config);
    const directory = positionals[0] ?? settings.zones;
    const result = new OfflineTables().load(directory);
    // Forced states name groups and services of this network; another directory has its own.
    const forced = result.ok && positionals[0] === undefined ? forcesFor(settings)(result.network).diagnostics : [];
    const diagnostics = [...(result.ok ? result.warnings : result.diagnostics), ...forced];
    const ok = !diagnostics.some((d) => d.severity === 'error');
    if (values.json) printJson({ ok, diagnostics });
    else {
      printDiagnostics(diagnostics);
      if (result.ok && ok) {
        const hosts = result.zones.reduce((sum, z) => sum + z.hosts, 0);
        const records = result.zones.reduce((sum, z) => sum + z.records, 0);
        const warned = diagnostics.length > 0 ? `, ${countDiagnostics(diagnostics)}` : '';
        print(`${directory}: ${result.zones.length} zones, ${hosts} steered hosts, ${records} records: good${warned}`);
      } else print(`${directory}: ${countDiagnostics(diagnostics)}`);
    }
    return ok ? 0 : 1;
  },
};

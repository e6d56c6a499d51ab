/** `steerd diff`: what a reload would change, before it does. */
import type { ChangeReport, LoadFailure, LoadSuccess } from '../compile/compiler.ts';
import { askServer } from '../control/control-socket.ts';
import { type Command, CommandError, parse, print, printJson, UsageError } from './command.ts';
import { OfflineTables } from './offline.ts';
import { changeText } from './report.ts';
import { countDiagnostics, printDiagnostics, readSettings } from './settings.ts';

export const diff: Command = {
  name: 'diff',
  synopsis: '[OLD_DIR NEW_DIR] [--config FILE] [--json]',
  summary: 'Shows what the files would change in the running server, or what differs between two directories.',
  help: '  Exit status 0: nothing would change; 1: something would; 2: the files have mistakes.\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const [from, to] = positionals;
    if (positionals.length !== 0 && positionals.length !== 2)
      throw new UsageError('diff takes no directory, or two: the old and the new one');
    let result: LoadSuccess | LoadFailure;
    if (from !== undefined) {
      const tables = new OfflineTables();
      tables.mustLoad(from);
      result = tables.load(to);
    } else {
      const { stateDir } = readSettings(values.config);
      const reply = await askServer(stateDir, { command: 'diff' });
      if (reply === undefined)
        throw new CommandError(
          `no steerd runs with the state directory ${stateDir}; start it, or compare two directories`,
          2,
        );
      result = reply.result as LoadSuccess | LoadFailure;
    }
    if (!result.ok) {
      if (values.json) printJson({ ok: false, diagnostics: result.diagnostics });
      else {
        printDiagnostics(result.diagnostics);
        print(`nothing would change: the files have ${countDiagnostics(result.diagnostics)}`);
      }
      return 2;
    }
    const changes: ChangeReport = result.changes;
    if (values.json) printJson({ ok: true, changes, diagnostics: result.warnings });
    else {
      printDiagnostics(result.warnings);
      print(changeText(changes, Number.POSITIVE_INFINITY));
    }
    return changeText(changes) === 'no changes' ? 0 : 1;
  },
};

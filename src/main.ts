/** The command line: finds the subcommand and runs it. */
import { alive } from './cli/alive.ts';
import { audit } from './cli/audit.ts';
import { check } from './cli/check.ts';
import { type Command, CommandError, UsageError } from './cli/command.ts';
import { decisions } from './cli/decisions.ts';
import { diff } from './cli/diff.ts';
import { events } from './cli/events.ts';
import { explain } from './cli/explain.ts';
import { exportZone } from './cli/export.ts';
import { feeds } from './cli/feeds.ts';
import { group } from './cli/group.ts';
import { groups } from './cli/groups.ts';
import { health } from './cli/health.ts';
import { host } from './cli/host.ts';
import { hosts } from './cli/hosts.ts';
import { importZone } from './cli/import.ts';
import { move } from './cli/move.ts';
import { moves } from './cli/moves.ts';
import { query } from './cli/query.ts';
import { revert } from './cli/revert.ts';
import { schema } from './cli/schema.ts';
import { serve } from './cli/serve.ts';
import { services } from './cli/services.ts';
import { token } from './cli/token.ts';
import { version } from './cli/version.ts';

const COMMANDS: readonly Command[] = [
  serve,
  hosts,
  host,
  move,
  moves,
  revert,
  groups,
  group,
  services,
  health,
  feeds,
  explain,
  decisions,
  audit,
  events,
  token,
  check,
  diff,
  schema,
  importZone,
  exportZone,
  query,
  alive,
  version,
];

function usage(): string {
  const width = Math.max(...COMMANDS.map((c) => `${c.name} ${c.synopsis}`.length));
  const lines = COMMANDS.map((c) => `  ${`${c.name} ${c.synopsis}`.padEnd(width)}  ${c.summary}`);
  return `usage: steerd COMMAND [options]\n\n${lines.join('\n')}\n\nsteerd COMMAND --help tells more. Options of steerd.yaml: docs/configuration.md.\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((c) => c.name === (name === '--version' ? 'version' : name));
  if (command === undefined) throw new UsageError(`there is no command ${name}; steerd help lists them`);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`usage: steerd ${command.name} ${command.synopsis}\n\n${command.summary}\n${command.help}`);
    return 0;
  }
  return command.run(rest);
}

// `steerd hosts | head`: who reads no further has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommandError) {
    process.stderr.write(`steerd: ${error.message}\n`);
    process.exitCode = error.status;
  } else throw error;
}

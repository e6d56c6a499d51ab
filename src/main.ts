/** The command line: finds the subcommand and runs it. */
import { type Command, CommandError, UsageError } from './cli/command.ts';

/** By name, in the order of usage. Each is loaded when it is run: the server has no use for a client's code, nor the other way round. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  hosts: async () => (await import('./cli/hosts.ts')).hosts,
  host: async () => (await import('./cli/host.ts')).host,
  move: async () => (await import('./cli/move.ts')).move,
  moves: async () => (await import('./cli/moves.ts')).moves,
  revert: async () => (await import('./cli/revert.ts')).revert,
  groups: async () => (await import('./cli/groups.ts')).groups,
  group: async () => (await import('./cli/group.ts')).group,
  services: async () => (await import('./cli/services.ts')).services,
  health: async () => (await import('./cli/health.ts')).health,
  feeds: async () => (await import('./cli/feeds.ts')).feeds,
  ipam: async () => (await import('./cli/ipam.ts')).ipam,
  whatif: async () => (await import('./cli/whatif.ts')).whatif,
  guards: async () => (await import('./cli/guards.ts')).guards,
  freeze: async () => (await import('./cli/freeze.ts')).freeze,
  explain: async () => (await import('./cli/explain.ts')).explain,
  decisions: async () => (await import('./cli/decisions.ts')).decisions,
  updates: async () => (await import('./cli/updates.ts')).updates,
  audit: async () => (await import('./cli/audit.ts')).audit,
  events: async () => (await import('./cli/events.ts')).events,
  token: async () => (await import('./cli/token.ts')).token,
  dnssec: async () => (await import('./cli/dnssec.ts')).dnssec,
  secondary: async () => (await import('./cli/secondary.ts')).secondary,
  check: async () => (await import('./cli/check.ts')).check,
  diff: async () => (await import('./cli/diff.ts')).diff,
  schema: async () => (await import('./cli/schema.ts')).schema,
  import: async () => (await import('./cli/import.ts')).importZone,
  export: async () => (await import('./cli/export.ts')).exportZone,
  query: async () => (await import('./cli/query.ts')).query,
  alive: async () => (await import('./cli/alive.ts')).alive,
  version: async () => (await import('./cli/version.ts')).version,
};

async function usage(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...commands.map((c) => `${c.name} ${c.synopsis}`.length));
  const lines = commands.map((c) => `  ${`${c.name} ${c.synopsis}`.padEnd(width)}  ${c.summary}`);
  return `usage: steerd COMMAND [options]\n\n${lines.join('\n')}\n\nsteerd COMMAND --help tells more. Options of steerd.yaml: docs/configuration.md.\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(await usage());
    return name === undefined ? 2 : 0;
  }
  const wanted = name === '--version' ? 'version' : name;
  if (!Object.hasOwn(COMMANDS, wanted)) throw new UsageError(`there is no command ${name}; steerd help lists them`);
  const command = await COMMANDS[wanted]();
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

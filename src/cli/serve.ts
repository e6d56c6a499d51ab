/** `steerd serve`: the server in the foreground, until SIGTERM or SIGINT. */
import type { LoadSuccess } from '../compile/compiler.ts';
import type { Settings } from '../config/settings.ts';
import { ControlSocket } from '../control/control-socket.ts';
import { type MoveRecord, type MoveStatus, statusOf } from '../control/moves/record.ts';
import { FirstLoadError, Server, type ServerConfig, type ServerEvents } from '../control/server.ts';
import { StateError } from '../control/state-dir.ts';
import { type Logger, makeLog } from '../telemetry/log.ts';
import { formatListen, type ListenAddress } from '../transport/socket-address.ts';
import { ListenError } from '../transport/sockets.ts';
import { formatDiagnostic } from '../zone/diagnostic.ts';
import { type Command, CommandError, parse, print } from './command.ts';
import { changeText } from './report.ts';
import { countDiagnostics, printDiagnostics, readSettings } from './settings.ts';
import { ownVersion } from './version.ts';

export const serve: Command = {
  name: 'serve',
  synopsis: '[--config FILE] [--json]',
  summary: 'Runs the server in the foreground; reloads when files change and on SIGHUP, ends on SIGTERM.',
  help: '  --config  settings file (default: steerd.yaml, if there is one; every key also as STEERD_… variable)\n  --json    prints what it serves as one line of JSON\n',
  async run(args) {
    const { values } = parse(args, { config: { type: 'string' }, json: { type: 'boolean', default: false } });
    const settings = readSettings(values.config);
    const log = makeLog(settings.log);
    const began = performance.now();
    // Before anything else: a SIGHUP that comes while the first load runs must not end the process.
    let running: Server | undefined;
    process.on('SIGHUP', () => void running?.reload());
    const server = await start(serverConfig(settings), events(log));
    running = server;
    const control = await openControl(settings.stateDir, server, log);
    const ready = Math.round(performance.now() - began);
    if (values.json)
      print(
        JSON.stringify({
          ready: true,
          milliseconds: ready,
          listen: server.workers.addresses,
          zones: server.last?.zones.length,
        }),
      );
    else print(banner(server.last!, server.workers.addresses, settings, ready));

    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    log.info({ event: 'stopping' }, 'stopping');
    control?.close();
    await server.stop();
    return 0;
  },
};

/** Opens the control socket. Without it names are served all the same; only `steerd diff` can't ask. */
async function openControl(stateDir: string, server: Server, log: Logger): Promise<ControlSocket | undefined> {
  try {
    return await ControlSocket.listen(stateDir, async ({ command }) =>
      command === 'diff' ? server.preview() : { counters: server.counters(), addresses: server.workers.addresses },
    );
  } catch (error) {
    const why = (error as Error).message;
    log.warn(
      { event: 'warning' },
      `no control socket in ${stateDir}, so steerd diff can't ask this server: ${why}; a shorter state_dir: may help`,
    );
    return undefined;
  }
}

/** Starts, with everything that can go wrong made a message. */
async function start(config: ServerConfig, told: ServerEvents): Promise<Server> {
  try {
    return await Server.start(config, told);
  } catch (error) {
    if (error instanceof FirstLoadError) {
      printDiagnostics(error.diagnostics);
      throw new CommandError(`not started: ${countDiagnostics(error.diagnostics)} in ${config.zones}`);
    }
    if (error instanceof StateError || error instanceof ListenError)
      throw new CommandError(`not started: ${error.message}`);
    throw error;
  }
}

export function serverConfig(settings: Settings): ServerConfig {
  return {
    zones: settings.zones,
    stateDir: settings.stateDir,
    listen: settings.listen,
    transport: settings.transport,
    packet: {
      udpWorkers: settings.workers,
      streamWorkers: settings.streamWorkers,
      udpSize: settings.udpPayloadSize,
      tcp: settings.tcp,
      responder: {
        udpSize: settings.udpPayloadSize,
        nsid: settings.nsid === undefined ? undefined : new TextEncoder().encode(settings.nsid),
        version: settings.version,
        id: settings.id,
      },
    },
    watch: settings.reload.watch ? { settle: settings.reload.settle } : undefined,
    states: settings.states,
  };
}

function events(log: Logger): ServerEvents {
  let first = true;
  return {
    loaded(result, generation) {
      for (const warning of result.warnings) log.warn({ event: 'zone_warning', ...warning }, formatDiagnostic(warning));
      const { lines: _, ...changes } = result.changes;
      const fields = {
        event: 'loaded',
        generation,
        milliseconds: Math.round(result.milliseconds),
        zones: result.zones.length,
        ...changes,
      };
      if (first) log.debug(fields, `loaded ${result.zones.length} zones`);
      else log.info({ ...fields, detail: changeText(result.changes) }, `reloaded in ${fields.milliseconds} ms`);
      first = false;
    },
    unchanged() {
      log.info({ event: 'unchanged' }, 'reload: nothing has changed');
    },
    rejected(result) {
      const detail = result.diagnostics.map(formatDiagnostic).join('\n');
      log.error(
        { event: 'reload_refused', errors: result.diagnostics.length, detail },
        `reload refused: ${countDiagnostics(result.diagnostics)}; the last good set is served on`,
      );
    },
    workerRestarted(worker, error) {
      log.error(
        { event: 'worker_restarted', worker, cause: error?.message },
        `worker ${worker} died (${error?.message ?? 'no reason given'}) and was replaced`,
      );
    },
    moved(move) {
      const { id, kind, hosts, reason, author } = move;
      const status = statusOf(move, Date.now());
      log.info({ event: 'moved', move: id, kind, status, hosts, reason, author }, moveText(move, status));
    },
    warning(message) {
      log.warn({ event: 'warning' }, message);
    },
  };
}

/** `move 7: 12 hosts to europe, moving (by operator: maintenance)` */
function moveText({ id, kind, hosts, to, of, author, reason }: MoveRecord, status: MoveStatus): string {
  const where = to === undefined ? '' : ` to ${to}`;
  const what = of === undefined ? kind : `${kind} of move ${of}`;
  return `${what}, number ${id}: ${hosts} ${hosts === 1 ? 'host' : 'hosts'}${where}, ${status} (${author}: ${reason})`;
}

/** What is served, and what to try. */
function banner(
  load: LoadSuccess,
  addresses: readonly ListenAddress[],
  settings: Settings,
  milliseconds: number,
): string {
  const hosts = load.zones.reduce((sum, z) => sum + z.hosts, 0);
  const groups = load.network.groups.map((g) => g.id).join(', ');
  const shown = load.zones
    .slice(0, 10)
    .map((z) => `  ${z.name.padEnd(20)} serial ${z.serial}  ${z.hosts} steered, ${z.records} records  (${z.file})`);
  if (load.zones.length > shown.length) shown.push(`  … and ${load.zones.length - shown.length} more zones`);
  const lines = [
    `steerd ${ownVersion()}: ${load.zones.length} zones, ${hosts} steered hosts, ready in ${milliseconds} ms`,
    ...shown,
    `groups: ${groups}`,
    `listening on ${addresses.map(formatListen).join(', ')} (UDP and TCP)`,
  ];
  const example = load.zones.find((z) => z.name === 'example.net.');
  const to = addresses[0];
  if (example !== undefined && to !== undefined) {
    lines.push(
      '',
      'try:',
      `  dig @${to.host} -p ${to.port} shop.example.net AAAA +short`,
      `  dig @${to.host} -p ${to.port} shop.example.net A +short`,
      '  npm run -s steerd -- explain shop.example.net --type A',
      `edit ${settings.zones}/example.net.yaml and ask again: the new answer is served at once`,
    );
  }
  return lines.join('\n');
}

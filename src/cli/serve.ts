/** `steerd serve`: the server in the foreground, until SIGTERM or SIGINT. */

import { randomFillSync } from 'node:crypto';
import { LIMITER_KEY_WORDS } from '../answer/rate-limiter.ts';
import type { ApiContext } from '../api/context.ts';
import { EventStream } from '../api/event-stream.ts';
import type { ApiServer } from '../api/server.ts';
import { giveMemoryBack } from '../compile/collect.ts';
import type { Settings } from '../config/settings.ts';
import { ControlSocket } from '../control/control-socket.ts';
import { CookieError } from '../control/cookie-keys.ts';
import { ensureOperatorToken, operatorTokenFile } from '../control/operator-token.ts';
import { FirstLoadError, Server } from '../control/server.ts';
import type { ServerConfig } from '../control/server-config.ts';
import type { ServerEvents } from '../control/server-events.ts';
import { StateError } from '../control/state-dir.ts';
import { TlsError } from '../control/tls-files.ts';
import { Tokens } from '../control/tokens.ts';
import { StoreError } from '../store/store.ts';
import { type Logger, makeLog } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { formatListen, isLoopback } from '../transport/socket-address.ts';
import { ListenError } from '../transport/sockets.ts';
import { XdpError } from '../transport/xdp/interface.ts';
import { withAccessWarnings } from './access-warnings.ts';
import { bannerText } from './banner.ts';
import { type Command, CommandError, parse, print } from './command.ts';
import { serverEvents } from './serve-events.ts';
import { countDiagnostics, keyDirectory, printDiagnostics, readSettings } from './settings.ts';
import { ownVersion } from './version.ts';

/** How long after the start the memory it took is given back. */
const COLLECT_AFTER_MS = 1000;

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
    let running: { readonly server: Server; readonly api: ApiServer | undefined } | undefined;
    process.on('SIGHUP', () => {
      void running?.server.reload();
      void running?.server.reloadGeo();
      running?.server.reloadTls();
      running?.server.reloadCookies();
      running?.server.reloadKeys();
      renewTls(running?.api, log);
    });
    const stream = new EventStream();
    let server: Server | undefined;
    // Nothing is read before the first scrape, and that comes to the API, which is opened last.
    const metrics = new Metrics({ read: () => server!.reading(ownVersion()) });
    const logged = serverEvents(log, stream, (milliseconds, ok) => metrics.storeCommit(milliseconds, ok));
    const told = withAccessWarnings(logged, settings.access);
    const starting = start(serverConfig(settings), told);
    // The zones are being read by now. What opens last is loaded meanwhile.
    const loadingApi = settings.api === undefined ? undefined : loadApi().catch(() => undefined);
    [server] = await Promise.all([starting, loadingApi]);
    const opened = await openApi(settings, server, stream, metrics, log);
    running = { server, api: opened?.api };
    const control = await openControl(settings.stateDir, server, opened?.api, log);
    const milliseconds = Math.round(performance.now() - began);
    const { addresses: listen, interfaces, secureAddresses: secure } = server.workers;
    const xdp = interfaces.map(({ name, queues, native }) => ({ name, queues, native }));
    const api = opened?.api.addresses;
    const load = server.last!;
    const { dot, doh } = secure ?? { dot: [], doh: [] };
    if (values.json)
      print(JSON.stringify({ ready: true, milliseconds, listen, dot, doh, xdp, api, zones: load.zones.length }));
    else {
      const { zones, stateDir } = settings;
      const newToken = opened?.newToken === true ? operatorTokenFile(stateDir) : undefined;
      const shown = api === undefined ? undefined : { addresses: api, tls: settings.api?.tls !== undefined };
      print(bannerText({ load, addresses: listen, dot, doh, xdp, api: shown, newToken, zones, milliseconds }));
    }

    // What a start leaves behind, once those who waited for it have had their first answers.
    setTimeout(giveMemoryBack, COLLECT_AFTER_MS).unref();

    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    log.info({ event: 'stopping' }, 'stopping');
    control?.close();
    await opened?.api.close();
    await server.stop();
    return 0;
  },
};

/** The API's code, most of all that the server loads. */
function loadApi(): Promise<typeof import('../api/server.ts')> {
  return import('../api/server.ts');
}

/** Opens the API, and makes the first operator's token if there is none. Without it names are served all the same, but the server does not start half. */
async function openApi(
  settings: Settings,
  server: Server,
  events: EventStream,
  metrics: ApiContext['metrics'],
  log: Logger,
): Promise<{ api: ApiServer; newToken: boolean } | undefined> {
  if (settings.api === undefined) return undefined;
  const { ApiError, ApiServer } = await loadApi();
  try {
    const tokens = new Tokens(server.store);
    await tokens.load();
    const newToken = await ensureOperatorToken(settings.stateDir, tokens);
    const context = { server, tokens, events, metrics, version: ownVersion() };
    const failed = (error: Error): void =>
      log.error({ event: 'api_fault', cause: error.stack }, `a fault in the API: ${error.message}`);
    const api = await ApiServer.open(context, { ...settings.api, failed });
    for (const address of api.addresses) {
      if (settings.api.tls === undefined && !isLoopback(address.host))
        log.warn(
          { event: 'warning' },
          `the API listens on ${formatListen(address)} without TLS: tokens can be read on the way; set api.tls_cert and api.tls_key`,
        );
    }
    return { api, newToken };
  } catch (error) {
    await server.stop();
    if (error instanceof ApiError || error instanceof StoreError || (error as NodeJS.ErrnoException).code !== undefined)
      throw new CommandError(`not started: ${(error as Error).message}`);
    throw error;
  }
}

function renewTls(api: ApiServer | undefined, log: Logger): void {
  try {
    api?.renewTls();
  } catch (error) {
    log.warn({ event: 'warning' }, `${(error as Error).message}; the certificate read before is used on`);
  }
}

/** Opens the control socket. Without it names are served all the same; only commands that ask through it can't. */
async function openControl(
  stateDir: string,
  server: Server,
  api: ApiServer | undefined,
  log: Logger,
): Promise<ControlSocket | undefined> {
  try {
    return await ControlSocket.listen(stateDir, async (request) => {
      if (request.command === 'diff') return server.preview();
      if (request.command === 'status') return { addresses: server.workers.addresses, api: api?.addresses };
      if (api === undefined) throw new Error('api.enabled is false');
      return api.local(request.method, request.path, request.body);
    });
  } catch (error) {
    const why = (error as Error).message;
    log.warn(
      { event: 'warning' },
      `no control socket in ${stateDir}, so steerd diff and steerd token can't ask this server: ${why}; a shorter state_dir: may help`,
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
    if (
      error instanceof StateError ||
      error instanceof ListenError ||
      error instanceof XdpError ||
      error instanceof TlsError ||
      error instanceof CookieError
    )
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
      logEvery: settings.log.queries,
      udpSize: settings.udpPayloadSize,
      xdp: settings.xdp,
      tcp: settings.tcp,
      secure: settings.tls,
      ...(settings.proxies === undefined ? {} : { proxies: settings.proxies }),
      responder: {
        udpSize: settings.udpPayloadSize,
        nsid: settings.nsid === undefined ? undefined : new TextEncoder().encode(settings.nsid),
        version: settings.version,
        id: settings.id,
        ecsTrust: settings.ecs.trust,
        tsigKeys: settings.tsigKeys,
        transfers: settings.transfer?.allow ?? [],
        access: settings.access,
        ...(settings.secondary && { notifications: settings.secondary.notifications }),
        updates: settings.update?.allow ?? [],
        idleTimeout: settings.tcp.idleTimeout,
        ...(settings.rateLimit === undefined
          ? {}
          : { rateLimit: { ...settings.rateLimit, key: randomFillSync(new Int32Array(LIMITER_KEY_WORDS)) } }),
      },
    },
    watch: settings.reload.watch ? { settle: settings.reload.settle } : undefined,
    geo: { country: settings.geo.countryDatabase, asn: settings.geo.asnDatabase },
    dnssec: { ...settings.dnssec, keyDir: keyDirectory(settings) },
    health: settings.health,
    states: settings.states,
    ...(settings.transfer === undefined ? {} : { transfer: settings.transfer.policy }),
    ...(settings.secondary === undefined ? {} : { secondary: settings.secondary.policy }),
    ...(settings.update === undefined ? {} : { update: settings.update }),
    tls: settings.tls,
    cookies: settings.cookies,
  };
}

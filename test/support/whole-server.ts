/** The whole server, its API too, in the process of the test: for what only its parts can tell. */
import type { ApiContext } from '../../src/api/context.ts';
import { EventStream } from '../../src/api/event-stream.ts';
import { ApiServer } from '../../src/api/server.ts';
import { Server } from '../../src/control/server.ts';
import type { ServerConfig } from '../../src/control/server-config.ts';
import type { ServerEvents } from '../../src/control/server-events.ts';
import { Tokens } from '../../src/control/tokens.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { ListenError } from '../../src/transport/sockets.ts';
import type { TsigKey } from '../../src/wire/tsig.ts';
import { ApiCaller } from './api.ts';
import { remove, type Workplace, workplace } from './steerd-process.ts';

const silent: ServerEvents = {
  loaded: () => {},
  unchanged: () => {},
  rejected: () => {},
  workerRestarted: () => {},
  unsigned: () => {},
  warning: () => {},
  keysMade: () => {},
  keysChanged: () => {},
  moved: () => {},
  forced: () => {},
  frozen: () => {},
  guarded: () => {},
  closed: () => {},
  overloaded: () => {},
  passed: () => {},
  query: () => {},
  limited: () => {},
  committed: () => {},
  decided: () => {},
  transferable: () => {},
  notified: () => {},
  arrived: () => {},
  secondary: () => {},
  located: () => {},
  verdict: () => {},
  cutOff: () => {},
  checkerReplaced: () => {},
  feed: () => {},
  feedsReplaced: () => {},
  route: () => {},
  certificate: () => {},
};

export interface WholeOptions {
  readonly transport?: 'auto' | 'batched' | 'dgram';
  readonly udpWorkers?: number;
  readonly streamWorkers?: number;
  /** In place of the real ones. */
  readonly metrics?: ApiContext['metrics'];
  /** Whoever signs with it may update anything. */
  readonly updateKey?: TsigKey;
  readonly warning?: ServerEvents['warning'];
}

export class WholeServer {
  readonly server: Server;
  /** As an operator. */
  readonly caller: ApiCaller;
  /** Faults of ours that requests met. */
  readonly faults: Error[];
  readonly #api: ApiServer;
  readonly #place: Workplace;

  private constructor(server: Server, caller: ApiCaller, faults: Error[], api: ApiServer, place: Workplace) {
    this.server = server;
    this.caller = caller;
    this.faults = faults;
    this.#api = api;
    this.#place = place;
  }

  /** The example network, on ports of their own. */
  static async start(options: WholeOptions = {}): Promise<WholeServer> {
    const place = workplace();
    const listen = [{ host: '127.0.0.1', port: 0 }];
    const { updateKey, warning = silent.warning } = options;
    const keys = updateKey === undefined ? [] : [updateKey];
    const allow = keys.map(({ name }) => ({ ...ANYTHING, keys: [name] }));
    const limits = { perName: 100, perZone: 1000, perKey: 1000 };
    const config: ServerConfig = {
      zones: place.zones,
      stateDir: place.state,
      listen,
      transport: options.transport ?? 'auto',
      packet: {
        udpWorkers: options.udpWorkers ?? 1,
        streamWorkers: options.streamWorkers ?? 1,
        udpSize: 1232,
        tcp: { idleTimeout: 300_000, maxConnections: 1000, maxPerClient: 1000, maxPipelined: 100 },
        responder: {
          udpSize: 1232,
          nsid: undefined,
          version: undefined,
          id: undefined,
          tsigKeys: keys,
          updates: allow,
        },
      },
      ...(updateKey === undefined ? {} : { update: { allow, limits } }),
      watch: undefined,
      geo: { country: undefined, asn: undefined },
      dnssec: { keyDir: '', signatures: 1024, zones: [] },
      health: { exec: false, firstRound: 10_000 },
      states: {},
    };
    const server = await startOnFreePorts(config, { ...silent, warning });
    const tokens = new Tokens(server.store);
    const { text } = await tokens.create('test', 'operator', undefined, () => []);
    const metrics = options.metrics ?? new Metrics({ read: () => server.reading('test') });
    const faults: Error[] = [];
    const api = await ApiServer.open(
      { server, tokens, events: new EventStream(), metrics, version: 'test' },
      { listen, bodyLimit: 1024, rateLimit: 100_000, failed: (error) => faults.push(error) },
    );
    const caller = new ApiCaller(`http://127.0.0.1:${api.addresses[0].port}`, text);
    return new WholeServer(server, caller, faults, api, place);
  }

  /** The folder of its zone files. */
  get zones(): string {
    return this.#place.zones;
  }

  async stop(): Promise<void> {
    await this.#api.close();
    await this.server.stop();
    remove(this.#place);
  }
}

const START_TRIES = 5;
const ANYTHING = { zones: undefined, networks: undefined, names: undefined, types: undefined };

/** Through node's sockets UDP gets any port, and a connection of another test may have that of TCP: then with others. */
async function startOnFreePorts(config: ServerConfig, events: ServerEvents): Promise<Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await Server.start(config, events);
    } catch (error) {
      if (config.transport !== 'dgram' || !(error instanceof ListenError) || tries === START_TRIES) throw error;
    }
  }
}

/** Tables, writer and real packet workers on loopback, fed with made-up zones: the server without files. */
import type { SignedZonesConfig } from '../../src/answer/signed-zones.ts';
import { Compiler } from '../../src/compile/compiler.ts';
import type { InputSet } from '../../src/compile/input.ts';
import { PacketWorkers, workerCount } from '../../src/control/packet-workers.ts';
import { Publisher } from '../../src/control/publisher.ts';
import type { SigningFailure } from '../../src/control/signing/signers.ts';
import type { Force } from '../../src/steering/model.ts';
import { makeControlBlock } from '../../src/tables/control-block.ts';
import { loadLibc } from '../../src/transport/libc.ts';
import type { Proxies } from '../../src/transport/proxy-header.ts';
import type { LoggedQuery } from '../../src/transport/query-log.ts';
import type { Listener } from '../../src/transport/socket-address.ts';
import { ListenError } from '../../src/transport/sockets.ts';
import { formatDiagnostic } from '../../src/zone/diagnostic.ts';
import { SEED } from './tables.ts';

const START_TRIES = 20;

export interface RigOptions {
  readonly transport?: 'batched' | 'dgram';
  readonly udpWorkers?: number;
  readonly streamWorkers?: number;
  readonly udpSize?: number;
  readonly listen?: readonly Listener[];
  readonly tcp?: { idleTimeout?: number; maxConnections?: number; maxPerClient?: number; maxPipelined?: number };
  readonly nsid?: string;
  readonly xdp?: readonly string[];
  readonly proxies?: Proxies;
  /** Log one query of so many (`queries`). */
  readonly logEvery?: number;
  readonly dnssec?: SignedZonesConfig;
  readonly signers?: number;
}

export class Rig {
  readonly publisher: Publisher;
  readonly workers: PacketWorkers;
  readonly compiler: Compiler;
  restarts: string[] = [];
  readonly unsigned: SigningFailure[] = [];
  readonly queries: LoggedQuery[] = [];

  private constructor(options: RigOptions) {
    const config = {
      udpWorkers: options.udpWorkers ?? 1,
      streamWorkers: options.streamWorkers ?? 1,
      udpSize: options.udpSize ?? 1232,
      xdp: options.xdp ?? [],
      ...(options.proxies === undefined ? {} : { proxies: options.proxies }),
      logEvery: options.logEvery ?? 0,
      tcp: { idleTimeout: 2000, maxConnections: 100, maxPerClient: 100, maxPipelined: 50, ...options.tcp },
      responder: {
        seed: SEED,
        udpSize: options.udpSize ?? 1232,
        nsid: options.nsid === undefined ? undefined : new TextEncoder().encode(options.nsid),
        version: undefined,
        id: undefined,
        ...(options.dnssec === undefined ? {} : { dnssec: options.dnssec }),
      },
      ...(options.signers === undefined ? {} : { signers: options.signers }),
    };
    const control = makeControlBlock(workerCount(config));
    this.publisher = new Publisher(control, SEED);
    this.compiler = new Compiler(this.publisher.arenas, SEED);
    const libc = options.transport === 'dgram' ? undefined : loadLibc();
    this.workers = new PacketWorkers(config, this.publisher.arenas, control, this.publisher.generation, libc, {
      restarted: (worker) => this.restarts.push(worker),
      unsigned: (failure) => this.unsigned.push(failure),
      query: (query) => this.queries.push(query),
    });
  }

  static async start(input: InputSet, options: RigOptions = {}): Promise<Rig> {
    for (let tries = 1; ; tries++) {
      const rig = new Rig(options);
      try {
        rig.workers.open(options.listen ?? [{ host: '127.0.0.1', port: 0 }]);
        await rig.load(input);
        await rig.workers.start();
        return rig;
      } catch (error) {
        await rig.stop();
        // Through node's sockets UDP gets any port, and a connection of another test may have that of TCP.
        const chosen = options.transport === 'dgram' && (options.listen ?? []).every(({ port }) => port === 0);
        if (!chosen || !(error instanceof ListenError) || tries === START_TRIES) throw error;
      }
    }
  }

  get address(): { host: string; port: number } {
    return this.workers.addresses[0];
  }

  /** Compiles, then (after `between`) publishes. */
  async load(input: InputSet, between: () => void = () => {}, forces: readonly Force[] = []): Promise<void> {
    const target = await this.publisher.freeTarget();
    const { served } = this.publisher;
    const result = this.compiler.load({ input, served, target, now: 1_700_000_000, remembered: new Map() });
    if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
    this.workers.useNetwork(result.network);
    between();
    await this.publisher.exclusive(() => this.publisher.install(result, forces));
  }

  /** Overrides a host (wire form, lower case), or with no group returns it to its declaration. @returns whether there is such a host */
  move(name: Uint8Array, group?: string): boolean {
    const { overrides } = this.publisher;
    const move = group === undefined ? 0 : 1;
    const host = overrides.intern(name, 0, name.length);
    overrides.set(host, { ipv4: group, ipv6: group, move4: move, move6: move, prepare: 0, prepareTtl: 0 });
    return this.publisher.refresh(name);
  }

  stop(): Promise<void> {
    return this.workers.stop();
  }
}

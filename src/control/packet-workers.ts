/**
 * The life of the packet workers: started on the sockets the main thread opened, replaced when they die, stopped together.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { ANSWER_SLOTS, COUNTER_WORDS } from '../answer/counters.ts';
import type { ResponderConfig } from '../answer/responder-config.ts';
import { publicZone } from '../dnssec/zone-keys.ts';
import type { Network } from '../steering/model.ts';
import type { Arenas } from '../tables/arena.ts';
import type { GenerationWriter } from '../tables/control-block.ts';
import { closeDescriptors, type Descriptors, makeDescriptors } from '../transport/descriptors.ts';
import { expandWildcard } from '../transport/dgram-udp.ts';
import type { Libc } from '../transport/libc.ts';
import type { Notification } from '../transport/notification-port.ts';
import { makePeerSample, type PeerSample } from '../transport/peer-sample.ts';
import type { SentUpdate, UpdateChannel, UpdateReply } from '../transport/pending-updates.ts';
import type { Proxies } from '../transport/proxy-header.ts';
import type { LoggedQuery } from '../transport/query-log.ts';
import { makeResolverSample, type ResolverSample, setClock } from '../transport/resolver-sample.ts';
import type { SecureListen, SecureWorkerData, ToSecureWorker } from '../transport/secure-worker.ts';
import type { ListenAddress, Listener } from '../transport/socket-address.ts';
import { closeAddress, type OpenAddress, openAddress, refusal } from '../transport/sockets.ts';
import type { TcpLimits } from '../transport/stream.ts';
import type { StreamWorkerData } from '../transport/stream-worker.ts';
import type { TlsMaterial } from '../transport/tls.ts';
import type { UdpWorkerData } from '../transport/udp-worker.ts';
import { openWake, Wake } from '../transport/wake.ts';
import type { WorkerTables } from '../transport/worker-tables.ts';
import { XdpError, XdpInterface } from '../transport/xdp/interface.ts';
import type { XdpQueue } from '../transport/xdp/xdp-socket.ts';
import { restartDelay, SLOWEST_RESTART } from './restart-delay.ts';
import { Signers, type SigningFailure } from './signing/signers.ts';

/** How often the workers are told the time. */
const CLOCK_MS = 1000;

export interface PacketConfig {
  readonly udpWorkers: number;
  readonly streamWorkers: number;
  readonly udpSize: number;
  readonly tcp: TcpLimits;
  /** Interfaces served by XDP. */
  readonly xdp?: readonly string[];
  /** Threads for TLS, and where they listen; none without it. */
  readonly secure?: SecureListen & { readonly workers: number };
  readonly responder: ResponderConfig;
  /** Proxies that tell whose queries they send; none without it. */
  readonly proxies?: Proxies;
  /** Threads that sign for the UDP workers where zones are signed; 1 unless told otherwise. On node's own sockets workers sign by themselves. */
  readonly signers?: number;
  /** Where transfers are read from; there are none without it. */
  readonly transferFolder?: string;
  /** Log one query of so many; none unless told otherwise. */
  readonly logEvery?: number;
}

/** What a worker is started with, made anew for each start. */
type MakeData = () => UdpWorkerData | StreamWorkerData | SecureWorkerData | Promise<UdpWorkerData>;

/** What is told about workers. */
export interface WorkerEvents {
  restarted(worker: string, error: Error | undefined): void;
  /** A signature can't be made. Of many failures few are told. */
  unsigned?(failure: SigningFailure): void;
  /** One of `logEvery` queries. */
  query?(query: LoggedQuery): void;
  /** A primary says that a zone has changed. */
  notification?(notification: Notification): void;
  /** A dynamic update, signed by a key that may send some. @param reply sends the whole message back */
  update?(update: SentUpdate, reply: (message: Uint8Array) => void): void;
}

/** The most packet workers a server has: each has a line in the control block. */
export function workerCount(config: Pick<PacketConfig, 'udpWorkers' | 'streamWorkers' | 'secure'>): number {
  return config.udpWorkers + config.streamWorkers + (config.secure?.workers ?? 0);
}

export class PacketWorkers {
  /** Workers' rows of counters, and of answers by slot (answer/counters.ts). A worker that is replaced counts on in the same row. */
  readonly counters: SharedArrayBuffer;
  readonly answers: SharedArrayBuffer;
  readonly peers: PeerSample;
  /** Which resolvers ask for which hosts (control/progress.ts). */
  readonly resolvers: ResolverSample;
  readonly #config: PacketConfig;
  readonly #arenas: Arenas;
  readonly #control: SharedArrayBuffer;
  readonly #generation: GenerationWriter;
  readonly #libc: Libc | undefined;
  readonly #events: WorkerEvents;
  readonly #workers = new Map<number, Worker>();
  /** Where zones are signed and the C library's calls can be had. */
  readonly signers: Signers | undefined;
  /** What stream workers have open, by the worker's number. */
  readonly #descriptors = new Map<number, Descriptors>();
  /** Where replies to updates go, by the worker's number; a worker that is replaced has another. */
  readonly #replies = new Map<number, MessagePort>();
  readonly #wakes = new Map<number, Wake>();
  #open: OpenAddress[] = [];
  #interfaces: XdpInterface[] = [];
  #addresses: Listener[] = [];
  /** Where TLS is listened for, first with the ports that were wished for. */
  #secure: SecureListen | undefined;
  #tls: TlsMaterial | undefined;
  #stopping = false;
  #started = false;
  #alive = 0;
  #clock: NodeJS.Timeout | undefined;
  /** Workers that are about to be started again. */
  readonly #restarts = new Set<NodeJS.Timeout>();
  restarts = 0;

  /** @param libc the batched transport's calls, or undefined for node's own sockets */
  constructor(
    config: PacketConfig,
    arenas: Arenas,
    control: SharedArrayBuffer,
    generation: GenerationWriter,
    libc: Libc | undefined,
    events: WorkerEvents,
  ) {
    this.#config = config;
    this.#secure = config.secure;
    this.#arenas = arenas;
    this.#control = control;
    this.#generation = generation;
    this.#libc = libc;
    this.#events = events;
    const signing = libc === undefined ? undefined : config.responder.dnssec;
    const threads = signing === undefined ? 0 : (config.signers ?? 1);
    this.counters = new SharedArrayBuffer((workerCount(config) + threads) * COUNTER_WORDS * 4);
    this.answers = new SharedArrayBuffer(workerCount(config) * ANSWER_SLOTS * 4);
    this.peers = makePeerSample(workerCount(config));
    this.resolvers = makeResolverSample(workerCount(config));
    this.signers =
      libc === undefined || signing === undefined
        ? undefined
        : new Signers(
            {
              threads,
              workers: config.udpWorkers,
              signing,
              counters: this.counters,
              firstRow: workerCount(config),
            },
            libc,
            {
              restarted: (name, error) => {
                this.restarts++;
                events.restarted(name, error);
              },
              unsigned: (failure) => events.unsigned?.(failure),
            },
          );
  }

  /** The addresses listened on, with their real ports. */
  get addresses(): readonly ListenAddress[] {
    return this.#addresses.map(addressOf);
  }

  /** Where TLS is listened for, with the real ports; undefined when nowhere. */
  get secureAddresses(): Pick<SecureListen, 'dot' | 'doh'> | undefined {
    const { dot, doh } = this.#secure ?? {};
    return dot && doh && { dot: dot.map(addressOf), doh: doh.map(addressOf) };
  }

  /** Certificate and key for connections from now on. Before `start` if there are workers for TLS. */
  useTls(material: TlsMaterial): void {
    this.#tls = material;
    const { udpWorkers, streamWorkers } = this.#config;
    for (const [worker, thread] of this.#workers)
      if (worker >= udpWorkers + streamWorkers) thread.postMessage({ tls: material } satisfies ToSecureWorker);
  }

  /** What is answered is of another network. */
  useNetwork(network: Network): void {
    this.signers?.useNetwork(network);
  }

  /** Whether every worker is listening. */
  get alive(): boolean {
    return this.#alive === workerCount(this.#config);
  }

  /** The threads, by the worker's number: for tests that kill them. */
  get threads(): ReadonlyMap<number, Worker> {
    return this.#workers;
  }

  /**
   * Opens all addresses. Nothing is answered yet.
   * @throws ListenError, with everything closed again
   */
  open(addresses: readonly Listener[]): void {
    if (this.#libc === undefined) {
      this.#addresses = addresses.flatMap(expandWildcard);
      return;
    }
    try {
      for (const address of addresses) this.#open.push(openAddress(this.#libc, address, this.#config.udpWorkers));
      this.#addresses = this.#open.map((o) => o.address);
      for (const name of this.#config.xdp ?? [])
        this.#interfaces.push(new XdpInterface(this.#libc, name, this.#addresses));
    } catch (error) {
      for (const xdp of this.#interfaces) xdp.close();
      for (const address of this.#open) closeAddress(this.#libc, address);
      this.#open = [];
      throw error;
    }
  }

  /** Interfaces whose queries are taken by XDP. */
  get interfaces(): readonly XdpInterface[] {
    return this.#interfaces;
  }

  /** Starts all workers, and returns when each is listening. Tables must have been published. */
  async start(): Promise<void> {
    const { udpWorkers, streamWorkers } = this.#config;
    await this.signers?.start();
    setClock(this.resolvers);
    this.#clock = setInterval(() => setClock(this.resolvers), CLOCK_MS).unref();
    if (this.#libc === undefined) {
      // The first worker settles the ports; the others share them.
      await this.#startDatagram();
    } else {
      await Promise.all(Array.from({ length: udpWorkers }, (_, w) => this.#spawn(w, () => this.#udpData(w))));
    }
    await Promise.all(
      Array.from({ length: streamWorkers }, (_, s) =>
        this.#spawn(udpWorkers + s, () => this.#streamData(udpWorkers + s)),
      ),
    );
    await this.#startSecure(udpWorkers + streamWorkers);
    this.#started = true;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#clock);
    for (const timer of this.#restarts) clearTimeout(timer);
    this.#generation.stop();
    const ends = [...this.#workers.values()].map(
      (worker) =>
        new Promise<void>((resolve) => {
          const late = setTimeout(() => void worker.terminate(), 500);
          worker.once('exit', () => {
            clearTimeout(late);
            resolve();
          });
          worker.postMessage('stop');
        }),
    );
    await Promise.all(ends);
    await this.signers?.stop();
    for (const port of this.#replies.values()) port.close();
    for (const { fd } of this.#wakes.values()) this.#libc?.close(fd);
    for (const xdp of this.#interfaces) xdp.close();
    if (this.#libc !== undefined) for (const address of this.#open) closeAddress(this.#libc, address);
  }

  async #startDatagram(): Promise<void> {
    const { udpWorkers } = this.#config;
    const ports = await this.#spawn(0, () => this.#udpData(0));
    this.#addresses = this.#addresses.map((address, i) => ({ ...address, port: ports[i] }));
    await Promise.all(Array.from({ length: udpWorkers - 1 }, (_, w) => this.#spawn(w + 1, () => this.#udpData(w + 1))));
  }

  /** The first worker settles the ports; the others share them. */
  async #startSecure(first: number): Promise<void> {
    const { secure } = this.#config;
    if (secure === undefined) return;
    const ports = await this.#spawn(first, () => this.#secureData(first));
    const { dot, doh, dohPath } = secure;
    const bound = [...dot, ...doh].map((address, i) => ({ ...address, port: ports[i] }));
    this.#secure = { dot: bound.slice(0, dot.length), doh: bound.slice(dot.length), dohPath };
    await Promise.all(
      Array.from({ length: secure.workers - 1 }, (_, s) =>
        this.#spawn(first + 1 + s, () => this.#secureData(first + 1 + s)),
      ),
    );
  }

  #secureData(worker: number): SecureWorkerData {
    const listen = this.#secure;
    const tls = this.#tls;
    if (listen === undefined || tls === undefined) throw new Error('TLS is listened for without a certificate');
    const reusePort = (this.#config.secure?.workers ?? 1) > 1;
    return { ...this.#tables(worker), ...listen, tls, limits: this.#config.tcp, reusePort };
  }

  #tables(worker: number): WorkerTables {
    return {
      arenas: this.#arenas.buffers,
      control: this.#control,
      counters: this.counters,
      answers: this.answers,
      resolvers: this.resolvers,
      worker,
      logEvery: this.#config.logEvery ?? 0,
      responder: this.#config.responder,
      ...(this.#config.proxies === undefined ? {} : { proxies: this.#config.proxies }),
      ...(this.#config.transferFolder === undefined ? {} : { transferFolder: this.#config.transferFolder }),
      ...((this.#config.responder.updates ?? []).length > 0 ? { updates: this.#updateChannel(worker) } : {}),
    };
  }

  /** How replies to updates reach a worker that is being started. */
  #updateChannel(worker: number): UpdateChannel {
    const { port1, port2 } = new MessageChannel();
    this.#replies.get(worker)?.close();
    this.#replies.set(worker, port1);
    port1.unref();
    const { udpWorkers, streamWorkers } = this.#config;
    // TLS is served by node's event loop, which needs no waking.
    if (this.#libc === undefined || worker >= udpWorkers + streamWorkers) return { port: port2, wake: undefined };
    const wake = this.#wakes.get(worker) ?? new Wake(this.#libc, openWake(this.#libc));
    this.#wakes.set(worker, wake);
    return { port: port2, wake: wake.fd };
  }

  /** Sends a reply to an update the way it came, if that is still there. */
  #reply(worker: number, port: MessagePort | undefined, reply: UpdateReply): void {
    if (port === undefined || this.#replies.get(worker) !== port || this.#stopping) return;
    port.postMessage(reply);
    this.#wakes.get(worker)?.ring();
  }

  async #udpData(worker: number): Promise<UdpWorkerData> {
    const base = { ...this.#tables(worker), udpSize: this.#config.udpSize, peers: this.peers };
    if (this.#libc === undefined) return { ...base, datagram: this.#addresses, reusePort: this.#config.udpWorkers > 1 };
    return {
      ...base,
      ...this.#signedElsewhere(worker),
      queues: await this.#openQueues(worker),
      sockets: this.#open.map(({ address, wildcard, udp }) => ({
        fd: udp[worker],
        ipv6: address.host.includes(':'),
        wildcard,
        allow: address.allow,
      })),
    };
  }

  /** A UDP worker that asks signers has no private key. */
  #signedElsewhere(worker: number): Partial<UdpWorkerData> {
    const { responder } = this.#config;
    if (this.signers === undefined || responder.dnssec === undefined) return {};
    const { cache, publicChanges: changes } = responder.dnssec;
    const zones = responder.dnssec.zones.map(publicZone);
    return {
      responder: { ...responder, dnssec: { zones, cache, ...(changes === undefined ? {} : { changes }) } },
      signers: this.signers.accessOf(worker),
    };
  }

  /** Queues are dealt out to the UDP workers in turn. */
  #queuesOf(worker: number): { xdp: XdpInterface; queue: number }[] {
    const { udpWorkers } = this.#config;
    return this.#interfaces.flatMap((xdp) =>
      Array.from({ length: xdp.queues }, (_, queue) => ({ xdp, queue })).filter(
        ({ queue }) => queue % udpWorkers === worker,
      ),
    );
  }

  async #openQueues(worker: number): Promise<XdpQueue[]> {
    const opened: XdpQueue[] = [];
    for (const { xdp, queue } of this.#queuesOf(worker)) {
      try {
        opened.push(await xdp.open(queue));
      } catch (error) {
        // At the start the operator is told. Later the worker's sockets get what the queue would have.
        if (!this.#started || !(error instanceof XdpError)) throw error;
        this.#events.restarted(`udp-${worker}`, error);
      }
    }
    return opened;
  }

  #streamData(worker: number): StreamWorkerData {
    const base = { ...this.#tables(worker), limits: this.#config.tcp };
    if (this.#libc === undefined)
      return { ...base, listen: this.#addresses, reusePort: this.#config.streamWorkers > 1 };
    return {
      ...base,
      sockets: this.#open.map(({ address, tcp }) => ({
        fd: tcp,
        ipv6: address.host.includes(':'),
        allow: address.allow,
      })),
      descriptors: this.#descriptorsOf(worker),
    };
  }

  #descriptorsOf(worker: number): Descriptors {
    // With one for the connection over the limit, until another has made room or it is turned away.
    const descriptors = this.#descriptors.get(worker) ?? makeDescriptors(this.#config.tcp.maxConnections + 1);
    this.#descriptors.set(worker, descriptors);
    return descriptors;
  }

  /** Starts a worker and keeps it alive. @returns the ports it listens on */
  async #spawn(worker: number, data: MakeData, delay = 0): Promise<number[]> {
    const { file, name } = this.#kindOf(worker);
    const workerData = await data();
    if (this.#stopping) return [];
    return new Promise((resolve, reject) => {
      const began = performance.now();
      const transferList = workerData.updates === undefined ? [] : [workerData.updates.port];
      const thread = new Worker(new URL(file, import.meta.url), { workerData, name, transferList });
      const replies = this.#replies.get(worker);
      this.#workers.set(worker, thread);
      let ready = false;
      let cause: Error | undefined;
      type FromWorker =
        | { ready: number[] }
        | { query: LoggedQuery }
        | { notification: Notification }
        | { update: SentUpdate };
      thread.on('message', (message: FromWorker) => {
        if ('query' in message) return this.#events.query?.(message.query);
        if ('notification' in message) return this.#events.notification?.(message.notification);
        if ('update' in message) {
          const { ticket } = message.update;
          return this.#events.update?.(message.update, (octets) =>
            this.#reply(worker, replies, { ticket, message: octets }),
          );
        }
        ready = true;
        this.#alive++;
        resolve(message.ready);
      });
      thread.on('error', (error: Error) => {
        cause = error;
      });
      thread.on('exit', () => {
        // There is nothing to stop any more: `stop` would wait for an end that has been.
        this.#workers.delete(worker);
        this.#generation.setIdle(worker);
        // Until it is replaced, what its queues would have had comes to its sockets, and waits there.
        for (const { xdp, queue } of this.#queuesOf(worker)) xdp.closeQueue(queue);
        const descriptors = this.#descriptors.get(worker);
        if (this.#libc !== undefined && descriptors !== undefined) closeDescriptors(this.#libc, descriptors);
        if (ready) this.#alive--;
        if (this.#stopping) return;
        if (!ready)
          return reject(whyNotReady(name, cause, name.startsWith('secure') ? 'tls.dot or tls.doh' : 'listen'));
        this.restarts++;
        this.#events.restarted(name, cause);
        const wait = restartDelay(performance.now() - began, delay);
        this.#later(worker, data, wait);
      });
    });
  }

  #kindOf(worker: number): { file: string; name: string } {
    const { udpWorkers, streamWorkers } = this.#config;
    if (worker < udpWorkers) return { file: '../transport/udp-worker.ts', name: `udp-${worker}` };
    const stream = worker - udpWorkers;
    if (stream < streamWorkers) return { file: '../transport/stream-worker.ts', name: `stream-${stream}` };
    return { file: '../transport/secure-worker.ts', name: `secure-${stream - streamWorkers}` };
  }

  #later(worker: number, data: MakeData, delay: number): void {
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#again(worker, data, delay);
    }, delay);
    this.#restarts.add(timer);
  }

  #again(worker: number, data: MakeData, delay: number): void {
    this.#spawn(worker, data, delay).catch((error: Error) => {
      if (this.#stopping) return;
      this.#events.restarted(`${worker}`, error);
      this.#later(worker, data, SLOWEST_RESTART);
    });
  }
}

function addressOf({ host, port }: ListenAddress): ListenAddress {
  return { host, port };
}

/**
 * Why a worker ended before it was ready. One that opens its sockets itself may have been refused an address.
 * @param setting where its addresses are from
 */
function whyNotReady(name: string, cause: Error | undefined, setting: string): Error {
  const {
    syscall,
    errno,
    address: host,
    port,
  } = (cause ?? {}) as NodeJS.ErrnoException & ListenAddress & { address?: string };
  if (host !== undefined && errno !== undefined && (syscall === 'listen' || syscall === 'bind'))
    return refusal({ host, port }, syscall === 'bind' && setting === 'listen' ? 'UDP' : 'TCP', -errno, setting);
  return cause ?? new Error(`worker ${name} ended before it was ready`);
}

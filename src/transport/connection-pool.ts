/**
 * The connections of a stream worker: at most so many, in the order of their last message, counted by client. Made when first needed and used again, so
 * that a connection costs no garbage.
 */
import type { PrefixSet } from '../net/prefix-set.ts';
import type { Block, BlockPool } from './block-pool.ts';
import { ClientShares } from './client-shares.ts';
import { type Descriptors, FIRST_CONNECTION, NONE } from './descriptors.ts';
import type { Following } from './stream.ts';

const IPV4 = 4;
const IPV6 = 16;

export class Connection {
  /** Its place in the pool, which epoll gives back with its events. */
  readonly slot: number;
  fd = NONE;
  ipv6 = false;
  /** The client's address, 4 or 16 octets. */
  client: Uint8Array;
  /** Whether a proxy has still to tell whose connection it is: until then `client` is the proxy, and its share is nobody's. */
  awaitsHeader = false;
  /** Whose connections the socket serves that it came to; undefined for everybody's. */
  allow: PrefixSet | undefined;
  readonly #ipv4 = new Uint8Array(IPV4);
  readonly #ipv6 = new Uint8Array(IPV6);
  /** When it is closed unless a message is completed before: milliseconds of performance.now. */
  deadline = 0;
  /** Neighbours in the order of their last message. */
  older: Connection | undefined;
  newer: Connection | undefined;
  /** What was received and not answered yet: the first `held` octets of a block. */
  input: Block | undefined;
  held = 0;
  /** What the kernel has not taken of answers: [sent, end) of a block. While there is one, nothing is read. */
  output: Block | undefined;
  sent = 0;
  end = 0;
  /** Whether `input` has complete messages that wait for their turn, or `following` has. */
  waiting = false;
  /** Whether the first of these needs a signature, and waits until one may be made. */
  awaiting = false;
  /** What is sent before anything else is answered. */
  following: Following | undefined;
  /** Which reply that comes later is waited for; 0 for none. */
  late = 0;

  constructor(slot: number) {
    this.slot = slot;
    this.client = this.#ipv4;
  }

  /** Notes a client's address from octets that are used for something else later. */
  from(octets: Uint8Array, at: number, ipv6: boolean): void {
    this.ipv6 = ipv6;
    this.client = ipv6 ? this.#ipv6 : this.#ipv4;
    for (let i = 0; i < this.client.length; i++) this.client[i] = octets[at + i];
  }
}

export class ConnectionPool {
  /** Connections that are open. */
  count = 0;
  readonly #fds: Int32Array;
  readonly #blocks: BlockPool;
  readonly #shares: ClientShares;
  readonly #made: Connection[] = [];
  readonly #free: Connection[] = [];
  #oldest: Connection | undefined;
  #newest: Connection | undefined;

  /**
   * @param descriptors has room for `most` connections
   * @param seed        of the table of clients
   */
  constructor(descriptors: Descriptors, most: number, blocks: BlockPool, seed: number) {
    this.#fds = new Int32Array(descriptors, FIRST_CONNECTION * 4);
    this.#blocks = blocks;
    this.#shares = new ClientShares(most, seed);
  }

  /** The connection that has been silent longest. */
  get oldest(): Connection | undefined {
    return this.#oldest;
  }

  /** One that is not open. It is to be opened, or given back. */
  take(): Connection {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const made = new Connection(this.#made.length);
    this.#made.push(made);
    return made;
  }

  /** @param connection taken and not opened; its place among the descriptors is empty */
  giveBack(connection: Connection): void {
    this.#free.push(connection);
  }

  /** The open connection of a slot, if there is one. */
  at(slot: number): Connection | undefined {
    const connection = this.#made[slot];
    return connection.fd === NONE ? undefined : connection;
  }

  /** How many connections the client of this one has, this one not counted until it is open. */
  ofClient(connection: Connection): number {
    return this.#shares.of(connection.client);
  }

  /** @param connection taken; its descriptor is in its place, its client's address noted */
  open(connection: Connection, deadline: number): void {
    this.count++;
    connection.fd = this.#fds[connection.slot];
    if (!connection.awaitsHeader) this.#shares.add(connection.client);
    connection.deadline = deadline;
    this.#append(connection);
  }

  /** It is known now whose connection it is, which counts for that client from here on. */
  told(connection: Connection): void {
    connection.awaitsHeader = false;
    this.#shares.add(connection.client);
  }

  /** A message was completed: the connection goes to the end of the line of the silent. */
  touch(connection: Connection, deadline: number): void {
    connection.deadline = deadline;
    if (this.#newest === connection) return;
    this.#unlink(connection);
    this.#append(connection);
  }

  /** Takes a connection out. @returns its descriptor, which is to be closed */
  close(connection: Connection): number {
    const { fd, slot } = connection;
    this.#fds[slot] = NONE;
    connection.fd = NONE;
    connection.waiting = false;
    connection.awaiting = false;
    connection.late = 0;
    connection.following?.close();
    connection.following = undefined;
    this.releaseInput(connection);
    this.releaseOutput(connection);
    if (!connection.awaitsHeader) this.#shares.remove(connection.client);
    this.#unlink(connection);
    this.#free.push(connection);
    this.count--;
    return fd;
  }

  releaseInput(connection: Connection): void {
    const { input } = connection;
    connection.held = 0;
    if (input === undefined) return;
    connection.input = undefined;
    this.#blocks.give(input);
  }

  releaseOutput(connection: Connection): void {
    const { output } = connection;
    if (output === undefined) return;
    connection.output = undefined;
    this.#blocks.give(output);
  }

  #append(connection: Connection): void {
    connection.older = this.#newest;
    connection.newer = undefined;
    if (this.#newest === undefined) this.#oldest = connection;
    else this.#newest.newer = connection;
    this.#newest = connection;
  }

  #unlink({ older, newer }: Connection): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}

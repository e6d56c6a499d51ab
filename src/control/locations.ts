/**
 * Keeps the classes of clients as new as the network and the databases they are made from. They are made anew only when one of the two has changed in what counts:
 * not when a zone is edited, and not at all while no policy looks at clients.
 */
import { looksAtClients } from '../feeds/geo/client-classes.ts';
import type { GeoFileNames } from '../feeds/geo/geo-files.ts';
import type { ClientsMade } from '../feeds/geo/worker.ts';
import type { Network } from '../steering/model.ts';
import { noClasses } from '../steering/policy.ts';
import { NO_CLIENTS } from '../tables/control-block.ts';
import { GeoClient } from './geo-client.ts';
import type { Located, Publisher } from './publisher.ts';

export interface LocationEvents {
  /** Classes were made anew. */
  located(made: ClientsMade): void;
  warning(message: string): void;
}

export class Locations {
  readonly #publisher: Publisher;
  readonly #files: GeoFileNames;
  readonly #events: LocationEvents;
  #client: GeoClient | undefined;
  #network: Network | undefined;
  #basis = '';
  #located: Located | undefined;

  constructor(publisher: Publisher, files: GeoFileNames, events: LocationEvents) {
    this.#publisher = publisher;
    this.#files = files;
    this.#events = events;
  }

  /**
   * The classes for a network: those there are, if it differs in nothing they depend on.
   * @throws ClientsRefusedError when there would be too many
   */
  async of(network: Network): Promise<Located> {
    if (!network.policies.some(looksAtClients)) {
      this.#network = undefined;
      this.#basis = '';
      return { arena: NO_CLIENTS, classes: noClasses(network.policies) };
    }
    const basis = basisOf(network);
    if (this.#located === undefined || this.#basis !== basis) {
      await this.#refresh();
      await this.#make(network);
      this.#basis = basis;
    }
    this.#network = network;
    return this.#located!;
  }

  /** Reads databases that have changed. @returns new classes of the network, or undefined when what there is goes on */
  async renewed(): Promise<Located | undefined> {
    const network = this.#network;
    if (network === undefined || !(await this.#refresh())) return undefined;
    return this.#make(network);
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  async #refresh(): Promise<boolean> {
    const { changed, problems } = await this.#worker().refresh();
    for (const problem of problems) this.#events.warning(problem);
    return changed;
  }

  async #make(network: Network): Promise<Located> {
    const arena = await this.#publisher.freeClients();
    const made = await this.#worker().make(network, arena);
    this.#located = { arena, classes: made.classes };
    this.#events.located(made);
    return this.#located;
  }

  #worker(): GeoClient {
    if (this.#client === undefined || this.#client.ended) {
      const { arenas, served } = this.#publisher;
      const { clients } = arenas.buffers;
      this.#client = new GeoClient({ arenas: clients, files: this.#files, urgent: served === undefined });
    }
    return this.#client;
  }
}

/** Equal for networks that put all clients into the same classes. */
function basisOf({ sites, groups, services, policies, clients }: Network): string {
  const binary = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? value.join('.') : value);
  return JSON.stringify(
    [
      sites.map(({ location }) => location ?? null),
      groups.map(({ parent, instances, serves }) => [parent, instances, serves]),
      services.map(({ vips }) => vips.map((vip) => vip.ipv4 !== undefined || vip.ipv6 !== undefined)),
      policies.map(looksAtClients),
      clients,
    ],
    binary,
  );
}

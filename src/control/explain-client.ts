/** What a client that somebody asks about means to a host: its class, the groups that serve it, its bucket, and how far the answer holds. */
import { Client, NOBODY } from '../answer/client.ts';
import { bucketOf } from '../answer/steered.ts';
import { continentOf } from '../config/continents.ts';
import { Ranking } from '../feeds/geo/ranking.ts';
import { parseAddress } from '../net/address.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Assignment, ClientUse, World } from '../steering/model.ts';
import { clientUse } from '../steering/start.ts';
import type { ClientReader } from '../tables/client-reader.ts';
import { ClientWord } from '../tables/plan-layout.ts';

/** A client, by its address or by the country it is in. */
export type AskedClient = { readonly address: Uint8Array } | { readonly country: string };

/** @returns undefined for what is neither an address nor an ISO 3166-1 alpha-2 code */
export function askedClient(text: string): AskedClient | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return { address };
  const country = text.toUpperCase();
  return country.length === 2 && continentOf(country) !== undefined ? { country } : undefined;
}

export interface ExplainedClient {
  /** Of the policy's classes; absent for a country, whose clients need not all be of one. */
  readonly class?: number;
  /** The groups that serve it and that some host can be led to, best first. */
  readonly groups: readonly string[];
  /** The network that is answered alike (the scope of EDNS Client Subnet); absent for a country. */
  readonly holdsFor?: string;
}

/** How a host looks to a client: the world to explain it in, and where in it the client stands. */
export interface Seen {
  readonly world: World;
  readonly clientClass: number;
  bucketOf(salt: number): number;
  /** Undefined where the client makes no difference, or none was asked about. */
  readonly client?: ExplainedClient;
}

/**
 * @param name   the host's, wire form in lower case: what buckets are of unless they are of clients
 * @param reader maps made for the world's classes
 */
export function seenBy(
  world: World,
  assignment: Assignment,
  name: Uint8Array,
  asked?: AskedClient,
  reader?: ClientReader,
): Seen {
  const ofName = (salt: number): number => bucketOf(salt, name, 0, name.length);
  const nobody = { world, clientClass: 0, bucketOf: ofName };
  const { network } = world;
  const use = clientUse(network.policies[assignment.policy], assignment.policy, assignment.pinned);
  if (asked === undefined || use === undefined) return nobody;
  if ('country' in asked) return { ...nobody, ...inCountry(world, use, asked.country) };
  if (reader === undefined) return nobody;
  const client = new Client(reader, undefined);
  client.from(asked.address, 0, asked.address.length);
  client.locate(NOBODY, 0, 0);
  const word = (use.policy + 1) | (use.bucket ? ClientWord.BUCKET : 0);
  const clientClass = client.classOf(word);
  const length = use.bucket ? client.octets * 8 : use.policy < 0 ? 0 : reader.scope;
  const { groups } = (use.policy < 0 ? undefined : world.classes[use.policy][clientClass]) ?? { groups: [] };
  const network24 = client.network.slice(0, client.octets);
  return {
    world,
    clientClass,
    bucketOf: use.bucket ? (salt) => bucketOf(salt, network24, 0, network24.length) : ofName,
    client: {
      class: clientClass,
      groups: groups.map((g) => network.groups[g].id),
      holdsFor: around(asked.address, length),
    },
  };
}

/** A class of its own for a country's clients: what a database says of single networks there may differ. */
function inCountry(world: World, use: ClientUse, country: string): Partial<Seen> {
  if (use.policy < 0) return { client: { groups: [] } };
  const { network, classes } = world;
  const ranking = new Ranking(network);
  const { groups } = ranking.reduce(ranking.groups({ country }, []));
  const own = [...classes[use.policy], { groups }];
  return {
    world: { ...world, classes: classes.map((list, policy) => (policy === use.policy ? own : list)) },
    clientClass: own.length - 1,
    client: { groups: groups.map((g) => network.groups[g].id) },
  };
}

function around(address: Uint8Array, length: number): string {
  const family = address.length === 4 ? 'ipv4' : 'ipv6';
  const masked = address.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, length - i * 8))));
  return formatPrefix({ family, address: masked, length });
}

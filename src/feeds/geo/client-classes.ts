import type { ClientClass, ClientNetwork, Family, Network, Policy, Serves } from '../../steering/model.ts';
import type { GeoNetworks, Place } from './places.ts';
import { type Marked, prefixRuns } from './prefix-runs.ts';
import { Ranking } from './ranking.ts';
import { Runs } from './runs.ts';

/** Classes are numbered in 16 bits, and a plan has a row for each. */
const MOST_CLASSES = 0xffff;

/** By address the class of a client. */
export type ClientMap = Readonly<Record<Family, Runs>>;

export interface ClientClasses {
  /** By policy its classes (`World.classes`). */
  readonly classes: readonly (readonly ClientClass[])[];
  readonly maps: readonly ClientMap[];
  /** By policy the index of its map; -1 where all clients are of class 0. */
  readonly mapOf: readonly number[];
}

/** A network and databases that would need more classes than can be numbered. */
export class TooManyClassesError extends Error {
  constructor(most: number) {
    super(
      `clients would fall into more than ${most} classes; let fewer groups serve the same clients (serves:), or leave coordinates out of sites`,
    );
    this.name = 'TooManyClassesError';
  }
}

/** Whether a policy looks at where clients are. */
export function looksAtClients({ choice }: Policy): boolean {
  return choice.kind === 'nearest' || (choice.kind === 'split' && choice.rest.kind === 'nearest');
}

/**
 * The client classes of each policy, and who is in them. Pure.
 *
 * What is looked at is the same for all policies that look at all, so they share one map. Class 0 is that of clients no group serves, or whose place makes no
 * difference to any host: they get what a client without a location gets.
 *
 * @param databases what each says of a place is put together; the operator's `clients` come before all of them
 * @param most      classes beside class 0
 * @throws TooManyClassesError
 */
export function clientClasses(network: Network, databases: readonly GeoNetworks[], most = MOST_CLASSES): ClientClasses {
  const looking = network.policies.map(looksAtClients);
  const nobody: ClientClass[] = [{ groups: [] }];
  if (!looking.includes(true)) {
    return { classes: looking.map(() => nobody), maps: [], mapOf: looking.map(() => -1) };
  }
  const table = new ClassTable(network, databases, most);
  const map = {
    ipv4: mapFamily(network, databases, table, 'ipv4'),
    ipv6: mapFamily(network, databases, table, 'ipv6'),
  };
  return {
    classes: looking.map((looks) => (looks ? table.classes : nobody)),
    maps: [map],
    mapOf: looking.map((looks) => (looks ? 0 : -1)),
  };
}

/** What an operator says counts before what databases say, field by field; coordinates of another country than the operator's are no help. */
function placeOf(known: readonly Place[], own: ClientNetwork | undefined): Place {
  const found: Place = Object.assign({}, ...known);
  if (own === undefined) return found;
  const { country = found.country, asn = found.asn } = own;
  const location =
    own.location ?? (own.country === undefined || own.country === found.country ? found.location : undefined);
  return { country, asn, location };
}

/** Gives classes their numbers. */
class ClassTable {
  readonly classes: ClientClass[] = [{ groups: [] }];
  readonly #network: Network;
  readonly #databases: readonly GeoNetworks[];
  readonly #ranking: Ranking;
  readonly #most: number;
  readonly #numbers = new Map<string, number>([['', 0]]);
  /** By list of serving groups. */
  readonly #lists = new Map<string, number>();

  constructor(network: Network, databases: readonly GeoNetworks[], most: number) {
    this.#most = most;
    this.#network = network;
    this.#databases = databases;
    this.#ranking = new Ranking(network);
  }

  /**
   * @param places    by database the place it names
   * @param own       index of the operator's own network, or -1
   * @param inNetwork groups that serve the network by name
   */
  number(places: readonly number[], own: number, inNetwork: readonly number[]): number {
    const known = this.#databases.map((database, i) => database.places[places[i]]);
    const place = placeOf(known, own < 0 ? undefined : this.#network.clients[own]);
    const list = this.#ranking.groups(place, inNetwork);
    const text = list.join();
    let number = this.#lists.get(text);
    if (number !== undefined) return number;
    const { groups, key } = this.#ranking.reduce(list);
    number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.classes.length;
      if (number > this.#most) throw new TooManyClassesError(this.#most);
      this.classes.push({ groups });
      this.#numbers.set(key, number);
    }
    this.#lists.set(text, number);
    return number;
  }
}

/** Lays all that is known about addresses of a family over each other. */
function mapFamily(network: Network, databases: readonly GeoNetworks[], table: ClassTable, family: Family): Runs {
  const named = new GroupSets();
  const layers = [
    ...databases.map((database) => database[family]),
    prefixRuns(ownNetworks(network), family, (inForce) => (inForce.at(-1)?.mark ?? -1) + 1),
    prefixRuns(servedNetworks(network), family, (inForce) => named.number(inForce.map(({ mark }) => mark))),
  ];
  const own = databases.length;
  const known = new PairChain(layers.map(({ value, length }) => value.subarray(0, length)));
  const classOf: number[] = [];
  const out = new Runs();
  const cursor = new Uint32Array(layers.length);
  const values = new Array<number>(layers.length).fill(0);
  let hi = 0;
  let lo = 0;
  for (;;) {
    for (let i = 0; i < layers.length; i++) values[i] = layers[i].value[cursor[i]];
    const combination = known.number(values);
    classOf[combination] ??= table.number(values, values[own] - 1, named.sets[values[own + 1]]);
    out.push(hi, lo, classOf[combination]);
    // On to where the first of the layers changes.
    let nextHi = Number.POSITIVE_INFINITY;
    let nextLo = 0;
    for (let i = 0; i < layers.length; i++) {
      const next = cursor[i] + 1;
      const { hi: his, lo: los, length } = layers[i];
      if (next < length && (his[next] < nextHi || (his[next] === nextHi && los[next] < nextLo))) {
        nextHi = his[next];
        nextLo = los[next];
      }
    }
    if (nextHi === Number.POSITIVE_INFINITY) return out;
    hi = nextHi;
    lo = nextLo;
    for (let i = 0; i < layers.length; i++) {
      const next = cursor[i] + 1;
      if (next < layers[i].length && layers[i].hi[next] === hi && layers[i].lo[next] === lo) cursor[i] = next;
    }
  }
}

/** Numbers sets of groups: networks may be many, but few sets of groups serve them. */
class GroupSets {
  readonly sets: (readonly number[])[] = [];
  readonly #numbers = new Map<string, number>();

  number(groups: readonly number[]): number {
    const set = [...new Set(groups)].sort((a, b) => a - b);
    const key = set.join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.sets.push(set) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** Numbers rows of small numbers, two columns at a time, without making texts of them: there are millions of rows. */
class PairChain {
  readonly #widths: readonly number[];
  readonly #pairs: Map<number, number>[];

  /** @param columns what each column can hold */
  constructor(columns: readonly Uint32Array[]) {
    this.#widths = columns.map((column) => column.reduce((most, value) => Math.max(most, value), 0) + 1);
    this.#pairs = columns.map(() => new Map());
  }

  number(row: readonly number[]): number {
    let number = row[0];
    for (let i = 1; i < row.length; i++) {
      if (this.#widths[i] === 1) continue;
      const key = number * this.#widths[i] + row[i];
      let next = this.#pairs[i].get(key);
      if (next === undefined) {
        next = this.#pairs[i].size;
        this.#pairs[i].set(key, next);
      }
      number = next;
    }
    return number;
  }
}

function ownNetworks({ clients }: Network): Marked[] {
  return clients.flatMap(({ prefixes }, mark) => prefixes.map((prefix) => ({ prefix, mark })));
}

function servedNetworks({ groups }: Network): Marked[] {
  const isNetwork = (one: Serves): one is Extract<Serves, { kind: 'network' }> => one.kind === 'network';
  return groups.flatMap(({ serves }, mark) => serves.filter(isNetwork).map(({ prefix }) => ({ prefix, mark })));
}

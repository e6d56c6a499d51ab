/** A zone that updates are put to, without a server: the real tables, and the layer in front of them. */

import type { HiddenSet } from '../../src/compile/compiler.ts';
import { nameKey } from '../../src/compile/zone-set.ts';
import type { UpdateLimits, UpdateRule } from '../../src/config/update-settings.ts';
import { evaluate, type Refusal } from '../../src/control/updates/evaluate.ts';
import { UpdatePolicy } from '../../src/control/updates/policy.ts';
import { StoredUpdates } from '../../src/control/updates/stored-updates.ts';
import { ZoneView } from '../../src/control/updates/zone-view.ts';
import type { UpdateMessage, UpdateRecord } from '../../src/transfer/update-message.ts';
import { RRClass } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { hashName } from '../../src/zone/suffixes.ts';
import { inputOf, type TestRecord, TestZone } from './records.ts';
import { SEED, TestTables } from './tables.ts';

const LIMITS: UpdateLimits = { perName: 100, perZone: 1000, perKey: 1000 };
const ANYBODY: UpdateRule = {
  zones: undefined,
  networks: undefined,
  keys: [parseName('key')],
  names: undefined,
  types: undefined,
};

export function wire(
  owner: string,
  type: number,
  rrclass: number,
  rdata: readonly number[] = [],
  ttl = 0,
): UpdateRecord {
  return { owner: parseName(owner), type, class: rrclass, ttl, rdata: Uint8Array.from(rdata) };
}

/** As `update add`. */
export function add(owner: string, type: number, rdata: readonly number[], ttl = 60): UpdateRecord {
  return wire(owner, type, RRClass.IN, rdata, ttl);
}

export class TestUpdates {
  readonly apex = parseName('example.net.');
  readonly stored = new StoredUpdates();
  readonly tables = new TestTables();
  readonly #policy: UpdatePolicy;
  readonly #limits: UpdateLimits;
  readonly #file: TestZone;
  #hidden: readonly HiddenSet[] = [];
  #stamp = 0;

  constructor(
    file: readonly TestRecord[],
    rules: readonly UpdateRule[] = [ANYBODY],
    limits: Partial<UpdateLimits> = {},
  ) {
    this.#policy = new UpdatePolicy(rules);
    this.#limits = { ...LIMITS, ...limits };
    this.#file = new TestZone('example.net.', [...file]);
    this.tables.load(inputOf([this.#file]));
  }

  /** Judges one update and, if it is good, has it answered. */
  send(
    updates: readonly UpdateRecord[],
    prerequisites: readonly UpdateRecord[] = [],
    now = 1,
  ): Refusal | { readonly rcode: 0 } {
    const message: UpdateMessage = { apex: this.apex, prerequisites, updates };
    const { tables } = this.tables;
    const number = tables.findZone(hashName(SEED, this.apex, 0, this.apex.length), this.apex, 0, this.apex.length);
    const view = new ZoneView(this.stored.of(this.apex), tables, number, SEED, (owner, type) =>
      this.#hidden.some((one) => nameKey(one.owner) === owner && one.type === type),
    );
    const asker = { key: parseName('key'), client: Uint8Array.of(192, 0, 2, 1) };
    const result = evaluate({ view, policy: this.#policy, limits: this.#limits, asker, now }, message);
    if ('refused' in result) return result.refused;
    for (const change of result.changes) this.stored.of(this.apex).take(change);
    const sets = result.changes.map(({ owner, type, set }) => ({
      owner,
      type,
      ttl: set?.ttl ?? 0,
      records: set?.records ?? [],
    }));
    const { hidden } = this.tables.load(
      inputOf([this.#file]),
      [],
      [],
      [{ apex: this.apex, stamp: `${++this.#stamp}`, isWhole: false, sets }],
    );
    this.#hidden = hidden;
    return { rcode: 0 };
  }

  /** RDATA that is answered, by octets; undefined where there is no such RRset. */
  rrset(owner: string, type: number): string[] | undefined {
    const { tables } = this.tables;
    const name = parseName(owner);
    const zone = tables.findZone(hashName(SEED, this.apex, 0, this.apex.length), this.apex, 0, this.apex.length);
    const node = tables.find(zone, hashName(SEED, name, 0, name.length), name, 0, name.length);
    const set = node === 0 ? 0 : tables.rrset(node, type);
    if (set === 0) return undefined;
    const records: string[] = [];
    const bytes = tables.rrBytes(set);
    for (let p = tables.rrAt(set), end = tables.rrEnd(set); p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      records.push([...bytes.subarray(rdata, p)].join('.'));
    }
    return records;
  }

  /** Its TTL. */
  ttl(owner: string, type: number): number | undefined {
    return [...this.stored.of(this.apex).at(parseName(owner)).values()].find((set) => set.type === type)?.ttl;
  }
}

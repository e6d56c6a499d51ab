/** Zones made up in a test: records as text, read through the real codecs, fed to the real builder. */

import type { InputSet, ZoneInput } from '../../src/compile/input.ts';
import { plainGuards } from '../../src/steering/guards/rules.ts';
import type { Network } from '../../src/steering/model.ts';
import { plainPolicy } from '../../src/steering/policy.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import type { RecordSink } from '../../src/zone/source.ts';

/** RDATA of a STEER record. */
export function steerRdata(service: string, ipv4: string, ipv6 = ipv4, policy = ''): Uint8Array {
  const bytes: number[] = [];
  for (const text of [service, ipv4, ipv6, policy]) bytes.push(text.length, ...new TextEncoder().encode(text));
  return Uint8Array.from(bytes);
}

export interface TestRecord {
  readonly owner: string;
  readonly type: number;
  readonly ttl?: number;
  readonly rdata: Uint8Array;
}

/** `name` steered to service web in a group. */
export function steer(owner: string, group: string, ttl = 60, group6 = group): TestRecord {
  return { owner, type: RRType.STEER, ttl, rdata: steerRdata('web', group, group6) };
}

export function record(owner: string, type: number, rdata: Uint8Array, ttl = 300): TestRecord {
  return { owner, type, ttl, rdata };
}

/** A zone whose content a test changes between loads. */
export class TestZone implements ZoneInput {
  readonly file: string;
  readonly apex: Uint8Array;
  records: TestRecord[];
  version = 1;

  constructor(name: string, records: TestRecord[]) {
    this.file = `${name}yaml`;
    this.apex = parseName(name);
    this.records = records;
  }

  set(records: TestRecord[]): void {
    this.records = records;
    this.version++;
  }

  isUnchanged(stamps: ReadonlyMap<string, string>): boolean {
    return stamps.get(this.file) === String(this.version);
  }

  read(sink: RecordSink): ReadonlyMap<string, string> {
    let line = 0;
    for (const { owner, type, ttl, rdata } of this.records) {
      const name = parseName(owner);
      sink.record(name, name.length, type, ttl ?? -1, rdata, rdata.length, ++line);
    }
    return new Map([[this.file, String(this.version)]]);
  }
}

/** The example network, without reading a file. */
export const exampleNetwork: Network = (() => {
  const ladder = ['anycast', 'europe', 'switzerland', 'zurich'];
  const everywhere = { ipv4: [0, 1, 2, 3], ipv6: [0, 1, 2, 3] };
  const v4 = [[192, 0, 2, 64], [198, 51, 100, 64], [203, 0, 113, 64], undefined];
  return {
    originAs: 64500,
    sites: ['zrh', 'gva', 'fra', 'iad'].map((id) => ({ id, name: id, country: 'CH' })),
    groups: ladder.map((id, i) => ({
      id,
      parent: i - 1,
      routing: { ipv4: 'anycast' as const, ipv6: 'anycast' as const },
      instances: [0, 1, 2, 3],
      announce: everywhere,
      prefixes: {},
      serves: [],
      fallback: Array.from({ length: i }, (_, k) => i - 1 - k),
    })),
    services: [
      {
        id: 'web',
        vips: ladder.map((_, i) => ({
          ...(v4[i] === undefined ? {} : { ipv4: Uint8Array.from(v4[i]) }),
          ipv6: Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, 0, 0x16 + i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x64]),
        })),
      },
    ],
    policies: [plainPolicy('default', 60)],
    clients: [],
    links: [],
    catchment: [],
    guards: plainGuards,
  };
})();

export function inputOf(zones: readonly ZoneInput[], network: Network = exampleNetwork, stamp = '1'): InputSet {
  return { network: { stamp, load: () => ({ network, diagnostics: [] }) }, zones, diagnostics: [] };
}

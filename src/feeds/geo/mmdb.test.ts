import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arbitraryPrefix, contains, edges, prefixOf, unitOf } from '../../../test/support/client-oracle.ts';
import { type MmdbNetwork, writeMmdb } from '../../../test/support/mmdb-writer.ts';
import { GeoFiles } from './geo-files.ts';
import { GeoDatabaseError, placeIn, readMmdb } from './mmdb.ts';
import type { GeoNetworks, Place } from './places.ts';
import { pointOf } from './runs.ts';

function placeAt(networks: GeoNetworks, address: Uint8Array): Place {
  const { hi, lo } = pointOf(unitOf(address));
  return networks.places[networks[address.length === 4 ? 'ipv4' : 'ipv6'].at(hi, lo)];
}

const swiss: MmdbNetwork = { prefix: prefixOf('ipv4', [192, 0, 2], 24), record: { country: { iso_code: 'CH' } } };

describe('a MaxMind DB file', () => {
  it('is read as its networks say, the longest first, down to /24 and /56', () => {
    const country = fc.constantFrom('CH', 'DE', 'US');
    // Without /0, which would need a root that is no node.
    const prefix = arbitraryPrefix().filter(({ length }) => length > 0);
    const networks = fc.uniqueArray(fc.record({ prefix, country }), {
      minLength: 1,
      maxLength: 12,
      selector: (one) => JSON.stringify(one.prefix),
    });
    fc.assert(
      fc.property(networks, (some) => {
        // One that counts whatever the others are: a database without any is refused.
        const list = [...some, { prefix: prefixOf('ipv4', [9, 9, 9], 24), country: 'SE' }];
        const found = readMmdb(
          writeMmdb(list.map(({ prefix, country }) => ({ prefix, record: { country_code: country } }))),
        );
        // IPv4 lies in ::/96, so what IPv6 networks say there is told of IPv4 too.
        const reach = (address: Uint8Array): Uint8Array =>
          address.length === 16 ? address : Uint8Array.from([...new Uint8Array(12), ...address]);
        const whole = list.map(({ prefix, country }) => ({
          country,
          prefix: {
            ...prefix,
            address: reach(prefix.address),
            length: prefix.length + (prefix.family === 'ipv4' ? 96 : 0),
          },
        }));
        for (const family of ['ipv4', 'ipv6'] as const) {
          for (const point of edges(
            list.map((one) => one.prefix),
            family,
          )) {
            const unit = reach(unitOf(point));
            const match = whole
              .filter((one) => contains(one.prefix, unit))
              .reduce<(typeof whole)[number] | undefined>(
                (best, one) => (best === undefined || one.prefix.length > best.prefix.length ? one : best),
                undefined,
              );
            expect(placeAt(found, point).country).toBe(match?.country);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('may use the words of several makers', () => {
    expect(placeIn({ country: { iso_code: 'CH' }, location: { latitude: 47.4, longitude: 8.5 } })).toEqual({
      country: 'CH',
      location: [47.4, 8.5],
    });
    expect(placeIn({ country: 'CH', asn: 'AS64500' })).toEqual({ country: 'CH', asn: 64500 });
    expect(placeIn({ country_code: 'CH', latitude: 47.4, longitude: 8.5 })).toEqual({
      country: 'CH',
      location: [47.4, 8.5],
    });
    expect(placeIn({ autonomous_system_number: 64500, autonomous_system_organization: 'x' })).toEqual({ asn: 64500 });
    expect(placeIn({ continent: { code: 'EU' }, country: { iso_code: 'Switzerland' }, asn: 'none' })).toEqual({});
  });

  it('is refused when it is none, damaged, or about something else', () => {
    const good = writeMmdb([swiss]);
    expect(() => readMmdb(Buffer.from('no database'))).toThrow(GeoDatabaseError);
    expect(() => readMmdb(good.subarray(0, good.length - 20))).toThrow(GeoDatabaseError);
    // The end is there, but not all of the tree.
    expect(() => readMmdb(good.subarray(300))).toThrow(GeoDatabaseError);
    expect(() => readMmdb(writeMmdb([{ ...swiss, record: { isp: 'x' } }]))).toThrow('says nothing of countries');
  });
});

describe('the files in use', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'steerd-geo-'));
    file = join(folder, 'country.mmdb');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (octets: Buffer | string): void => {
    writeFileSync(`${file}.new`, octets);
    renameSync(`${file}.new`, file);
  };
  const at = (files: GeoFiles): string | undefined => placeAt(files.databases[0], Uint8Array.of(192, 0, 2, 1)).country;

  it('are read when they change, and a broken one is told once and leaves what was', () => {
    put(writeMmdb([swiss]));
    const files = new GeoFiles({ country: file, asn: undefined });
    expect(files.refresh()).toEqual({ changed: true, problems: [] });
    expect(at(files)).toBe('CH');
    expect(files.refresh()).toEqual({ changed: false, problems: [] });
    put('broken');
    const { changed, problems } = files.refresh();
    expect(changed).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/country\.mmdb can't be used: .* used on$/)]);
    expect(at(files)).toBe('CH');
    expect(files.refresh()).toEqual({ changed: false, problems: [] });
    put(writeMmdb([{ ...swiss, record: { country: { iso_code: 'DE' } } }]));
    expect(files.refresh()).toEqual({ changed: true, problems: [] });
    expect(at(files)).toBe('DE');
    rmSync(file);
    expect(files.refresh().problems).toHaveLength(1);
    expect(at(files)).toBe('DE');
  });

  it('are replaced by the database that comes along when there is no good one from the start', () => {
    const files = new GeoFiles({ country: file, asn: join(folder, 'asn.mmdb') });
    const { changed, problems } = files.refresh();
    expect(changed).toBe(true);
    expect(problems).toEqual([
      expect.stringContaining('comes along is used instead'),
      expect.stringContaining('nothing is known from it'),
    ]);
    // What DESIGN §6 found in it.
    const octets = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number));
    expect(placeAt(files.databases[0], octets('193.5.16.1')).country).toBe('CH');
    expect(
      placeAt(files.databases[0], Uint8Array.of(0x2a, 0x0d, 0x3d, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)).country,
    ).toBe('CH');
  });
});

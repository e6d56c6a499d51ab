/** From what network.yaml says of clients to the steering model. */
import { formatPrefix, type Prefix } from '../net/prefix.ts';
import { type ClientNetwork, type Family, families, type Group, type Serves, type Site } from '../steering/model.ts';
import { type Continent, continentOf, continents } from './continents.ts';
import { countryField, countryMeant } from './countries.ts';
import type { ClientsFile } from './network-clients-schema.ts';
import { type FieldProblem, familyName, prefixField } from './prefix-field.ts';
import type { Reporter } from './reporter.ts';
import type { Path } from './yaml-load.ts';

/** Clients are told apart by networks of this length (tables/client-layout.ts), as far as resolvers tell of them (RFC 7871 §11.1). */
const longestTold = { ipv4: 24, ipv6: 56 } as const;

/** The operator's own networks. */
export function buildClients(file: ClientsFile, reporter: Reporter): ClientNetwork[] {
  const seen = new Map<string, number>();
  return file.map(({ networks, country, asn, location }, index) => {
    const path = ['clients', index];
    if (country !== undefined) {
      const problem = countryField(country);
      if (problem !== undefined) reporter.report({ code: 'bad-country', path: [...path, 'country'], ...problem });
    } else if (asn === undefined && location === undefined) {
      reporter.report({
        code: 'missing-key',
        path,
        message: 'nothing is said of these networks',
        fix: 'add country, asn or location, e.g. country: CH',
      });
    }
    const prefixes = networks.flatMap((text, i) => {
      const at = [...path, 'networks', i];
      const prefix = networkAt(text, at, reporter);
      if (prefix === undefined) return [];
      const other = seen.get(formatPrefix(prefix));
      if (other !== undefined) {
        const where = other === index ? 'in this list' : `in entry ${other + 1} of clients`;
        reporter.report({
          code: 'duplicate-item',
          path: at,
          message: `${text} is ${where} already`,
          fix: 'leave one of them out',
        });
      }
      seen.set(formatPrefix(prefix), index);
      return [prefix];
    });
    return { prefixes, country, asn, location };
  });
}

/**
 * Whom a group serves.
 * @param written undefined when the file doesn't say: the countries of the sites that announce its prefixes
 */
export function buildServes(
  written: readonly string[] | undefined,
  group: Pick<Group, 'id' | 'announce'>,
  sites: readonly Site[],
  reporter: Reporter,
): Serves[] {
  if (written === undefined) return ofAnnounce(group.announce, sites);
  const seen = new Set<string>();
  return written.flatMap((text, i) => {
    const path = ['groups', group.id, 'serves', i];
    if (seen.has(text))
      reporter.report({
        code: 'duplicate-item',
        path,
        message: `"${text}" is in this list twice`,
        fix: 'leave one of them out',
      });
    seen.add(text);
    const found = servesOf(text, path, reporter);
    return found === undefined ? [] : [found];
  });
}

function ofAnnounce(announce: Group['announce'], sites: readonly Site[]): Serves[] {
  const countries = new Set(families.flatMap((family) => announce[family].map((site) => sites[site].country)));
  return [...countries].flatMap((country): Serves[] => {
    const continent = continentOf(country);
    return continent === undefined ? [] : [{ kind: 'geo', continent, country }];
  });
}

function servesOf(text: string, path: Path, reporter: Reporter): Serves | undefined {
  if (text.includes('/')) {
    const prefix = networkAt(text, path, reporter);
    return prefix && { kind: 'network', prefix };
  }
  const asn = /^AS(\d{1,10})$/.exec(text)?.[1];
  if (asn !== undefined) {
    const number = Number(asn);
    if (number >= 1 && number <= 0xffffffff) return { kind: 'asn', asn: number };
    reporter.report({ code: 'bad-asn', path, message: `${text} is no AS number`, fix: 'write AS1 to AS4294967295' });
    return undefined;
  }
  const found = geoField(text);
  if ('kind' in found) return found;
  reporter.report({ code: 'bad-geo', path, ...found });
  return undefined;
}

/** `EU`, `EU-CH` */
function geoField(text: string): Extract<Serves, { kind: 'geo' }> | FieldProblem {
  const [first, second, ...rest] = text.split('-');
  const known = continents.includes(first as Continent);
  if (known && second === undefined) return { kind: 'geo', continent: first };
  if (known && rest.length === 0 && continentOf(second) === first)
    return { kind: 'geo', continent: first, country: second };
  // What was meant: a country without its continent, in small letters, or on another one.
  const meant = countryMeant(second ?? first);
  const continent = meant === undefined ? undefined : continentOf(meant);
  if (rest.length > 0 && continent !== undefined) {
    return { message: `"${text}" names a province, and those are not told apart`, fix: `write ${continent}-${meant}` };
  }
  const upper = text.toUpperCase();
  const fix = continents.includes(upper as Continent)
    ? `write ${upper}`
    : continent === undefined
      ? 'write a continent (AF AN AS EU NA OC SA), a country of one (EU-CH), an ASN (AS64500) or a network (198.51.100.0/24)'
      : `write ${continent}-${meant}`;
  return { message: `"${text}" is no continent, country, ASN or network`, fix };
}

/** A network of either family; one that is longer than can be told apart is told. */
function networkAt(text: string, path: Path, reporter: Reporter): Prefix | undefined {
  const family: Family = text.includes(':') ? 'ipv6' : 'ipv4';
  const result = prefixField(text, family);
  if ('problem' in result) {
    reporter.report({ code: 'bad-prefix', path, ...result.problem });
    return undefined;
  }
  const { prefix } = result;
  const longest = longestTold[family];
  if (prefix.length > longest) {
    reporter.report({
      code: 'long-network',
      severity: 'warning',
      path,
      message: `${text} is longer than /${longest}, and ${familyName[family]} clients are not told apart further: it counts for all of its /${longest} if it is the first part of it, else not at all`,
      fix: `write a /${longest} or shorter`,
    });
  }
  return prefix;
}

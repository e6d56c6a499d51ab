/** What can fail, or carry more: `site:zrh`, `link:zrh-transit`, `group:zurich`, `group:zurich/ipv6`, `target:web/zurich/ipv6`. */
import { type Family, families, type Network } from '../model.ts';

export type Thing =
  | { readonly kind: 'site'; readonly site: number }
  | { readonly kind: 'link'; readonly link: number }
  | GroupThing
  | { readonly kind: 'target'; readonly service: number; readonly group: number; readonly family: Family };

/** A group, in one family or in both. */
export interface GroupThing {
  readonly kind: 'group';
  readonly group: number;
  readonly family?: Family;
}

/** What is wrong with a change, and what to write instead. */
export interface ChangeProblem {
  readonly code: 'invalid' | 'unknown-group' | 'unknown-service' | 'not-found' | 'no-address';
  readonly message: string;
}

/** A reference as operators write it. */
export function parseThing(network: Network, text: string): Thing | ChangeProblem {
  const colon = text.indexOf(':');
  const [kind, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  switch (kind) {
    case 'site':
      return found(network.sites, 'site', name, (site) => ({ kind, site }));
    case 'link':
      return found(network.links, 'link', name, (link) => ({ kind, link }));
    case 'group':
      return parseGroup(network, name);
    case 'target':
      return parseTarget(network, name);
    default:
      return invalid(
        `"${text}" names nothing: write site:ID, link:ID, group:ID, group:ID/ipv6 or target:SERVICE/GROUP/FAMILY`,
      );
  }
}

/** `zurich`, or of one family `zurich/ipv6`. */
export function parseGroup(network: Network, text: string): GroupThing | ChangeProblem {
  const [name, family, ...more] = text.split('/');
  if (more.length > 0 || (family !== undefined && !isFamily(family)))
    return invalid(`"${text}" is no group: write GROUP, GROUP/ipv4 or GROUP/ipv6`);
  return found(network.groups, 'group', name, (group) => ({
    kind: 'group' as const,
    group,
    ...(family === undefined ? {} : { family }),
  }));
}

function parseTarget(network: Network, text: string): Thing | ChangeProblem {
  const [serviceName, groupName, family, ...more] = text.split('/');
  if (groupName === undefined || family === undefined || more.length > 0 || !isFamily(family))
    return invalid(`"${text}" is no target: write SERVICE/GROUP/FAMILY, as in target:web/zurich/ipv6`);
  const service = network.services.findIndex(({ id }) => id === serviceName);
  if (service < 0) return unknown('service', serviceName, network.services);
  const group = network.groups.findIndex(({ id }) => id === groupName);
  if (group < 0) return unknown('group', groupName, network.groups);
  if (network.services[service].vips[group]?.[family] === undefined)
    return { code: 'not-found', message: `service ${serviceName} has no ${family} address in ${groupName}` };
  return { kind: 'target', service, group, family };
}

/** As it is written. */
export function thingText({ sites, links, groups, services }: Network, thing: Thing): string {
  switch (thing.kind) {
    case 'site':
      return `site:${sites[thing.site].id}`;
    case 'link':
      return `link:${links[thing.link].id}`;
    case 'group':
      return `group:${groups[thing.group].id}${thing.family === undefined ? '' : `/${thing.family}`}`;
    case 'target':
      return `target:${services[thing.service].id}/${groups[thing.group].id}/${thing.family}`;
  }
}

export function isProblem(value: object): value is ChangeProblem {
  return 'code' in value && 'message' in value;
}

export function invalid(message: string): ChangeProblem {
  return { code: 'invalid', message };
}

export function unknown(
  kind: 'site' | 'link' | 'group' | 'service',
  name: string,
  list: readonly { readonly id: string }[],
): ChangeProblem {
  const code = kind === 'group' || kind === 'service' ? (`unknown-${kind}` as const) : 'not-found';
  const known = list.length === 0 ? `network.yaml has no ${kind}s` : `known: ${list.map(({ id }) => id).join(', ')}`;
  return { code, message: `there is no ${kind} ${name}; ${known}` };
}

function found<T>(
  list: readonly { readonly id: string }[],
  kind: 'site' | 'link' | 'group',
  name: string,
  make: (index: number) => T,
): T | ChangeProblem {
  const index = list.findIndex(({ id }) => id === name);
  return index < 0 ? unknown(kind, name, list) : make(index);
}

function isFamily(text: string): text is Family {
  return (families as readonly string[]).includes(text);
}

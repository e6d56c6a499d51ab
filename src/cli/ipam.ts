/** `steerd ipam`: what addresses are used for, what more would bring, and what to announce and register. */
import type * as z from 'zod';
import type { ipamReply } from '../api/schemas/ipam.ts';
import { ipamView } from '../api/views.ts';
import { demandsOf } from '../control/demands.ts';
import { HostCounts } from '../control/host-counts.ts';
import { ipam as ipamOf } from '../steering/ipam/ipam.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { OFFLINE_SEED, OfflineTables } from './offline.ts';
import { readSettings } from './settings.ts';
import { counted, tableText } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

type Reply = z.output<typeof ipamReply>;

export const ipam: Command = {
  name: 'ipam',
  synopsis: '[--sites | --objects] [--offline] [--config FILE] [--json]',
  summary: 'Shows what prefixes are used for and what one more /24 would change; or what to announce and register.',
  help: '  --sites    covering prefixes and host routes by site instead\n  --objects  route and route6 objects, and ROAs, instead\n  --offline  from the files, without what was moved and without queries\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      sites: { type: 'boolean', default: false },
      objects: { type: 'boolean', default: false },
      offline: { type: 'boolean', default: false },
    });
    if (positionals.length > 0) throw new UsageError('ipam takes no argument');
    if (values.sites && values.objects) throw new UsageError('ipam shows --sites or --objects');
    const text = values.sites ? sitesText : values.objects ? objectsText : useText;
    const tell = (reply: Reply): void => show(values.json, reply, () => print(text(reply)));
    if (values.offline) {
      tell(await fromFiles(values.config));
      return 0;
    }
    return withApi(values.config, async (api) => {
      tell((await api.get('/v1/ipam')) as Reply);
      return 0;
    });
  },
};

async function fromFiles(config: string | undefined): Promise<Reply> {
  const offline = new OfflineTables();
  const { network, assignments } = offline.mustLoad(readSettings(config).zones);
  const counts = await new HostCounts(offline.tables, OFFLINE_SEED).all();
  return ipamView(ipamOf(network, demandsOf(counts, assignments), undefined)) as Reply;
}

function useText({ prefixes, routing, broader, gains }: Reply): string {
  const parts = [
    tableText(
      ['prefix', 'groups', 'used', 'free'],
      prefixes.map(({ prefix, groups, used, free, bits }) => [
        prefix,
        groups.join(', '),
        String(used),
        bits > 32 ? `2^${bits}` : String(free),
      ]),
    ),
    tableText(
      ['routing', 'family', 'groups', 'prefixes', 'shared'],
      routing.map(({ routing: word, family, groups, prefixes: own, shared }) => [
        word,
        family,
        String(groups),
        String(own),
        String(shared),
      ]),
    ),
  ];
  if (broader.length > 0)
    parts.push(
      `IPv4 broader than IPv6:\n${tableText(
        ['service', 'policy', 'a of', 'aaaa of', 'steps', 'hosts'],
        broader.map((one) => [one.service, one.policy, one.ipv4, one.ipv6, String(one.steps), String(one.hosts)]),
      )}`,
    );
  if (gains.length > 0)
    parts.push(
      `What an IPv4 prefix would change, most first:\n${tableText(
        ['group', 'needs', 'hosts', 'queries', 'now answered by'],
        gains.map(({ group, needs, hosts, share, from }) => [
          group,
          needs === 'own' ? 'a /24' : 'VIPs in a shared prefix',
          String(hosts),
          share === undefined ? '-' : `${Math.round(share * 1000) / 10} %`,
          Object.entries(from)
            .map(([other, count]) => `${other} (${counted(count, 'host')})`)
            .join(', '),
        ]),
      )}`,
    );
  return parts.join('\n\n');
}

function sitesText({ sites }: Reply): string {
  return sites
    .map(({ site, prefixes, host_routes: hosts }) => {
      const lines = [
        ...prefixes.map(({ prefix, groups }) => `  ${prefix}  to transits and peers (${groups.join(', ')})`),
        ...hosts.map(({ route, service, group }) => `  ${route}  host route (${service} in ${group})`),
      ];
      return [`${site}:`, ...(lines.length === 0 ? ['  nothing'] : lines)].join('\n');
    })
    .join('\n');
}

function objectsText({ objects }: Reply): string {
  if (objects.length === 0) return 'no origin_as is set in network.yaml, so nothing can be registered';
  const rows = objects.map(({ roa }) => [roa.prefix, String(roa.maxLength), `AS${roa.asn}`]);
  return [...objects.map(({ rpsl }) => rpsl), `ROAs:\n${tableText(['prefix', 'maxlength', 'asn'], rows)}`].join('\n\n');
}

/** The first thing an operator sees. */
import type { LoadSuccess } from '../compile/compiler.ts';
import { formatListen, type ListenAddress } from '../transport/socket-address.ts';
import { ownVersion } from './version.ts';

export interface Banner {
  readonly load: LoadSuccess;
  readonly addresses: readonly ListenAddress[];
  /** Where DNS over TLS and over HTTPS listen. */
  readonly dot: readonly ListenAddress[];
  readonly doh: readonly ListenAddress[];
  /** Interfaces whose queries are taken by XDP. */
  readonly xdp: readonly { readonly name: string; readonly queues: number; readonly native: boolean }[];
  /** Where the API listens; undefined without one. */
  readonly api: { readonly addresses: readonly ListenAddress[]; readonly tls: boolean } | undefined;
  /** The file of a token that was made just now. */
  readonly newToken: string | undefined;
  readonly zones: string;
  readonly milliseconds: number;
}

/** What is served, and what to try. */
export function bannerText({ load, addresses, dot, doh, xdp, api, newToken, zones, milliseconds }: Banner): string {
  const hosts = load.zones.reduce((sum, z) => sum + z.hosts, 0);
  const groups = load.network.groups.map((g) => g.id).join(', ');
  const shown = load.zones
    .slice(0, 10)
    .map((z) => `  ${z.name.padEnd(20)} serial ${z.serial}  ${z.hosts} steered, ${z.records} records  (${z.file})`);
  if (load.zones.length > shown.length) shown.push(`  … and ${load.zones.length - shown.length} more zones`);
  const lines = [
    `steerd ${ownVersion()}: ${load.zones.length} zones, ${hosts} steered hosts, ready in ${milliseconds} ms`,
    ...shown,
    `groups: ${groups}`,
    `listening on ${addresses.map(formatListen).join(', ')} (UDP and TCP)`,
    ...(dot.length === 0 ? [] : [`DNS over TLS on ${dot.map(formatListen).join(', ')}`]),
    ...(doh.length === 0 ? [] : [`DNS over HTTPS on ${doh.map(formatListen).join(', ')}`]),
    ...xdp.map(
      ({ name, queues, native }) =>
        `XDP on ${name}: ${queues} ${queues === 1 ? 'queue' : 'queues'}${native ? '' : '; its driver has no XDP, so the kernel runs the program, which is slower'}`,
    ),
  ];
  if (api !== undefined) {
    const scheme = api.tls ? 'https' : 'http';
    lines.push(
      `API on ${api.addresses.map((address) => `${scheme}://${formatListen(address)}`).join(', ')} (described at /docs)`,
    );
  }
  if (newToken !== undefined) lines.push(`made a first operator token in ${newToken}; the command line finds it there`);
  const isExample = load.zones.some((z) => z.name === 'example.net.');
  const to = addresses[0];
  if (isExample && to !== undefined) {
    const dig = `  dig @${to.host} -p ${to.port} www.example.net +short`;
    const move = '  npm run -s steerd -- move www.example.net --to europe --reason demo';
    lines.push('', 'try:', dig, ...(api === undefined ? [] : [move, dig]));
    lines.push(`or edit ${zones}/example.net.yaml and ask again: the new answer is served at once`);
  }
  return lines.join('\n');
}

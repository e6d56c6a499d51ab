/** What is checked: every VIP of a service with checks, and where each check of it goes. Pure. */
import { formatAddress } from '../net/address.ts';
import { type Family, families, type Network, targetKey } from '../steering/model.ts';
import type { Check, Endpoint, HealthModel, Probe, ServiceChecks } from './check.ts';

/** The key under which the reference checks are observed. No target's: those have slashes. */
export const REFERENCES = 'references';

export interface WatchedTarget {
  /** `web/zurich/ipv6` */
  readonly key: string;
  readonly service: string;
  readonly group: string;
  readonly family: Family;
  /** The VIP as text. */
  readonly address: string;
  /** Numbers of the sites that serve it. */
  readonly sites: readonly number[];
  readonly checks: ServiceChecks;
}

/** Every target of every service with checks, in the order of the network. */
export function watchedTargets(network: Network, model: HealthModel): WatchedTarget[] {
  return network.services.flatMap(({ id: service, vips }) => {
    const checks = model.services[service];
    if (checks === undefined) return [];
    return vips.flatMap((vip, index) =>
      families.flatMap((family) => {
        const octets = vip[family];
        if (octets === undefined) return [];
        const { id: group, instances } = network.groups[index];
        const key = targetKey(service, group, family);
        return [{ key, service, group, family, address: formatAddress(octets), sites: instances, checks }];
      }),
    );
  });
}

/** Where a check of a target goes. */
export function endpointOf(
  { probe, elsewhere }: Check,
  target: Pick<WatchedTarget, 'group' | 'family' | 'address'>,
): Required<Endpoint> {
  const own = 'port' in probe ? probe.port : 0;
  const other =
    elsewhere === undefined
      ? undefined
      : 'all' in elsewhere
        ? elsewhere.all
        : elsewhere.groups[target.group]?.[target.family];
  return { address: other?.address ?? target.address, port: other?.port ?? own };
}

/** The probe with what it says of the target filled in: `{service}`, `{group}`, `{family}`, `{address}` and `{port}`. */
export function filledIn(
  probe: Probe,
  target: Pick<WatchedTarget, 'service' | 'group' | 'family'>,
  at: Required<Endpoint>,
): Probe {
  const values: Readonly<Record<string, string>> = {
    service: target.service,
    group: target.group,
    family: target.family,
    address: at.address,
    port: String(at.port),
  };
  const fill = (text: string): string =>
    text.replace(/\{(service|group|family|address|port)\}/g, (_, key: string) => values[key]);
  if (probe.type === 'exec') return { ...probe, command: probe.command.map(fill) };
  if (probe.type === 'prometheus') return { ...probe, query: fill(probe.query) };
  return probe;
}

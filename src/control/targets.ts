/** The network's groups and services with the states that count now. */
import { formatAddress } from '../net/address.ts';
import { type Family, families, type TargetState } from '../steering/model.ts';
import { stateOf } from '../steering/state.ts';
import type { Publisher } from './publisher.ts';

export interface TargetView {
  readonly group: string;
  readonly family: Family;
  readonly address: string;
  readonly state: TargetState;
  readonly forced: boolean;
}

/** Every VIP of each service. */
export function serviceTargets(publisher: Publisher): { id: string; targets: TargetView[] }[] {
  const world = publisher.world(Date.now());
  if (world === undefined) return [];
  const { network } = world;
  return network.services.map(({ id, vips }, service) => ({
    id,
    targets: vips.flatMap((vip, group) =>
      families.flatMap((family) => {
        const address = vip[family];
        if (address === undefined) return [];
        const { state, forced } = stateOf(world, service, group, family);
        const { id: name } = network.groups[group];
        return [{ group: name, family, address: formatAddress(address), state, forced: forced !== undefined }];
      }),
    ),
  }));
}

/**
 * Services of network.yaml: the VIPs they have in each group.
 */
import { formatAddress } from '../net/address.ts';
import { type Family, families, type Group, type Service } from '../steering/model.ts';
import type { NameTable } from './name-table.ts';
import type { NetworkFile, ServiceFile } from './network-schema.ts';
import type { FieldProblem } from './prefix-field.ts';
import { addressField, contains, familyName, prefixText } from './prefix-field.ts';
import type { Reporter } from './reporter.ts';
import type { Path } from './yaml-load.ts';

type Vips = { -readonly [F in Family]?: Uint8Array };

/** Who has an address. */
interface Owner {
  readonly service: string;
  readonly group: string;
}

/** All services of the file, in its order. */
export function buildServices(
  file: NetworkFile['services'],
  groups: readonly Group[],
  names: NameTable,
  reporter: Reporter,
): Service[] {
  const builder = new ServiceBuilder(groups, reporter);
  return Object.entries(file).map(([id, service]) => {
    for (const group of Object.keys(service.vips ?? {})) {
      names.find(group, ['services', id, 'vips', group], reporter, true);
    }
    return { id, vips: builder.vips(id, service) };
  });
}

class ServiceBuilder {
  readonly #groups: readonly Group[];
  readonly #reporter: Reporter;
  readonly #owners = new Map<string, Owner>();
  /** One slip in `vip:` would be told for every group and family. */
  readonly #told = new Set<string>();

  constructor(groups: readonly Group[], reporter: Reporter) {
    this.#groups = groups;
    this.#reporter = reporter;
  }

  /** VIPs by group. */
  vips(id: string, service: ServiceFile): Vips[] {
    if (service.vip === undefined && service.vips === undefined) {
      this.#reporter.report({
        code: 'missing-key',
        path: ['services', id],
        message: `service "${id}" has no VIP`,
        fix: 'add e.g. vip: 64',
      });
    }
    return this.#groups.map((group) => {
      const named = service.vips?.[group.id];
      const found: Vips = {};
      for (const family of families) {
        const path = named === undefined ? ['services', id, 'vip'] : ['services', id, 'vips', group.id, family];
        const address =
          named === undefined
            ? this.#fromDigits(id, service.vip, group, family)
            : this.#fromText(id, named[family], group, family, path);
        if (address === undefined) continue;
        found[family] = address;
        this.#claim(address, id, group, family, path);
      }
      return found;
    });
  }

  #fromText(id: string, text: string | undefined, group: Group, family: Family, path: Path): Uint8Array | undefined {
    if (text === undefined) return undefined;
    const result = addressField(text, family);
    if ('problem' in result) return this.#mistake('bad-address', path, result.problem);
    const prefix = group.prefixes[family];
    if (prefix === undefined) {
      return this.#mistake('vip-without-prefix', path, {
        message: `group "${group.id}" has no ${familyName[family]} prefix, so "${id}" can not have ${text} there`,
        fix: `leave ${family} out here, or give the group a prefix`,
      });
    }
    if (contains(prefix, result.address)) return result.address;
    return this.#mistake('vip-outside-prefix', path, {
      message: `${text} is not in ${prefixText(prefix)}, the ${familyName[family]} prefix of group "${group.id}"`,
      fix: 'write an address of that prefix',
    });
  }

  /** The network's address, its last octet (two in IPv6) replaced by what the digits are when read as text in that place. */
  #fromDigits(id: string, digits: number | undefined, group: Group, family: Family): Uint8Array | undefined {
    const prefix = group.prefixes[family];
    if (prefix === undefined || digits === undefined) return undefined;
    const path = ['services', id, 'vip'];
    const oneByOne = `vips: { ${group.id}: { ${family}: … } }`;
    const address = prefix.address.slice();
    if (family === 'ipv4') {
      if (digits > 255) {
        return this.#mistake('bad-vip', path, {
          message: `${digits} can not be the last number of an IPv4 address, as in group "${group.id}"`,
          fix: `write 1 to 255, or name it: ${oneByOne}`,
        });
      }
      address[3] = digits;
    } else {
      const hextet = Number.parseInt(String(digits), 16);
      address[14] = hextet >> 8;
      address[15] = hextet & 0xff;
    }
    if (contains(prefix, address)) return address;
    return this.#mistake('vip-outside-prefix', path, {
      message: `VIP ${digits} is ${formatAddress(address)} in group "${group.id}", which is not in ${prefixText(prefix)}`,
      fix: `name it: ${oneByOne}`,
    });
  }

  /** An address belongs to one service in one group: BGP can announce it in one way only, and a check of it is a check of one target. */
  #claim(address: Uint8Array, service: string, group: Group, family: Family, path: Path): void {
    const text = formatAddress(address);
    const owner = this.#owners.get(text);
    if (owner === undefined) {
      this.#owners.set(text, { service, group: group.id });
    } else if (owner.service === service) {
      this.#once([...path, owner.group, group.id], 'vip-in-two-groups', path, {
        message: `"${service}" has ${text} in two groups, "${owner.group}" and "${group.id}"`,
        fix: `write another one for ${group.id}: vips: { ${group.id}: { ${family}: … } }`,
      });
    } else {
      this.#once([...path, owner.service], 'vip-of-two-services', path, {
        message: `${text} is a VIP of service "${owner.service}" already, in group "${owner.group}"`,
        fix: 'write another one',
      });
    }
  }

  #once(key: Path, code: string, path: Path, problem: FieldProblem): void {
    const name = JSON.stringify([code, ...key]);
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#mistake(code, path, problem);
  }

  #mistake(code: string, path: Path, problem: FieldProblem): undefined {
    this.#reporter.report({ code, path, ...problem });
  }
}

/**
 * What a test needs beyond npm: programs from Debian, privileges. `needs('knotd', 'netns')` names what is missing, with the package to install; the test is
 * then skipped, but with CI=true it fails, so that nothing is silently left out there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { it } from 'vitest';

/** Debian package of each program. */
const PACKAGES = {
  dig: 'bind9-dnsutils',
  delv: 'bind9-dnsutils',
  nsupdate: 'bind9-dnsutils',
  drill: 'ldnsutils',
  'ldns-verify-zone': 'ldnsutils',
  'ldns-signzone': 'ldnsutils',
  'dnssec-keygen': 'bind9-utils',
  'dnssec-dsfromkey': 'bind9-utils',
  'dnssec-settime': 'bind9-utils',
  'dnssec-verify': 'bind9-utils',
  'named-checkzone': 'bind9-utils',
  unbound: 'unbound',
  kdig: 'knot-dnsutils',
  knsupdate: 'knot-dnsutils',
  kxdpgun: 'knot-dnsutils',
  knotd: 'knot',
  knotc: 'knot',
  nsd: 'nsd',
  named: 'bind9',
  gdnsd: 'gdnsd',
  ip: 'iproute2',
  openssl: 'openssl',
  chattr: 'e2fsprogs',
  curl: 'curl',
  dnsperf: 'dnsperf',
  dnsdist: 'dnsdist',
  nginx: 'nginx-light',
  prometheus: 'prometheus',
  stayrtr: 'stayrtr',
  prlimit: 'util-linux',
  'systemd-analyze': 'systemd',
} as const;

export type Need = keyof typeof PACKAGES | 'mod-geoip' | 'netns';

export const everyNeed: readonly Need[] = [
  ...(Object.keys(PACKAGES) as (keyof typeof PACKAGES)[]),
  'mod-geoip',
  'netns',
];

/** Whole path of a program; Debian keeps servers in sbin, which a user's PATH lacks. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** What of these is missing, in words. */
export function missing(...needs: readonly Need[]): string[] {
  return needs.flatMap((need) => {
    if (need === 'netns') return canMakeNamespaces() ? [] : ['root, to make network namespaces (ip netns)'];
    if (need === 'mod-geoip') {
      // A module of knotd, not a program.
      const there = globSync('/usr/{lib,lib64,local/lib}/{,*/}knot/modules-*/geoip.so').length > 0;
      return there ? [] : ['mod-geoip of Knot (Debian package knot-module-geoip)'];
    }
    return programPath(need) === undefined ? [`${need} (Debian package ${PACKAGES[need]})`] : [];
  });
}

/** `it`, or a skipped one whose name says what is missing; with CI=true a failing one. */
export function itNeeds(...needs: readonly Need[]): typeof it | typeof it.skip {
  const lacking = missing(...needs);
  if (lacking.length === 0) return it;
  const message = `needs ${lacking.join(' and ')}`;
  if (process.env.CI === 'true') {
    return ((name: string) =>
      it(name, () => {
        throw new Error(message);
      })) as unknown as typeof it;
  }
  return ((name: string, ...rest: Parameters<typeof it.skip> extends [unknown, ...infer R] ? R : never) =>
    it.skip(`${name} [${message}]`, ...rest)) as unknown as typeof it.skip;
}

let namespaces: boolean | undefined;

function canMakeNamespaces(): boolean {
  if (namespaces === undefined) {
    const name = `steerd-probe-${process.pid}`;
    const ip = programPath('ip');
    try {
      if (ip === undefined) throw new Error('no ip');
      execFileSync(ip, ['netns', 'add', name], { stdio: 'ignore' });
      execFileSync(ip, ['netns', 'del', name], { stdio: 'ignore' });
      namespaces = true;
    } catch {
      namespaces = false;
    }
  }
  return namespaces;
}

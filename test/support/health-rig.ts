/**
 * A server that steers one host between two nginx a family: `zurich`, where it belongs, and `all`, where it goes when that is down. Addresses are documentation ones;
 * what is checked is on loopback.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiCaller } from './api.ts';
import { UdpClient } from './ask.ts';
import { A, AAAA } from './move-rig.ts';
import { Nginx } from './nginx.ts';
import { remove, SteerdProcess, type Workplace, workplace } from './steerd-process.ts';

export const HOST = 'www.example.net';
export const ADDRESSES = {
  zurich: { ipv4: '203.0.113.64', ipv6: '20010db8001900000000000000000064' },
  all: { ipv4: '192.0.2.64', ipv6: '20010db8001600000000000000000064' },
} as const;

export interface HealthRigOptions {
  /** Of the check, in YAML, beside type and address. */
  readonly check?: string;
  /** All checks of the service in place of that one, one a line; PLACE stands for the server's directory. No nginx is started then. */
  readonly checks?: string;
  readonly type?: 'http' | 'https' | 'tcp';
  readonly tls?: { readonly cert: string; readonly key: string };
  /** More of network.yaml, at its top. */
  readonly more?: string;
  readonly policy?: string;
  readonly env?: Record<string, string>;
}

const GROUPS = ['zurich', 'all'] as const;
const LOOPBACK = { zurich: { ipv4: '127.0.0.2', ipv6: '::1' }, all: { ipv4: '127.0.0.3', ipv6: '::1' } } as const;

export class HealthRig {
  readonly place: Workplace;
  readonly targets: Record<(typeof GROUPS)[number], { ipv4: Nginx; ipv6: Nginx }>;
  /** Variables of the server's next start. */
  env: Record<string, string>;
  readonly #options: HealthRigOptions;
  server!: SteerdProcess;
  api!: ApiCaller;
  client!: UdpClient;

  private constructor(place: Workplace, targets: HealthRig['targets'], options: HealthRigOptions) {
    this.place = place;
    this.targets = targets;
    this.#options = options;
    this.env = options.env ?? {};
  }

  static async start(options: HealthRigOptions = {}): Promise<HealthRig> {
    const { tls } = options;
    const start = (address: string): Promise<Nginx> => Nginx.start({ address, ...(tls === undefined ? {} : { tls }) });
    const pair = async (group: 'zurich' | 'all') => ({
      ipv4: await start(LOOPBACK[group].ipv4),
      ipv6: await start(LOOPBACK[group].ipv6),
    });
    const targets =
      options.checks === undefined
        ? { zurich: await pair('zurich'), all: await pair('all') }
        : ({} as HealthRig['targets']);
    const place = workplace('network');
    const rig = new HealthRig(place, targets, options);
    rig.write();
    writeFileSync(
      join(place.zones, 'example.net.zone'),
      '$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\nwww 60 IN STEER web zurich\n',
    );
    await rig.run();
    return rig;
  }

  /** Writes network.yaml. @param checks in place of the rig's own */
  write(checks = this.#options.checks?.replaceAll('PLACE', this.place.folder)): void {
    const { type = 'http', check = '', more = '', policy = '{}' } = this.#options;
    const at = Object.entries(this.targets)
      .map(
        ([group, { ipv4, ipv6 }]) => `${group}: { ipv4: '${ipv4.address}:${ipv4.port}', ipv6: '[::1]:${ipv6.port}' }`,
      )
      .join(', ');
    writeFileSync(
      join(this.place.zones, 'network.yaml'),
      `${more}
sites: { zrh: { country: CH }, fra: { country: DE } }
groups:
  all: { routing: lazy, instances: [fra], prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }
  zurich: { parent: all, routing: lazy, instances: [zrh], prefixes: { ipv4: 203.0.113.0/24, ipv6: 2001:db8:19::/48 } }
policies: { default: ${policy} }
services:
  web:
    vip: 64
    checks:
      ${checks ?? `page: { type: ${type}, ${check}${check === '' ? '' : ', '}address: { ${at} } }`}
`,
    );
  }

  async run(): Promise<void> {
    this.server = await SteerdProcess.start(this.place, this.env);
    this.api = ApiCaller.of(this.server, this.place);
    this.client = await UdpClient.open();
    await this.until(async () => (await this.api.get('/readyz')).status === 200, 20_000);
  }

  async restart(): Promise<void> {
    this.client.close();
    await this.server.stop();
    await this.run();
  }

  /** The host's A and AAAA now. */
  async answers(): Promise<{ ipv4: string | undefined; ipv6: string | undefined }> {
    const of = async (type: number) => (await this.client.ask(this.server.address, HOST, type)).addresses[0];
    return { ipv4: await of(A), ipv6: await of(AAAA) };
  }

  /** Waits until the host's A or AAAA is that of a group. @returns after how many milliseconds */
  async answeredBy(group: 'zurich' | 'all', family: 'ipv4' | 'ipv6', within = 30_000): Promise<number> {
    return this.until(async () => (await this.answers())[family] === ADDRESSES[group][family], within);
  }

  async until(good: () => Promise<boolean>, within: number): Promise<number> {
    const began = performance.now();
    while (!(await good())) {
      if (performance.now() - began > within)
        throw new Error(`not within ${within} ms: ${JSON.stringify((await this.api.get('/v1/health')).body)}`);
      await new Promise((again) => setTimeout(again, 10));
    }
    return performance.now() - began;
  }

  async health(): Promise<Record<string, { state: string; effective: string; cause: string; latched: boolean }>> {
    const { items } = (await this.api.get('/v1/health')).body;
    return Object.fromEntries(
      items.map((item: { group: string; family: string }) => [`${item.group}/${item.family}`, item]),
    );
  }

  async stop(): Promise<void> {
    this.client?.close();
    await this.server?.stop();
    for (const { ipv4, ipv6 } of Object.values(this.targets)) {
      await ipv4.stop();
      await ipv6.stop();
    }
    remove(this.place);
  }
}

/** A certificate of the folder's authority, which is made when there is none. @param days of its life, none left when negative */
export function certificate(folder: string, name: string, days: number): { cert: string; key: string; ca: string } {
  mkdirSync(folder, { recursive: true });
  const at = (file: string): string => join(folder, file);
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  if (!existsSync(at('ca.pem')))
    openssl('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=test', '-days', '30');
  openssl('req', ...key, '-keyout', at('key.pem'), '-out', at('csr.pem'), '-subj', `/CN=${name}`);
  writeFileSync(at('ext'), `subjectAltName=DNS:${name}\n`);
  const sign = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('ext')];
  openssl('x509', '-req', '-in', at('csr.pem'), '-out', at('cert.pem'), '-days', String(days), ...sign);
  return { cert: at('cert.pem'), key: at('key.pem'), ca: at('ca.pem') };
}

/** Checks of network.yaml: which keys go with which kind, and what is taken when a key is left out. */
import {
  type Check,
  type Elsewhere,
  type Endpoint,
  type HealthModel,
  isProbed,
  type Probe,
  type ProbeType,
  type ServiceChecks,
  type Timing,
} from '../health/check.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { type Family, families } from '../steering/model.ts';
import { oneOf } from './explain.ts';
import type { NameTable } from './name-table.ts';
import type { CheckFile, CombineFile, HealthFile } from './network-checks-schema.ts';
import type { NetworkFile } from './network-schema.ts';
import type { Reporter } from './reporter.ts';
import { type Path, valueAt } from './yaml-load.ts';

const TIMED = ['interval', 'jitter', 'timeout', 'recheck', 'rise', 'fall', 'brown_out'] as const;
const HTTP = ['address', 'port', 'path', 'method', 'host', 'headers', 'status', 'body', ...TIMED] as const;

/** Keys of each kind, beside `type`. */
const KEYS: Readonly<Record<ProbeType, readonly string[]>> = {
  tcp: ['address', 'port', ...TIMED],
  http: HTTP,
  https: [...HTTP, 'verify', 'expiry_warning'],
  dns: ['address', 'port', 'name', 'record', 'rcode', 'answer', ...TIMED],
  exec: ['address', 'port', 'command', ...TIMED],
  prometheus: ['address', 'url', 'query', 'expect', ...TIMED],
  push: ['expires'],
  manual: [],
};
const PORTS: Readonly<Partial<Record<ProbeType, number>>> = { http: 80, https: 443, dns: 53 };

const TIMEOUT_MS = 1000;
const RECHECK_MS = 500;
const EXPIRES_MS = 60_000;
const EXPIRY_WARNING_DAYS = 14;

/** All checks of the file. @param written the file as it is, which tells what was said from what is a default */
export function buildHealth(file: NetworkFile, written: unknown, groups: NameTable, reporter: Reporter): HealthModel {
  const builder = new CheckBuilder(written, groups, reporter);
  const services: Record<string, ServiceChecks> = {};
  for (const [id, { checks, combine }] of Object.entries(file.services)) {
    const at = ['services', id];
    const built = builder.all(checks ?? {}, combine ?? 'all', [...at, 'checks'], [...at, 'combine']);
    if (built !== undefined) services[id] = built;
    else if (combine !== undefined)
      reporter.report({
        code: 'nothing-to-combine',
        path: [...at, 'combine'],
        key: true,
        message: `service "${id}" has no checks to combine`,
        fix: 'add checks: …, or leave combine out',
      });
  }
  return { services, ...asAWhole(file.health, builder) };
}

function asAWhole(file: HealthFile, builder: CheckBuilder): Omit<HealthModel, 'services'> {
  const { enabled, window, release } = file.cut_off;
  const references = builder.all(file.references, file.combine, ['health', 'references'], ['health', 'combine']);
  for (const id of Object.keys(file.references))
    builder.needsAddress(file.references[id], ['health', 'references', id]);
  return { cutOff: enabled ? { window, release } : undefined, references, stale: file.stale, rate: file.rate };
}

class CheckBuilder {
  readonly #written: unknown;
  readonly #groups: NameTable;
  readonly #reporter: Reporter;

  constructor(written: unknown, groups: NameTable, reporter: Reporter) {
    this.#written = written;
    this.#groups = groups;
    this.#reporter = reporter;
  }

  /** @returns undefined for none */
  all(
    checks: Readonly<Record<string, CheckFile>>,
    combine: CombineFile,
    path: Path,
    combinePath: Path,
  ): ServiceChecks | undefined {
    const built = Object.entries(checks).map(([id, file]) => this.#check(id, file, [...path, id]));
    if (built.length === 0) return undefined;
    const need = combine === 'all' ? built.length : combine === 'any' ? 1 : combine.n_of;
    if (need > built.length)
      this.#mistake(
        'too-many-needed',
        [...combinePath, 'n_of'],
        `${need} checks can not be up, since there are ${built.length}`,
        `write 1 to ${built.length}`,
      );
    return { checks: built, need };
  }

  /** A reference check has no VIP to go to. */
  needsAddress({ type, address }: CheckFile, path: Path): void {
    if (type === 'push' || type === 'manual')
      this.#mistake(
        'bad-value',
        [...path, 'type'],
        `a reference check can not be ${type}: nobody reports it`,
        'write e.g. type: tcp',
      );
    else if (address === undefined && type !== 'prometheus' && type !== 'exec')
      this.#mistake(
        'missing-key',
        [...path, 'address'],
        '"address" is missing: a reference check has no VIP to go to',
        'add e.g. address: 127.0.0.1:53',
      );
    else if (typeof address === 'object')
      this.#mistake(
        'bad-value',
        [...path, 'address'],
        'a reference check belongs to no group',
        'write e.g. address: 127.0.0.1:53',
      );
  }

  #check(id: string, file: CheckFile, path: Path): Check {
    const { type } = file;
    for (const key of Object.keys((valueAt(this.#written, path) as object) ?? {})) {
      if (key === 'type' || KEYS[type].includes(key)) continue;
      const kinds = Object.entries(KEYS).flatMap(([kind, keys]) => (keys.includes(key) ? [kind] : []));
      // A key no kind has is a mistake of shape, and told already.
      if (kinds.length === 0) continue;
      const others = KEYS[type].length === 0 ? 'leave it out' : `its keys are ${KEYS[type].join(', ')}`;
      this.#mistake(
        'unknown-key',
        [...path, key],
        `"${key}" is for checks of type ${oneOf(kinds)}, and this is ${type}`,
        others,
        true,
      );
    }
    const probe = this.#probe(file, path);
    const elsewhere = file.address === undefined ? undefined : this.#elsewhere(file.address, [...path, 'address']);
    if (type === 'tcp' && file.port === undefined && !namesPorts(elsewhere))
      this.#mistake('missing-key', [...path, 'port'], '"port" is missing', 'add e.g. port: 80');
    return {
      id,
      probe,
      timing: this.#timing(file, path, isProbed(probe)),
      ...(elsewhere === undefined ? {} : { elsewhere }),
    };
  }

  #timing(file: CheckFile, path: Path, isProbe: boolean): Timing {
    const { interval, rise, fall, brown_out: brownOut } = file;
    const { timeout = Math.min(TIMEOUT_MS, interval), jitter = Math.round(interval / 10) } = file;
    const { recheck = Math.min(RECHECK_MS, Math.ceil(interval / 4)) } = file;
    if (isProbe && timeout > interval)
      this.#mistake(
        'bad-value',
        [...path, 'timeout'],
        '"timeout" is longer than the interval',
        'write at most as much, or a longer interval',
      );
    if (jitter > interval)
      this.#mistake(
        'bad-value',
        [...path, 'jitter'],
        '"jitter" is longer than the interval',
        'write e.g. a tenth of it',
      );
    return { interval, jitter, timeout, recheck, rise, fall, ...(brownOut === undefined ? {} : { brownOut }) };
  }

  #probe(file: CheckFile, path: Path): Probe {
    const { type, port = PORTS[type] ?? 0 } = file;
    switch (type) {
      case 'tcp':
        return { type, port };
      case 'http':
      case 'https':
        return this.#http(file, type, port, path);
      case 'dns': {
        const { name = '', record = 'A', rcode = 'NOERROR', answer } = file;
        this.#needs(file.name, 'name', 'name: www.example.net', path);
        return { type, port, name, record, rcode, ...(answer === undefined ? {} : { answer }) };
      }
      case 'exec':
        this.#needs(file.command, 'command', "command: [/usr/local/bin/check, '{address}']", path);
        return { type, command: file.command ?? [] };
      case 'prometheus': {
        const { url = '', query = '', expect = '== 1' } = file;
        this.#needs(file.url, 'url', 'url: http://127.0.0.1:9090', path);
        this.#needs(file.query, 'query', `query: 'probe_success{instance="{address}"}'`, path);
        const [, operator, threshold] = /^([<>=!]+) *(.*)$/.exec(expect) as unknown as [string, '==', string];
        return { type, url, query, operator, threshold: Number(threshold) };
      }
      case 'push':
        return { type, expires: file.expires ?? EXPIRES_MS };
      case 'manual':
        return { type };
    }
  }

  #http(file: CheckFile, type: 'http' | 'https', port: number, path: Path): Probe {
    const { method = 'GET', path: asked = '/', headers = {}, host, body, verify = true } = file;
    if (type === 'https' && verify && host === undefined)
      this.#mistake(
        'missing-key',
        [...path, 'host'],
        '"host" is missing: a certificate is checked against a name',
        'add e.g. host: www.example.net, or verify: false',
      );
    if (body !== undefined && method === 'HEAD')
      this.#mistake('bad-value', [...path, 'method'], 'there is no body to look at with HEAD', 'write method: GET');
    const status = file.status === undefined ? [[200, 299] as const] : this.#ranges(file.status, [...path, 'status']);
    return {
      type,
      port,
      method,
      path: asked,
      headers,
      ...(host === undefined ? {} : { host }),
      status,
      ...(body === undefined ? {} : { body }),
      verify,
      expiryWarning: file.expiry_warning ?? EXPIRY_WARNING_DAYS,
    };
  }

  #ranges(status: NonNullable<CheckFile['status']>, path: Path): [number, number][] {
    if (!Array.isArray(status)) return [[status, status]];
    return status.map((each, i) => {
      if (typeof each === 'number') return [each, each];
      const [, from, to] = (/^([1-5]\d\d)-([1-5]\d\d)$/.exec(each) ?? []).map(Number);
      if (from !== undefined && from <= to) return [from, to];
      this.#mistake('bad-value', [...path, i], `"${each}" is no range of status codes`, 'write e.g. 200-299');
      return [0, 0];
    });
  }

  #elsewhere(address: NonNullable<CheckFile['address']>, path: Path): Elsewhere {
    if (typeof address === 'string') return { all: this.#endpoint(address, path) };
    const groups: Record<string, Partial<Record<Family, Endpoint>>> = {};
    for (const [group, at] of Object.entries(address)) {
      this.#groups.find(group, [...path, group], this.#reporter, true);
      groups[group] = {};
      for (const family of families) {
        const text = at[family];
        if (text !== undefined) groups[group][family] = this.#endpoint(text, [...path, group, family]);
      }
    }
    return { groups };
  }

  #endpoint(text: string, path: Path): Endpoint {
    const whole = parseAddress(text);
    if (whole !== undefined) return { address: formatAddress(whole) };
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
    const octets = parseAddress(match?.[1] ?? match?.[2] ?? '');
    const port = Number(match?.[3]);
    if (octets !== undefined && (octets.length === 16) === (match?.[1] !== undefined) && port >= 1 && port <= 65535)
      return { address: formatAddress(octets), port };
    this.#mistake(
      'bad-address',
      path,
      `"${text}" is no IP address, nor one with a port`,
      'write e.g. 127.0.0.1, 127.0.0.1:8080 or [::1]:8080',
    );
    return { address: '' };
  }

  #needs(value: unknown, key: string, example: string, path: Path): void {
    if (value === undefined) this.#mistake('missing-key', [...path, key], `"${key}" is missing`, `add e.g. ${example}`);
  }

  #mistake(code: string, path: Path, message: string, fix: string, key = false): void {
    this.#reporter.report({ code, path, message, fix, key });
  }
}

/** Whether every place it goes to says its port. */
function namesPorts(elsewhere: Elsewhere | undefined): boolean {
  return elsewhere !== undefined && 'all' in elsewhere && elsewhere.all.port !== undefined;
}

/** Policies of network.yaml: what their words mean, and the groups they name. */
import type { Choice, Ipv4Rule, Policy } from '../steering/model.ts';
import { plainPolicy } from '../steering/policy.ts';
import type { NameTable } from './name-table.ts';
import type { PolicyFile } from './network-policies-schema.ts';
import type { Reporter } from './reporter.ts';
import type { Path } from './yaml-load.ts';

/** What the TTL of `default` is when the file doesn't say. */
const DEFAULT_TTL = 60;
/** As many as one octet tells apart (steering/shares.ts). */
const MOST_SHARES = 255;

/** `default` first, whether the file has it or not, then the others in its order. */
export function buildPolicies(
  file: Readonly<Record<string, PolicyFile>>,
  names: NameTable,
  reporter: Reporter,
): Policy[] {
  const { default: standard, ...others } = file;
  const build = (id: string, policy: PolicyFile): Policy => new PolicyBuilder(id, names, reporter).build(policy);
  const first = standard === undefined ? plainPolicy('default', DEFAULT_TTL) : build('default', standard);
  return [first, ...Object.entries(others).map(([id, policy]) => build(id, policy))];
}

class PolicyBuilder {
  readonly #id: string;
  readonly #path: Path;
  readonly #names: NameTable;
  readonly #reporter: Reporter;

  constructor(id: string, names: NameTable, reporter: Reporter) {
    this.#id = id;
    this.#path = ['policies', id];
    this.#names = names;
    this.#reporter = reporter;
  }

  build(file: PolicyFile): Policy {
    const { ttl_min: ttlMin, ttl_max: ttlMax, last_resort: lastResort } = file;
    if (ttlMin !== undefined && ttlMax !== undefined && ttlMin > ttlMax) {
      this.#reporter.report({
        code: 'bad-ttl',
        path: [...this.#path, 'ttl_min'],
        message: `ttl_min is ${ttlMin}, above ttl_max, which is ${ttlMax}`,
        fix: 'write the smaller one as ttl_min',
      });
    }
    const { all, ipv6 } = typeof lastResort === 'string' ? { all: lastResort, ipv6: 'answer' as const } : lastResort;
    return {
      id: this.#id,
      ttl: file.ttl,
      ...(ttlMin === undefined ? {} : { ttlMin }),
      ...(ttlMax === undefined ? {} : { ttlMax }),
      choice: this.#choice(file.choice),
      ipv4: this.#ipv4(file.ipv4),
      lastResort: all === 'last_good' ? 'last-good' : all,
      lastResortIpv6: ipv6,
      unknown: file.unknown,
      failback: file.failback,
    };
  }

  #ipv4(rule: PolicyFile['ipv4']): Ipv4Rule {
    if (typeof rule === 'string') return rule;
    const atLeast = this.#group(rule.at_least, ['ipv4', 'at_least']);
    return atLeast === undefined ? 'nearest' : { atLeast };
  }

  #choice(file: PolicyFile['choice']): Choice {
    if (typeof file === 'string') return { kind: file };
    const { weighted, split, percent, by, rest } = file;
    if ((weighted === undefined) === (split === undefined)) {
      this.#mistake(
        ['choice'],
        'a choice is shared out either by `weighted` or by `split`',
        'write e.g. choice: { weighted: { europe: 3, anycast: 1 } }',
      );
      return { kind: 'ladder' };
    }
    if (weighted !== undefined) return this.#weighted(weighted, percent, by);
    if (percent === undefined) {
      this.#mistake(['choice'], 'how much `split` gets is missing', 'add e.g. percent: 10');
      return { kind: 'ladder' };
    }
    const to = this.#group(split!, ['choice', 'split']);
    return to === undefined ? { kind: 'ladder' } : { kind: 'split', to, percent, by, rest: { kind: rest } };
  }

  #weighted(weights: Readonly<Record<string, number>>, percent: number | undefined, by: 'host' | 'client'): Choice {
    const at = ['choice', 'weighted'];
    if (percent !== undefined) this.#mistake(['choice', 'percent'], 'weights need no percentage', 'leave percent out');
    const entries = Object.entries(weights);
    if (entries.length > MOST_SHARES)
      this.#mistake(at, `${entries.length} groups are too many to share among`, `name ${MOST_SHARES} at most`);
    if (entries.every(([, weight]) => weight === 0))
      this.#mistake(at, 'no group has a weight', 'write a weight above 0 for one group at least');
    const shares = entries.flatMap(([id, weight]) => {
      const group = this.#names.find(id, [...this.#path, ...at, id], this.#reporter, true);
      return group === undefined ? [] : [{ group, weight }];
    });
    // Of one there is nothing to share, but its host is answered from there all the same.
    return { kind: 'weighted', shares, by };
  }

  #group(id: string, path: Path): number | undefined {
    return this.#names.find(id, [...this.#path, ...path], this.#reporter);
  }

  #mistake(path: Path, message: string, fix: string): void {
    this.#reporter.report({ code: 'bad-choice', path: [...this.#path, ...path], message, fix });
  }
}

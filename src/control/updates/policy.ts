/** Who may change what by dynamic updates. */
import type { UpdateRule } from '../../config/update-settings.ts';
import { isNeverUpdated, type NamePattern } from '../../config/updated-fields.ts';
import { PrefixSet } from '../../net/prefix-set.ts';
import { sameName, suffixOffset } from '../../wire/name.ts';

/** Who asks. */
export interface Asker {
  /** The key's name, wire form, lower case. */
  readonly key: Uint8Array;
  /** 4 or 16 octets. */
  readonly client: Uint8Array;
}

export class UpdatePolicy {
  readonly #rules: readonly (Omit<UpdateRule, 'networks'> & { readonly networks: PrefixSet | undefined })[];

  constructor(rules: readonly UpdateRule[]) {
    this.#rules = rules.map((rule) => ({ ...rule, networks: rule.networks && new PrefixSet(rule.networks) }));
  }

  /** @param type undefined: whether anything may be changed at the name */
  allows({ key, client }: Asker, apex: Uint8Array, owner: Uint8Array, type: number | undefined): boolean {
    if (type !== undefined && isNeverUpdated(type)) return false;
    return this.#rules.some(
      (rule) =>
        rule.keys.some((name) => sameName(name, key)) &&
        (rule.zones === undefined || rule.zones.some((zone) => sameName(zone, apex))) &&
        (rule.networks === undefined || rule.networks.has(client, 0, client.length)) &&
        (type === undefined || rule.types === undefined || rule.types.includes(type)) &&
        (rule.names === undefined || rule.names.some((pattern) => matches(pattern, owner, apex, key))),
    );
  }
}

function matches(pattern: NamePattern, owner: Uint8Array, apex: Uint8Array, key: Uint8Array): boolean {
  if (pattern === 'self') return sameName(owner, key);
  if (pattern === 'subdomains') return suffixOffset(owner, key) >= 0;
  const end = pattern.isAbsolute ? owner.length - 1 : owner.length - apex.length;
  const labels: string[] = [];
  for (let at = 0; at < end; at += owner[at] + 1)
    labels.push(String.fromCharCode(...owner.subarray(at + 1, at + 1 + owner[at])));
  return labelsMatch(pattern.labels, labels);
}

/** Whether labels are those of a pattern, in which `*` stands for any number of them: as `globMatches`, label by label. */
function labelsMatch(pattern: readonly string[], labels: readonly string[]): boolean {
  let p = 0;
  let l = 0;
  let star = -1;
  let from = 0;
  while (l < labels.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      from = l;
    } else if (p < pattern.length && pattern[p] === labels[l]) {
      p++;
      l++;
    } else if (star >= 0) {
      p = star + 1;
      l = ++from;
    } else return false;
  }
  while (p < pattern.length && pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Changes of a what-if as options of the command line, in their order. */
import type { ParseArgsConfig } from 'node:util';
import { UsageError } from './command.ts';

const many = { type: 'string', multiple: true } as const;

export const changeOptions = {
  fail: many,
  load: many,
  move: many,
  invalid: many,
  withdraw: many,
  'add-ipv4': many,
  changes: many,
  force: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** An option as Node's parser found it. */
interface Token {
  readonly kind: string;
  readonly name?: string;
  readonly value?: string | boolean | undefined;
}

/**
 * What the API takes; whether it makes sense is looked at there.
 * @param read a file's text
 * @throws UsageError
 */
export function changesFrom(tokens: readonly Token[], force: boolean, read: (file: string) => string): unknown[] {
  return tokens.flatMap(({ kind, name, value }): unknown[] => {
    if (kind !== 'option' || typeof value !== 'string') return [];
    switch (name) {
      case 'fail':
        return [{ fail: value }];
      case 'load':
        return [loadOf(value)];
      case 'move':
        return [moveOf(value, force)];
      case 'invalid':
        return [{ invalid: value }];
      case 'withdraw':
        return [{ withdraw: value }];
      case 'add-ipv4': {
        const [group, prefix] = cut(value);
        return [{ add_ipv4: group, ...(prefix === undefined ? {} : { prefix }) }];
      }
      case 'changes':
        return changesOf(value, read(value));
      default:
        return [];
    }
  });
}

/** `1.5`, `link:zrh-transit=1.5` */
function loadOf(text: string): unknown {
  const [of, factor] = cut(text);
  const load = Number(factor ?? of);
  if (text === '' || !Number.isFinite(load))
    throw new UsageError(`--load ${text}: write how many times as much, as 1.5 or link:zrh-transit=1.5`);
  return factor === undefined ? { load } : { load, of };
}

const SELECTORS = ['group', 'service', 'zone'] as const;

/** `*.example.net=europe`, `group:zurich=europe` */
function moveOf(text: string, force: boolean): unknown {
  const [from, to] = cut(text);
  if (from === '' || to === undefined || to === '')
    throw new UsageError(`--move ${text}: write HOSTS=GROUP, as '*.example.net=europe' or group:zurich=europe`);
  const colon = from.indexOf(':');
  const [key, name] = colon < 0 ? ['glob', from] : [from.slice(0, colon), from.slice(colon + 1)];
  if (colon >= 0 && !(SELECTORS as readonly string[]).includes(key))
    throw new UsageError(`--move ${text}: hosts are a glob on their name, or group:ID, service:ID or zone:NAME`);
  return { move: { select: { [key]: name }, to, ...(force ? { force: true } : {}) } };
}

function changesOf(file: string, text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--changes ${file} is no JSON: ${(error as Error).message}`);
  }
  const list = Array.isArray(value) ? value : (value as { changes?: unknown } | null)?.changes;
  if (!Array.isArray(list)) throw new UsageError(`--changes ${file}: write a list, as [{ "fail": "site:zrh" }]`);
  return list;
}

/** At the last `=`: names of hosts have none. */
function cut(text: string): [string, string | undefined] {
  const at = text.lastIndexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

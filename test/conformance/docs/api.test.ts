/** docs/api.md does what it says: its examples are run against a server, its tables of routes and errors are those of the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemCodes } from '../../../src/control/moves/problem.ts';
import { roles } from '../../../src/control/tokens.ts';
import { Checkout, consoleSteps, ROOT } from '../../support/console.ts';
import { itNeeds } from '../../support/needs.ts';

const text = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
const steps = consoleSteps(text);

/** A section's text, by its heading. */
function section(heading: string): string {
  const at = text.indexOf(`\n${heading}\n`) + heading.length + 2;
  expect(at, heading).toBeGreaterThan(heading.length + 1);
  const next = text.slice(at).search(/^##/m);
  return next < 0 ? text.slice(at) : text.slice(at, at + next);
}

interface Document {
  readonly paths: Record<string, Record<string, { 'x-role'?: string; requestBody?: unknown }>>;
  readonly components?: unknown;
}

describe('docs/api.md', () => {
  let checkout: Checkout;
  let document: Document;
  beforeAll(async () => {
    checkout = await Checkout.start();
    document = (await (await fetch(`${checkout.api}/openapi.json`)).json()) as Document;
  });
  afterAll(() => checkout?.close());

  itNeeds('curl')('has examples that print what it shows, one after another', async () => {
    expect(steps.filter(({ command }) => command.startsWith('curl ')).length).toBeGreaterThan(10);
    await checkout.follow(steps);
  });

  it('lists every route with its role, and no other', () => {
    const rows = [...section('## Routes').matchAll(/^\| ([A-Z]+) \| `(\S+)` \| (\w+) \|/gm)].map(
      ([, method, path, role]) => `${method} ${path} ${role}`,
    );
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { 'x-role': role }]) => `${method.toUpperCase()} ${path} ${role ?? 'none'}`,
      ),
    );
    expect(routes.length).toBeGreaterThan(20);
    expect([...rows].sort()).toEqual(routes.sort());
  });

  it('lists every role in rising order', () => {
    const rows = [...section('## Tokens and roles').matchAll(/^\| `(\w+)` \|/gm)].map(([, role]) => role);
    expect(rows).toEqual([...roles]);
  });

  it('lists every field of a move', () => {
    const { requestBody } = document.paths['/v1/moves'].post;
    const { content } = requestBody as { content: { 'application/json': { schema: { properties: object } } } };
    const fields = Object.keys(content['application/json'].schema.properties);
    const rows = [
      ...section('## A move')
        .split('The reply')[0]
        .matchAll(/^\| `(\w+)` \|/gm),
    ].map(([, name]) => name);
    expect(fields.length).toBeGreaterThan(8);
    expect(rows).toEqual(fields);
  });

  it('lists every code of errors with its status', () => {
    const source = readdirSync(join(ROOT, 'src/api'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(ROOT, 'src/api', file), 'utf8'))
      .join('\n');
    const thrown = [...source.matchAll(/new HttpError\(\s*(\d+),\s*'([\w-]+)'/g)].map(([, s, c]) => `${c} ${s}`);
    const told = [...source.matchAll(/code: '([\w-]+)'/g)].map(([, code]) => code);
    const statuses = /STATUS[^{]*\{([^}]*)\}/.exec(source)?.[1] ?? '';
    const ofProblems = [...statuses.matchAll(/'?([\w-]+)'?: (\d+)/g)].map(([, code, status]) => `${code} ${status}`);
    expect(ofProblems.map((row) => row.split(' ')[0]).sort()).toEqual([...problemCodes].sort());
    const rows = [...section('## Errors').matchAll(/^\| `([\w-]+)` \| (\d+) \|/gm)].map(([, c, s]) => `${c} ${s}`);
    expect(rows).toEqual(expect.arrayContaining([...ofProblems, ...thrown]));
    const codes = [...problemCodes, ...thrown.map((row) => row.split(' ')[0]), ...told];
    expect(rows.map((row) => row.split(' ')[0]).sort()).toEqual([...new Set(codes)].sort());
  });
});

/** The HTTP API as a whole: its description, who may do what, and that every error is problem details (RFC 9457). */
import { connect } from 'node:net';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from '../../src/control/tokens.ts';
import { ApiCaller, type Reply } from '../support/api.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

interface Operation {
  readonly 'x-role'?: string;
  readonly summary?: string;
  readonly security?: unknown[];
  readonly responses: Record<string, unknown>;
  readonly parameters?: { name: string; in: string; required?: boolean }[];
}

let place: Workplace;
let server: SteerdProcess;
let api: ApiCaller;
const tokens: Record<string, ApiCaller> = {};
let document: { paths: Record<string, Record<string, Operation>> };

beforeAll(async () => {
  place = workplace();
  server = await SteerdProcess.start(place);
  api = ApiCaller.of(server, place);
  for (const role of roles) {
    const { stdout, stderr } = steerd(place, ['token', 'create', `of-${role}`, '--role', role]);
    if (!stdout.startsWith('steerd_')) throw new Error(stderr);
    tokens[role] = api.with(stdout.trim());
  }
  document = (await api.with(undefined).get('/openapi.json')).body;
});

afterAll(async () => {
  await server.stop();
  remove(place);
});

/** Every operation, with its path filled in with names that need not exist. */
function operations(): { method: string; path: string; url: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      url: path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'id' ? '99' : 'nobody')),
      operation,
    })),
  );
}

function isProblem({ status, headers, body }: Reply): void {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({
    status,
    type: `urn:steerd:problem:${body.code}`,
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(body.detail.length).toBeGreaterThan(10);
}

/** Sends octets that fetch would not, and reads until the server closes. */
async function sendRaw(request: string): Promise<string> {
  const { port, hostname } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(request);
  let text = '';
  for await (const piece of socket) text += piece;
  return text;
}

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('describes every operation: a summary, a role, replies and path parameters', () => {
    expect(operations().length).toBeGreaterThan(20);
    for (const { method, path, operation } of operations()) {
      const what = `${method} ${path}`;
      expect(operation.summary, what).toMatch(/\S+/);
      expect(Object.keys(operation.responses), what).toContain('200');
      if (path.startsWith('/v1/')) expect(roles, what).toContain(operation['x-role']);
      else expect(operation.security, what).toEqual([]);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const told = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
      expect(told, what).toEqual(named);
    }
  });

  it('has a page to browse it', async () => {
    const page = await api.with(undefined).get('/docs/');
    expect(page.status).toBe(200);
    expect(page.body).toMatch(/swagger-ui/i);
    const script = await api.with(undefined).get('/docs/static/swagger-ui-bundle.js');
    expect([script.status, script.body.length > 100_000]).toEqual([200, true]);
    // What the page reads.
    expect((await api.with(undefined).get('/docs/json')).body.paths).toEqual(document.paths);
  });
});

describe('roles', () => {
  it('every operation of /v1 asks for a token, and lets exactly the roles in that it says', async () => {
    const forged = `steerd_00000000_${'A'.repeat(43)}`;
    for (const { method, url, operation } of operations().filter(({ path }) => path.startsWith('/v1/'))) {
      const what = `${method} ${url}`;
      for (const stranger of [undefined, 'nonsense', forged]) {
        const reply = await api.with(stranger).ask(method, url, method === 'GET' ? undefined : {});
        expect([what, reply.status, reply.headers.get('www-authenticate')]).toEqual([
          what,
          401,
          'Bearer realm="steerd"',
        ]);
        isProblem(reply);
      }
      const wanted = roles.indexOf(operation['x-role'] as 'viewer');
      for (const [rank, role] of roles.entries()) {
        if (url === '/v1/events' && rank >= wanted) continue;
        // An empty body is refused, but only after the role was looked at.
        const reply = await tokens[role].ask(
          method,
          url,
          method === 'GET' || method === 'DELETE' ? undefined : { nonsense: 1 },
        );
        if (rank < wanted) {
          expect([what, role, reply.status, reply.body.code]).toEqual([what, role, 403, 'role']);
          isProblem(reply);
        } else expect([401, 403], `${what} as ${role}: ${reply.status}`).not.toContain(reply.status);
      }
    }
  });

  it('operations outside /v1 need no token', async () => {
    for (const { method, url } of operations().filter(({ path }) => !path.startsWith('/v1/'))) {
      expect((await api.with(undefined).ask(method, url)).status, url).toBe(200);
    }
  });

  it('a token that was revoked or has expired is no longer in use', async () => {
    const made = await tokens.admin.ask('POST', '/v1/tokens', { name: 'brief', role: 'viewer', expires_in: 1 });
    const brief = api.with(made.body.token);
    await expect.poll(async () => (await brief.get('/v1/zones')).status).toBe(401);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(made.body.expires_at));
    const other = await tokens.admin.ask('POST', '/v1/tokens', { name: 'other', role: 'viewer', expires_in: '1h' });
    expect((await api.with(other.body.token).get('/v1/zones')).status).toBe(200);
    expect((await tokens.admin.ask('DELETE', '/v1/tokens/other')).status).toBe(200);
    expect((await api.with(other.body.token).get('/v1/zones')).status).toBe(401);
    expect((await tokens.admin.ask('DELETE', '/v1/tokens/other')).status).toBe(404);
    expect((await tokens.admin.ask('POST', '/v1/tokens', { name: 'of-viewer', role: 'viewer' })).status).toBe(409);
    // Neither the list nor the store has the text.
    const list = JSON.stringify((await tokens.admin.get('/v1/tokens')).body);
    expect(list).not.toContain(made.body.token.slice(-20));
  });
});

describe('errors', () => {
  const move = { hosts: ['www.example.net'], to: 'europe', reason: 'x' };
  const cases: [string, () => Promise<Reply>, number, string, RegExp][] = [
    ['an unknown path', () => api.get('/v1/nothing'), 404, 'no-such-path', /there is no GET \/v1\/nothing/],
    ['a method a path has not', () => api.ask('PATCH', '/v1/moves', {}), 404, 'no-such-path', /there is no PATCH/],
    ['broken JSON', () => api.ask('POST', '/v1/moves', '{'), 400, 'invalid', /JSON/],
    [
      'another media type',
      () => api.ask('POST', '/v1/moves', 'a=b', { 'content-type': 'text/plain' }),
      415,
      'media-type',
      /send JSON/,
    ],
    [
      'a field that is missing',
      () => api.ask('POST', '/v1/moves', { hosts: ['a'], to: 'europe' }),
      400,
      'invalid',
      /reason/,
    ],
    ['a field that is not known', () => api.ask('POST', '/v1/moves', { ...move, expire: 3 }), 400, 'invalid', /expire/],
    [
      'a reason with control characters',
      () => api.ask('POST', '/v1/moves', { ...move, reason: 'x\u001b[2J' }),
      400,
      'invalid',
      /one line/,
    ],
    ['a blank reason', () => api.ask('POST', '/v1/moves', { ...move, reason: '  ' }), 400, 'invalid', /reason/],
    [
      'neither hosts nor select',
      () => api.ask('POST', '/v1/moves', { to: 'europe', reason: 'x' }),
      400,
      'invalid',
      /either hosts or select/,
    ],
    [
      'an empty selector',
      () => api.ask('POST', '/v1/moves', { select: {}, to: 'europe', reason: 'x' }),
      400,
      'invalid',
      /at least one of zone/,
    ],
    [
      'a duration that is none',
      () => api.ask('POST', '/v1/moves', { ...move, expires_in: 'soon' }),
      400,
      'invalid',
      /expires_in/,
    ],
    ['a time that is none', () => api.ask('POST', '/v1/moves', { ...move, at: 'tomorrow' }), 400, 'invalid', /at/],
    [
      'a group there is not',
      () => api.ask('POST', '/v1/moves', { ...move, to: 'mars' }),
      422,
      'unknown-group',
      /known: anycast, europe/,
    ],
    [
      'a group there is not, in a selector',
      () => api.ask('POST', '/v1/moves', { select: { group: 'mars' }, to: 'europe', reason: 'x' }),
      422,
      'unknown-group',
      /mars/,
    ],
    ['a service there is not', () => api.get('/v1/hosts?service=mail'), 422, 'unknown-service', /known: web/],
    ['a zone there is not', () => api.get('/v1/hosts?zone=example.com'), 404, 'not-found', /example\.com/],
    ['a host there is not', () => api.get('/v1/hosts/nobody.example.net'), 404, 'not-found', /no steered host/],
    [
      'a name that is none',
      () => api.get(`/v1/hosts/${'a'.repeat(64)}.example.net`),
      404,
      'not-found',
      /no steered host/,
    ],
    ['a parameter that is not known', () => api.get('/v1/hosts?zon=example.net'), 400, 'invalid', /zon/],
    ['a page that is too long', () => api.get('/v1/hosts?limit=100000'), 400, 'invalid', /limit/],
    [
      'a page after nothing',
      () => api.get('/v1/hosts?after=nobody.example.net'),
      409,
      'conflict',
      /begin the list anew/,
    ],
    [
      'a type that is none',
      () => api.get('/v1/explain?name=www.example.net&type=ZZ'),
      400,
      'invalid',
      /no record type/,
    ],
    [
      'a client that is none',
      () => api.get('/v1/explain?name=www.example.net&client=somewhere'),
      400,
      'invalid',
      /no IP address/,
    ],
    [
      'a state there is not',
      () => api.ask('PUT', '/v1/groups/zurich/state', { state: 'gone', reason: 'x' }),
      400,
      'invalid',
      /state/,
    ],
    [
      'a group to force that is not there',
      () => api.ask('PUT', '/v1/groups/mars/state', { state: 'up', reason: 'x' }),
      404,
      'not-found',
      /mars/,
    ],
    ['a move there is not', () => api.get('/v1/moves/77'), 404, 'not-found', /no move 77/],
    ['a number that is none', () => api.get('/v1/moves/x'), 400, 'invalid', /id/],
    [
      'an idempotency key that is none',
      () => api.ask('POST', '/v1/moves', move, { 'idempotency-key': 'x'.repeat(300) }),
      400,
      'invalid',
      /Idempotency-Key/,
    ],
    [
      'a stale tag',
      () => api.ask('POST', '/v1/moves', move, { 'if-match': '"old"' }),
      412,
      'precondition-failed',
      /If-Match/,
    ],
    [
      'no host to move',
      () => api.ask('POST', '/v1/moves', { select: { glob: 'zz*' }, to: 'europe', reason: 'x' }),
      422,
      'no-hosts',
      /no host matches/,
    ],
  ];
  it.each(cases)('%s', async (_, ask, status, code, detail) => {
    const reply = await ask();
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.body.detail).toMatch(detail);
    isProblem(reply);
  });

  it.each([
    ['a URL that is none', 'GET /v1/hosts/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['too long a name', `GET /v1/hosts/${'a'.repeat(2000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 414],
    ['too long a header', `GET /v1/zones HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['what is no HTTP', 'hello\r\n\r\n', 400],
  ])('%s', async (_, request, status) => {
    const text = await sendRaw(request);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toMatch(/^content-type: application\/problem\+json/im);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ status, code: 'invalid' });
  });

  it('a body that is too large', async () => {
    const strictPlace = workplace();
    const strict = await SteerdProcess.start(strictPlace, { STEERD_API_BODY_LIMIT: '1024' });
    try {
      // Small enough to be sent whole before the connection is closed.
      const reply = await ApiCaller.of(strict, strictPlace).ask('POST', '/v1/moves', {
        ...move,
        reason: 'x'.repeat(2000),
      });
      expect([reply.status, reply.body.code]).toEqual([413, 'too-large']);
      expect(reply.body.detail).toMatch(/body_limit/);
      isProblem(reply);
    } finally {
      await strict.stop();
      remove(strictPlace);
    }
  });

  it('a client that asks too much is told to wait', async () => {
    const busyPlace = workplace();
    const busy = await SteerdProcess.start(busyPlace, { STEERD_API_RATE_LIMIT: '5' });
    try {
      const caller = ApiCaller.of(busy, busyPlace);
      const replies = await Promise.all(Array.from({ length: 8 }, () => caller.get('/v1/zones')));
      const refused = replies.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(3);
      for (const reply of refused) {
        isProblem(reply);
        expect(reply.body.code).toBe('rate-limited');
        expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      // Who guesses at tokens and paths is counted too.
      expect((await caller.with('guess').get('/v1/zones')).status).toBe(429);
      expect((await caller.get('/v1/nothing')).status).toBe(429);
      // Probes go on.
      expect((await caller.get('/healthz')).status).toBe(200);
      expect((await caller.get('/readyz')).status).toBe(200);
    } finally {
      await busy.stop();
      remove(busyPlace);
    }
  });
});

describe('what needs no token', () => {
  it('is health and metrics', async () => {
    const anyone = api.with(undefined);
    expect((await anyone.get('/healthz')).body).toEqual({ status: 'alive' });
    expect((await anyone.get('/readyz')).body).toEqual({ status: 'ready' });
    const metrics = await anyone.get('/metrics');
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(metrics.body).toMatch(/^steerd_zones 2$/m);
    expect(metrics.body).toMatch(/^steerd_store_commit_seconds_count \d+$/m);
  });
});

describe('events', () => {
  it('tell of moves and states as they happen, and again what was missed', async () => {
    /** @returns what is heard until then, as soon as somebody listens */
    const listen = async (headers: Record<string, string>, until: RegExp): Promise<{ heard: Promise<string> }> => {
      const ended = new AbortController();
      const reply = await fetch(`${api.url}/v1/events`, {
        headers: { authorization: `Bearer ${api.token}`, ...headers },
        signal: ended.signal,
      });
      expect(reply.headers.get('content-type')).toBe('text/event-stream');
      const hear = async (): Promise<string> => {
        let text = '';
        const decoder = new TextDecoder();
        for await (const piece of reply.body as unknown as AsyncIterable<Uint8Array>) {
          text += decoder.decode(piece);
          if (until.test(text)) break;
        }
        ended.abort();
        return text;
      };
      return { heard: hear() };
    };
    const { heard } = await listen({}, /event: state/);
    await api.move({ hosts: ['shop.example.net'], to: 'europe' });
    await api.ask('PUT', '/v1/groups/zurich/state', { state: 'drained', reason: 'look' });
    const text = await heard;
    expect(text).toMatch(/id: \d+\nevent: move\ndata: \{"id":\d+,"kind":"move","status":"moving"/);
    expect(text).toMatch(
      /event: state\ndata: \{"target":"zurich","state":"drained","reason":"look","author":"operator"\}/,
    );
    const first = Number(/id: (\d+)/.exec(text)?.[1]);
    const again = await listen({ 'last-event-id': String(first) }, /event: state/);
    expect(await again.heard).not.toMatch(/event: move\n/);
  });
});

describe('events for a token that is revoked', () => {
  it('end before the next one', async () => {
    const made = await tokens.admin.ask('POST', '/v1/tokens', { name: 'listener', role: 'viewer' });
    const reply = await fetch(`${api.url}/v1/events`, { headers: { authorization: `Bearer ${made.body.token}` } });
    const heard = reply.text().catch(() => 'cut off');
    await tokens.admin.ask('DELETE', '/v1/tokens/listener');
    await api.ask('PUT', '/v1/groups/zurich/state', { state: 'auto', reason: 'not for everybody' });
    expect(await heard).toBe('cut off');
  });
});

describe('reload', () => {
  it('loads the files and says how it went', async () => {
    const before = (await api.get('/metrics')).body;
    expect((await api.ask('POST', '/v1/reload', {})).body).toMatchObject({ ok: true, zones: 2 });
    expect((await api.ask('POST', '/v1/reload')).status).toBe(200);
    expect(before).toMatch(/^steerd_reload_success 1$/m);
  });
});

/** Each kind of probe against servers of this process, on loopback. */
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import dns2 from 'dns2';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpProbe, Probe } from '../check.ts';
import { runProbe } from './index.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function listen(server: Server, address = '127.0.0.1'): Promise<number> {
  return new Promise((done) => {
    server.listen(0, address, () => {
      closers.push(() => server.close());
      done((server.address() as AddressInfo).port);
    });
  });
}

/** @returns result, cause and warning; `aborted` after the time is over */
function run(probe: Probe, port: number, address = '127.0.0.1', timeout = 2000): Promise<string[]> {
  return new Promise((done) => {
    const abort = runProbe(probe, { address, port, timeout }, (...found) => {
      clearTimeout(late);
      done(found as string[]);
    });
    const late = setTimeout(() => {
      abort();
      done(['aborted']);
    }, timeout);
  });
}

const http = (change: Partial<HttpProbe> = {}): HttpProbe => ({
  type: 'http',
  port: 80,
  method: 'GET',
  path: '/',
  headers: {},
  status: [[200, 299]],
  verify: true,
  expiryWarning: 14,
  ...change,
});

describe('tcp', () => {
  it('connects, or says why not', async () => {
    const server = createTcp();
    const port = await listen(server);
    expect(await run({ type: 'tcp', port }, port)).toEqual(['ok', 'connected']);
    await new Promise((closed) => server.close(closed));
    expect(await run({ type: 'tcp', port }, port)).toEqual(['failed', 'connection refused']);
  });
});

describe('http', () => {
  const serve = (listener: RequestListener, address?: string): Promise<number> => listen(createHttp(listener), address);

  it('asks for the host at the address, by its method and headers, on a connection of its own', async () => {
    const asked: unknown[] = [];
    const port = await serve(({ method, url, headers }, reply) => {
      asked.push([method, url, headers.host, headers['x-probe'], headers.connection]);
      reply.end();
    });
    const probe = http({ method: 'POST', path: '/healthz?a=1', host: 'www.example.net', headers: { 'x-probe': '1' } });
    expect(await run(probe, port)).toEqual(['ok', 'status 200', undefined]);
    expect(asked).toEqual([['POST', '/healthz?a=1', 'www.example.net', '1', 'close']]);
  });

  it('asks an IPv6 address', async () => {
    let host: string | undefined;
    const port = await serve((request, reply) => {
      host = request.headers.host;
      reply.end();
    }, '::1');
    expect(await run(http(), port, '::1')).toEqual(['ok', 'status 200', undefined]);
    expect(host).toBe('[::1]');
  });

  it.each<[string, Partial<HttpProbe>, number, string, string[]]>([
    ['an unexpected status', {}, 503, '', ['failed', 'status 503']],
    [
      'an expected one',
      {
        status: [
          [200, 200],
          [500, 599],
        ],
      },
      503,
      '',
      ['ok', 'status 503'],
    ],
    ['a redirect', {}, 301, '', ['failed', 'status 301 (redirects are not followed)']],
    ['an expected redirect', { status: [[301, 301]] }, 301, '', ['ok', 'status 301']],
    ['a body with the text', { body: 'fine' }, 200, 'all is fine', ['ok', 'status 200']],
    ['a body without it', { body: 'fine' }, 200, 'no', ['failed', 'status 200, but the body lacks the text']],
    [
      'a body in which it comes late',
      { body: 'fine' },
      200,
      `${'x'.repeat(200_000)}fine`,
      ['failed', 'status 200, but the body lacks the text'],
    ],
  ])('%s', async (_, change, status, body, expected) => {
    const port = await serve((_request, reply) => {
      reply.writeHead(status, { location: '/elsewhere' });
      reply.end(body);
    });
    expect((await run(http(change), port)).slice(0, 2)).toEqual(expected);
  });

  it('connections that end are failures, and what hangs is left open by nobody', async () => {
    const reset = await listen(createTcp((socket) => void socket.resetAndDestroy()));
    expect(await run(http(), reset)).toEqual(['failed', 'connection reset', undefined]);
    const closed = await listen(createTcp((socket) => void socket.end()));
    expect((await run(http(), closed))[0]).toBe('failed');
    const noHttp = await listen(createTcp((socket) => void socket.end('SSH-2.0-x\r\n')));
    expect((await run(http(), noHttp))[0]).toBe('failed');
    let open = 0;
    const silent = await listen(
      createTcp((socket) => {
        open++;
        socket.on('error', () => undefined).on('close', () => open--);
        socket.resume();
      }),
    );
    expect(await run(http(), silent, '127.0.0.1', 100)).toEqual(['aborted']);
    await new Promise((later) => setTimeout(later, 100));
    expect(open).toBe(0);
  });
});

describe('dns', () => {
  it('asks, and compares code and answer', async () => {
    const server = dns2.createServer({
      udp: true,
      handle: (request, send) => {
        const response = dns2.Packet.createResponseFromRequest(request);
        const [{ name }] = request.questions;
        if (name === 'www.example.net')
          response.answers.push({ name, type: 1, class: 1, ttl: 1, address: '192.0.2.64' } as never);
        else response.header.rcode = 3;
        send(response);
      },
    });
    const { udp } = (await server.listen({ udp: { port: 0, address: '127.0.0.1' } })) as { udp: { port: number } };
    closers.push(() => void server.close());
    const probe = { type: 'dns', port: udp.port, name: 'www.example.net', record: 'A', rcode: 'NOERROR' } as const;
    expect(await run(probe, udp.port)).toEqual(['ok', 'NOERROR']);
    expect(await run({ ...probe, answer: '192.0.2.64' }, udp.port)).toEqual(['ok', 'NOERROR']);
    expect(await run({ ...probe, answer: '192.0.2.65' }, udp.port)).toEqual(['failed', 'NOERROR, without 192.0.2.65']);
    expect(await run({ ...probe, name: 'no.example.net' }, udp.port)).toEqual(['failed', 'NXDOMAIN']);
    expect(await run({ ...probe, name: 'no.example.net', rcode: 'NXDOMAIN' }, udp.port)).toEqual(['ok', 'NXDOMAIN']);
  });
});

describe('exec', () => {
  it('goes by the exit status, without a shell', async () => {
    expect(await run({ type: 'exec', command: ['true'] }, 0)).toEqual(['ok', 'exit status 0']);
    expect(await run({ type: 'exec', command: ['false'] }, 0)).toEqual(['failed', 'exit status 1']);
    expect(await run({ type: 'exec', command: ['ls', '/nowhere; true'] }, 0)).toEqual([
      'failed',
      expect.stringMatching(/^exit status \d: ls: .*nowhere; true/),
    ]);
    expect((await run({ type: 'exec', command: ['/no/such/program'] }, 0))[0]).toBe('none');
    expect(await run({ type: 'exec', command: ['sleep', '100'] }, 0, '127.0.0.1', 100)).toEqual(['aborted']);
  });
});

describe('prometheus', () => {
  const probe = { type: 'prometheus', query: 'x', operator: '<', threshold: 0.9 } as const;
  const answer = async (status: number, body: unknown): Promise<string[]> => {
    const port = await listen(
      createHttp((_request, reply) => {
        reply.writeHead(status, { 'content-type': 'application/json' });
        reply.end(JSON.stringify(body));
      }),
    );
    return run({ ...probe, url: `http://127.0.0.1:${port}` }, 0);
  };
  const vector = (...values: string[]) => ({
    data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
  });

  it.each<[string, number, unknown, string[]]>([
    ['all samples compare', 200, vector('0.5', '0.1'), ['ok', '0.5, 0.1, wanted < 0.9']],
    ['one does not', 200, vector('0.5', '0.95'), ['failed', '0.5, 0.95, wanted < 0.9']],
    ['NaN does not', 200, vector('NaN'), ['failed', 'NaN, wanted < 0.9']],
    ['a scalar', 200, { data: { resultType: 'scalar', result: [1, '0.2'] } }, ['ok', '0.2, wanted < 0.9']],
    ['no such series', 200, vector(), ['none', 'Prometheus has no such series']],
    ['an error', 400, { error: 'parse' }, ['none', expect.stringMatching(/status 400/) as unknown as string]],
    ['nonsense', 200, { data: 1 }, ['none', expect.stringMatching(/can't be asked/) as unknown as string]],
  ])('%s', async (_, status, body, expected) => {
    expect(await answer(status, body)).toEqual(expected);
  });

  it('one that is not there is no failure of the target', async () => {
    expect(await run({ ...probe, url: 'http://127.0.0.1:1' }, 0)).toEqual([
      'none',
      "Prometheus can't be asked: connection refused",
    ]);
  });
});

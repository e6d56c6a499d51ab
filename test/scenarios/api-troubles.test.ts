/** What the API says when the server is not well. */
import { afterEach, describe, expect, it } from 'vitest';
import { type WholeOptions, WholeServer } from '../support/whole-server.ts';

let whole: WholeServer;

async function start(options: WholeOptions = {}): Promise<WholeServer> {
  whole = await WholeServer.start(options);
  return whole;
}

afterEach(() => whole.stop());

describe('the API', () => {
  it('is not ready while a worker is being replaced, but alive', async () => {
    const { server, caller } = await start();
    const killed = async () => {
      // Where the new one was ready before the question came, another one dies.
      await server.workers.threads.get(0)?.terminate();
      const { status, body } = await caller.get('/readyz');
      return [status, body.code];
    };
    await expect.poll(killed).toEqual([503, 'not-ready']);
    expect((await caller.get('/healthz')).status).toBe(200);
    await expect.poll(async () => (await caller.get('/readyz')).status).toBe(200);
  });

  it('tells of a fault of ours without its inside, and the log has it', async () => {
    const render = async (): Promise<string> => {
      throw new TypeError('secret is undefined');
    };
    const { caller, faults } = await start({ metrics: { contentType: 'text/plain', render } });
    const { status, body, headers } = await caller.get('/metrics');
    expect([status, body.code, headers.get('content-type')]).toEqual([500, 'internal', 'application/problem+json']);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(faults.map(({ message }) => message)).toEqual(['secret is undefined']);
  });

  it('lets a hundred listen to events, and no more until one goes', async () => {
    const { caller } = await start();
    const ended = new AbortController();
    const authorization = `Bearer ${caller.token}`;
    const listen = (signal?: AbortSignal) => fetch(`${caller.url}/v1/events`, { headers: { authorization }, signal });
    const all = await Promise.all(Array.from({ length: 100 }, () => listen(ended.signal)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await caller.get('/v1/events');
    expect([refused.status, refused.body.code]).toEqual([503, 'too-many-listeners']);
    ended.abort();
    const again = new AbortController();
    await expect
      .poll(async () => {
        const { status, body } = await listen(again.signal);
        if (status !== 200) await body?.cancel();
        return status;
      })
      .toBe(200);
    again.abort();
  });
});

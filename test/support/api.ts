/** The HTTP API of a running server, as a script uses it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SteerdProcess, Workplace } from './steerd-process.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there.
  readonly body: any;
}

export class ApiCaller {
  readonly url: string;
  readonly token: string | undefined;

  constructor(url: string, token: string | undefined) {
    this.url = url;
    this.token = token;
  }

  /** With the first operator's token. */
  static of(server: SteerdProcess, place: Workplace): ApiCaller {
    const [{ host, port }] = server.api;
    return new ApiCaller(`http://${host}:${port}`, readFileSync(join(place.state, 'operator.token'), 'utf8').trim());
  }

  with(token: string | undefined): ApiCaller {
    return new ApiCaller(this.url, token);
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const reply = await fetch(this.url + path, {
      method,
      headers: {
        // One a request: a test that waited for a command may find that the server has closed the one it had.
        connection: 'close',
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json') === true;
    return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask('GET', path, undefined, headers);
  }

  /** A move that must succeed. @returns its reply */
  async move(body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Reply['body']> {
    const { status, body: reply } = await this.ask('POST', '/v1/moves', { reason: 'test', ...body }, headers);
    if (status !== 200) throw new Error(`move refused with ${status}: ${JSON.stringify(reply)}`);
    return reply;
  }
}

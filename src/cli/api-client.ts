/**
 * The command line's way to a server's API: the one of the same settings, or the one of `STEERD_URL`. The token is `STEERD_TOKEN`, or the first operator's in
 * the state directory.
 */
import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher, request } from 'undici';
import type { Settings } from '../config/settings.ts';
import { askServer } from '../control/control-socket.ts';
import { readOperatorToken } from '../control/operator-token.ts';
import { formatListen, isWildcard, type ListenAddress } from '../transport/socket-address.ts';
import { CommandError } from './command.ts';

const TIMEOUT_MS = 60_000;

/** What a problem says (RFC 9457), with what to do about the commonest. */
interface ProblemBody {
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly about: string; readonly message: string }[];
}

export class ApiClient {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #agent: Dispatcher;

  private constructor(url: string, token: string | undefined, agent: Dispatcher) {
    this.url = url;
    this.#token = token;
    this.#agent = agent;
  }

  /** @throws CommandError when the settings have no API */
  static async find(settings: Settings): Promise<ApiClient> {
    const { env } = process;
    const url = env.STEERD_URL || (await localUrl(settings));
    const read = (variable: string): Buffer | undefined => {
      const file = env[variable];
      if (file === undefined || file === '') return undefined;
      try {
        return readFileSync(file);
      } catch (error) {
        throw new CommandError(`${variable}: ${(error as Error).message}`);
      }
    };
    const connect = { ca: read('STEERD_CLIENT_CA'), cert: read('STEERD_CLIENT_CERT'), key: read('STEERD_CLIENT_KEY') };
    const token = env.STEERD_TOKEN || readOperatorToken(settings.stateDir);
    return new ApiClient(url.replace(/\/$/, ''), token, new Agent({ connect }));
  }

  get(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<unknown> {
    const pairs = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const text = new URLSearchParams(pairs).toString();
    return this.#ask('GET', text === '' ? path : `${path}?${text}`);
  }

  /** All pages of a list, up to `most` items. */
  async all(path: string, query: Readonly<Record<string, string | undefined>>, most: number): Promise<unknown[]> {
    const items: unknown[] = [];
    let after: string | undefined;
    do {
      const limit = String(Math.min(1000, most - items.length));
      const page = (await this.get(path, { ...query, limit, after })) as { items: unknown[]; next?: string };
      items.push(...page.items);
      after = page.next;
    } while (after !== undefined && items.length < most);
    return items;
  }

  send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    return this.#ask(method, path, body);
  }

  /** The body of a long reply, as it comes. */
  async *stream(path: string): AsyncGenerator<Uint8Array> {
    const reply = await this.#request('GET', path, undefined, 0);
    if (reply.statusCode !== 200) throw this.#refused(reply.statusCode, (await reply.body.json()) as ProblemBody);
    try {
      for await (const piece of reply.body) yield piece as Uint8Array;
    } catch (error) {
      throw this.#cutOff(error);
    }
  }

  /** Ends connections, so that the process can. */
  close(): Promise<void> {
    return this.#agent.close();
  }

  async #ask(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<unknown> {
    const reply = await this.#request(method, path, body, TIMEOUT_MS);
    const text = await reply.body.text().catch((error: unknown) => {
      throw this.#cutOff(error);
    });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new CommandError(`${this.url} does not speak the API of steerd (status ${reply.statusCode})`);
    }
    if (reply.statusCode >= 400) throw this.#refused(reply.statusCode, value as ProblemBody);
    return value;
  }

  async #request(
    method: Dispatcher.HttpMethod,
    path: string,
    body: unknown,
    bodyTimeout: number,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(this.url + path, {
        method,
        dispatcher: this.#agent,
        bodyTimeout,
        headersTimeout: TIMEOUT_MS,
        headers: {
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === 'ECONNREFUSED' ? 'nothing listens there; is steerd running?' : message || String(code);
      throw new CommandError(`no answer from the API at ${this.url}: ${why}`);
    }
  }

  /** The server ended amid a reply. */
  #cutOff(error: unknown): CommandError {
    return new CommandError(`the API at ${this.url} was cut off: ${(error as Error).message}`);
  }

  #refused(status: number, { detail, errors }: ProblemBody): CommandError {
    const more = (errors ?? []).slice(1).map(({ message }) => `\n  ${message}`);
    if (status === 401 && this.#token === undefined)
      return new CommandError(
        'the API needs a token: set STEERD_TOKEN, or run this where the state directory with operator.token can be read',
      );
    return new CommandError(`${detail ?? `the API refused with status ${status}`}${more.join('')}`);
  }
}

/** The API of the server that runs with these settings: it knows best where it listens. */
async function localUrl({ api, stateDir }: Settings): Promise<string> {
  if (api === undefined)
    throw new CommandError('api.enabled is false in these settings; set STEERD_URL to ask another server');
  const running = await askServer(stateDir, { command: 'status' }).catch(() => undefined);
  const { api: addresses } = (running?.result ?? {}) as { api?: ListenAddress[] };
  const [first] = addresses ?? api.listen;
  const { host, port } = first;
  const reachable = isWildcard(first) ? { host: host.includes(':') ? '::1' : '127.0.0.1', port } : first;
  return `${api.tls === undefined ? 'http' : 'https'}://${formatListen(reachable)}`;
}

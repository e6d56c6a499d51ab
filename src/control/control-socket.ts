/**
 * A socket in the state directory through which commands on the same machine ask the running server: one line of JSON in, one out. Who may open it is
 * who may read the state directory.
 */
import { existsSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

const NAME = 'control.sock';
const COMMANDS: readonly unknown[] = ['diff', 'status', 'api'] satisfies ControlRequest['command'][];
/** Requests are short; more is a mistake. */
const MOST_REQUEST = 4096;

export type ControlRequest =
  | { readonly command: 'diff' }
  | { readonly command: 'status' }
  /** A request to the HTTP API, made as an admin. */
  | { readonly command: 'api'; readonly method: string; readonly path: string; readonly body?: unknown };

export class ControlSocket {
  readonly #server: Server;
  readonly #path: string;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /** Call only while holding the state directory's lock: a socket left by a crash is removed. */
  static async listen(stateDir: string, answer: (request: ControlRequest) => Promise<unknown>): Promise<ControlSocket> {
    const path = join(stateDir, NAME);
    if (existsSync(path)) unlinkSync(path);
    const server = createServer((socket) => {
      let text = '';
      socket.setTimeout(10_000, () => socket.destroy());
      socket.on('error', () => socket.destroy());
      socket.on('data', (piece: Buffer) => {
        text += piece.toString('utf8');
        if (text.length > MOST_REQUEST) return socket.destroy();
        if (!text.includes('\n')) return;
        socket.setTimeout(0);
        // One request a connection: what comes after the line must not repeat it.
        socket.pause();
        respond(text.slice(0, text.indexOf('\n')), answer).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path, readableAll: false, writableAll: false }, resolve);
    });
    return new ControlSocket(server, path);
  }

  close(): void {
    this.#server.close();
    if (existsSync(this.#path)) unlinkSync(this.#path);
  }
}

async function respond(line: string, answer: (request: ControlRequest) => Promise<unknown>): Promise<unknown> {
  try {
    const request = JSON.parse(line) as ControlRequest;
    if (!COMMANDS.includes(request?.command)) return { error: 'unknown command' };
    return { result: await answer(request) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Asks the server that uses a state directory. @returns undefined when none is running there */
export function askServer(stateDir: string, request: ControlRequest): Promise<{ result: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(stateDir, NAME));
    let text = '';
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('utf8');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error);
    });
    socket.on('end', () => {
      let reply: unknown;
      try {
        reply = JSON.parse(text);
      } catch {
        reject(new Error('the server ended before it had answered'));
        return;
      }
      if (typeof reply === 'object' && reply !== null && 'result' in reply) resolve({ result: reply.result });
      else reject(new Error(`the server could not answer: ${(reply as { error?: string }).error}`));
    });
  });
}

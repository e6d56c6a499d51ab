/** Real nginx servers as targets of checks, on loopback, and the ways in which they fail. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './needs.ts';

export interface NginxOptions {
  /** IPv4 text of 127.0.0.0/8, or `::1`. */
  readonly address: string;
  /** Files in PEM: it speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A port that nobody listens on. */
export async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, address, done);
  });
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

export class Nginx {
  readonly address: string;
  readonly port: number;
  readonly #folder: string;
  readonly #silent: Server;
  #child: ChildProcess | undefined;

  private constructor(address: string, port: number, folder: string, silent: Server) {
    this.address = address;
    this.port = port;
    this.#folder = folder;
    this.#silent = silent;
  }

  static async start({ address, tls }: NginxOptions): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), 'steerd-nginx-'));
    for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, name));
    // Takes connections and never says a word.
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const port = await freePort(address);
    const nginx = new Nginx(address, port, folder, silent);
    const listen = `${address.includes(':') ? `[${address}]` : address}:${port}${tls === undefined ? '' : ' ssl'}`;
    const certificate = tls === undefined ? '' : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`;
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 512; }
http {
  access_log off; reset_timedout_connection on;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen ${listen}; ${certificate}
    if (-f ${folder}/broken) { return 500; }
    if (-f ${folder}/reset) { return 444; }
    if (-f ${folder}/hang) { rewrite ^ /hang last; }
    location / { return 200 "fine\\n"; }
    location = /moved { return 301 /; }
    location = /hang { proxy_pass http://127.0.0.1:${(silent.address() as { port: number }).port}; }
  }
}
`,
    );
    await nginx.run();
    return nginx;
  }

  /** Starts it, the first time or again, and returns when it answers. */
  async run(): Promise<void> {
    const args = ['-p', this.#folder, '-c', join(this.#folder, 'nginx.conf'), '-e', join(this.#folder, 'error.log')];
    // A process group of its own, so that signals reach its workers too.
    this.#child = spawn(programPath('nginx') as string, args, { stdio: 'ignore', detached: true });
    for (let tries = 0; tries < 200; tries++) {
      if (await this.#accepts()) return;
      await new Promise((again) => setTimeout(again, 25));
    }
    throw new Error('nginx does not start');
  }

  /** `broken`: 500; `reset`: connections are reset; `hang`: no answer. */
  set(how: 'broken' | 'reset' | 'hang', on: boolean): void {
    const file = join(this.#folder, how);
    if (on) writeFileSync(file, '');
    else rmSync(file, { force: true });
  }

  signal(name: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid !== undefined && this.#child?.exitCode === null && this.#child.signalCode === null)
      process.kill(-pid, name);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    this.signal('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#silent.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #accepts(): Promise<boolean> {
    const { connect } = await import('node:net');
    return new Promise((done) => {
      const socket = connect({ host: this.address, port: this.port });
      socket.once('connect', () => done(true)).once('error', () => done(false));
      socket.once('connect', () => socket.destroy());
    });
  }
}

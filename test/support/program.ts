/** A program that a test starts, kills and starts again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { programPath } from './needs.ts';

export class Program {
  readonly #name: string;
  readonly #args: readonly string[];
  readonly #port: number;
  #child: ChildProcess | undefined;

  /** @param port of 127.0.0.1, which it listens on when it is ready */
  constructor(name: string, args: readonly string[], port: number) {
    this.#name = name;
    this.#args = args;
    this.#port = port;
  }

  /** Starts it, the first time or again, and returns when it can be connected to. */
  async run(): Promise<void> {
    this.#child = spawn(programPath(this.#name) as string, this.#args, { stdio: 'ignore' });
    for (let tries = 0; tries < 1200; tries++) {
      if (await this.#accepts()) return;
      await new Promise((again) => setTimeout(again, 50));
    }
    throw new Error(`${this.#name} does not start`);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }

  #accepts(): Promise<boolean> {
    return new Promise((done) => {
      const socket = connect({ host: '127.0.0.1', port: this.#port });
      socket.once('error', () => done(false));
      socket.once('connect', () => {
        socket.destroy();
        done(true);
      });
    });
  }
}

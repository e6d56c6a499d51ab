/** Real name servers from Debian on loopback, serving the zones a test wrote. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryMessage, type Reply, UdpClient } from './ask.ts';
import { programPath } from './needs.ts';
import { knotHead, nsdHead } from './peer-configs.ts';

export interface PeerZone {
  /** With final dot. */
  readonly name: string;
  readonly text: string;
}

export class Peer {
  readonly address: { host: string; port: number };
  /** What it has printed. */
  log = '';
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process;
    this.#folder = folder;
    this.address = { host: '127.0.0.1', port };
  }

  /** Starts a server in the foreground and waits until it answers for the first zone. */
  static async start(kind: 'knot' | 'nsd', zones: readonly PeerZone[]): Promise<Peer> {
    return Peer.launch(kind, zones[0].name, (folder, port) => {
      zones.forEach((zone, i) => {
        writeFileSync(join(folder, `zone${i}`), zone.text);
      });
      const config = join(folder, 'server.conf');
      writeFileSync(config, kind === 'knot' ? knotConfig(folder, port, zones) : nsdConfig(folder, port, zones));
      return kind === 'knot'
        ? { program: 'knotd', args: ['-c', config] }
        : { program: 'nsd', args: ['-d', '-c', config] };
    });
  }

  /**
   * Starts any server in the foreground, and waits until it answers for a zone.
   * @param prepare writes its files into a folder and says what to run
   * @param isReady whether a reply is one of a server that is ready
   * @param at      the port it listens on; any without it
   */
  static async launch(
    kind: string,
    zone: string,
    prepare: (folder: string, port: number) => { program: string; args: string[] },
    isReady = (reply: Reply): boolean => reply.rcode === 0 && reply.aa,
    at?: number,
  ): Promise<Peer> {
    for (let tries = 1; ; tries++) {
      try {
        return await Peer.#launchAt(kind, zone, prepare, isReady, at ?? (await freePort()));
      } catch (error) {
        // A port that was free a moment ago may be another test's by now.
        if (at !== undefined || tries === 5 || !/address (already )?in use/i.test(String(error))) throw error;
      }
    }
  }

  static async #launchAt(
    kind: string,
    zone: string,
    prepare: (folder: string, port: number) => { program: string; args: string[] },
    isReady: (reply: Reply) => boolean,
    port: number,
  ): Promise<Peer> {
    const folder = mkdtempSync(join(tmpdir(), `steerd-${kind}-`));
    const { program, args } = prepare(folder, port);
    const child = spawn(programPath(program)!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const peer = new Peer(child, folder, port);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (d: Buffer) => {
        peer.log += d.toString();
      });
    }
    const client = await UdpClient.open();
    try {
      for (let tries = 0; ; tries++) {
        try {
          const reply = await client.send(peer.address, queryMessage(tries, zone, 6), 250);
          if (isReady(reply)) return peer;
        } catch {
          // Not up yet.
        }
        if (tries > 60 || child.exitCode !== null) throw new Error(`${kind} did not start:\n${peer.log}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } catch (error) {
      await peer.stop();
      throw error;
    } finally {
      client.close();
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function knotConfig(folder: string, port: number, zones: readonly PeerZone[]): string {
  const list = zones.map(
    (z, i) =>
      `  - domain: ${z.name}\n    file: ${join(folder, `zone${i}`)}\n    semantic-checks: off\n    zonefile-sync: -1\n    journal-content: none\n`,
  );
  return `${knotHead(folder, port)}zone:\n${list.join('')}`;
}

function nsdConfig(folder: string, port: number, zones: readonly PeerZone[]): string {
  const list = zones.map((z, i) => `zone:\n    name: "${z.name}"\n    zonefile: "${join(folder, `zone${i}`)}"\n`);
  return nsdHead(folder, port, ['minimal-responses: no', 'refuse-any: no']) + list.join('');
}

/** A port nobody has at the moment, neither over UDP nor over TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    if (isFree) return port;
  }
}

/** A server with hosts of a short TTL, so that lives of moves fit into a test; one for each test. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { ApiCaller } from './api.ts';
import { UdpClient } from './ask.ts';
import { remove, SteerdProcess, type Workplace, workplace } from './steerd-process.ts';

export const A = 1;
export const AAAA = 28;
export const WWW = 'www.example.net';

/** A and AAAA of service web in each group; Zurich has no IPv4, so its A is Switzerland's. */
export const ADDRESS = {
  anycast: ['192.0.2.64', '20010db8001600000000000000000064'],
  europe: ['198.51.100.64', '20010db8001700000000000000000064'],
  switzerland: ['203.0.113.64', '20010db8001800000000000000000064'],
  zurich: ['203.0.113.64', '20010db8001900000000000000000064'],
} as const;

export class MoveRig {
  place!: Workplace;
  server!: SteerdProcess;
  client!: UdpClient;
  api!: ApiCaller;

  /**
   * Before and after each test of the file: the example's zones, quick.example with h0 to h19 in Zurich and a TTL of a second, and steady.example with s0 to s3
   * in Europe and a TTL of six, for what must be seen while it lasts.
   */
  constructor() {
    beforeEach(async () => {
      this.place = workplace();
      const zone = (letter: string, count: number, group: string, ttl: number): string => {
        const fields = `type: STEER, service: web, group: ${group}, ttl: ${ttl}`;
        const hosts = Array.from({ length: count }, (_, i) => `${letter}${i}: { ${fields} }\n`);
        return `---\n'': { type: NS, value: ns1.example.net. }\n${hosts.join('')}`;
      };
      writeFileSync(this.file('quick.example.yaml'), zone('h', 20, 'zurich', 1));
      writeFileSync(this.file('steady.example.yaml'), zone('s', 4, 'europe', 6));
      await this.start();
      this.client = await UdpClient.open();
    });
    afterEach(async () => {
      this.client.close();
      await this.server.stop();
      remove(this.place);
    });
  }

  async start(env: Record<string, string> = {}): Promise<void> {
    this.server = await SteerdProcess.start(this.place, env);
    this.api = ApiCaller.of(this.server, this.place);
  }

  async restart(env: Record<string, string> = {}): Promise<void> {
    await this.server.stop();
    await this.start(env);
  }

  /** A zone file's path. */
  file(name: string): string {
    return join(this.place.zones, name);
  }

  /** A and AAAA. */
  async addresses(name: string): Promise<(string | undefined)[]> {
    const of = async (type: number) => (await this.client.ask(this.server.address, name, type)).addresses[0];
    return [await of(A), await of(AAAA)];
  }

  async status(move: number): Promise<string> {
    return (await this.api.get(`/v1/moves/${move}`)).body.status;
  }
}

/** Looks until it is good. */
export async function until<T>(look: () => Promise<T>, good: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const seen = await look();
    if (good(seen)) return seen;
    if (tries === 1200) throw new Error(`still ${JSON.stringify(seen)}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}

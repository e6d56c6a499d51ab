/** A server with feeds, and the ways to wait for what it knows by them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import type { feedsReply } from '../../src/api/schemas/feeds.ts';
import { ApiCaller } from './api.ts';
import { parseExposition } from './exposition.ts';
import { type Ended, editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from './steerd-process.ts';

type Feeds = z.output<typeof feedsReply>;

export class FeedRig {
  readonly place: Workplace;
  readonly server: SteerdProcess;
  readonly api: ApiCaller;

  private constructor(place: Workplace, server: SteerdProcess) {
    this.place = place;
    this.server = server;
    this.api = ApiCaller.of(server, place);
  }

  /** The example network. @param more of network.yaml, with PLACE for the server's directory @param files there, by name */
  static async start(more: string, files: Readonly<Record<string, string>> = {}): Promise<FeedRig> {
    const place = workplace();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place.folder, name), text);
    editFile(join(place.zones, 'network.yaml'), (text) => `${text}${more.replaceAll('PLACE', place.folder)}\n`);
    return new FeedRig(place, await SteerdProcess.start(place));
  }

  async feeds(): Promise<Feeds> {
    return (await this.api.get('/v1/feeds')).body as Feeds;
  }

  /** Waits until what is known is so. */
  async until(good: (feeds: Feeds) => boolean, within = 60_000): Promise<Feeds> {
    const began = performance.now();
    for (;;) {
      const feeds = await this.feeds();
      if (good(feeds)) return feeds;
      if (performance.now() - began > within) throw new Error(`not within ${within} ms: ${JSON.stringify(feeds)}`);
      await new Promise((again) => setTimeout(again, 50));
    }
  }

  /** `anycast/ipv4` -> `valid`, for prefixes of which anything is known. */
  validity({ routes }: Feeds): Record<string, string> {
    return Object.fromEntries(
      routes.flatMap(({ group, family, validity }) =>
        validity === null ? [] : [[`${group}/${family}`, `${validity.state}${validity.stale ? ' stale' : ''}`]],
      ),
    );
  }

  /** Samples of a metric, by their labels. */
  async metric(name: string): Promise<Record<string, number>> {
    const family = parseExposition((await this.api.get('/metrics')).body as string).get(name);
    return Object.fromEntries(
      (family?.samples ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
    );
  }

  run(...args: string[]): Ended {
    return steerd(this.place, args);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    remove(this.place);
  }
}

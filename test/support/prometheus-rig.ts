/** A real Prometheus that scrapes what a test says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './nginx.ts';
import { Program } from './program.ts';

export class PrometheusRig {
  readonly url: string;
  readonly #prometheus: Program;
  readonly #folder: string;
  readonly #scraped: number;
  readonly #page: () => string;
  #source: Server | undefined;

  private constructor(folder: string, scraped: number, port: number, page: () => string) {
    this.#folder = folder;
    this.#scraped = scraped;
    this.#page = page;
    this.url = `http://127.0.0.1:${port}`;
    const files = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    this.#prometheus = new Program('prometheus', [...files, `--web.listen-address=127.0.0.1:${port}`], port);
  }

  /** @param page the exporter's page, asked for every second */
  static async start(page: () => string): Promise<PrometheusRig> {
    const folder = mkdtempSync(join(tmpdir(), 'steerd-prometheus-'));
    const [scraped, port] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: links, static_configs: [{ targets: ['127.0.0.1:${scraped}'] }] }]\n`,
    );
    const rig = new PrometheusRig(folder, scraped, port, page);
    await rig.expose();
    await rig.run();
    return rig;
  }

  /** The exporter is there. */
  async expose(): Promise<void> {
    const source = createServer((_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      reply.end(this.#page());
    });
    await new Promise<void>((listening) => source.listen(this.#scraped, '127.0.0.1', listening));
    this.#source = source;
  }

  /** It is gone. */
  async hide(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    if (source === undefined) return;
    source.closeAllConnections();
    await new Promise((closed) => source.close(closed));
  }

  async run(): Promise<void> {
    await this.#prometheus.run();
  }

  async kill(): Promise<void> {
    await this.#prometheus.kill();
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.hide();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

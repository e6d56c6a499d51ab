/** A real Prometheus says how loaded a group's links are, and hosts leave it above a threshold. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ADDRESSES, HealthRig } from '../support/health-rig.ts';
import { itNeeds, programPath } from '../support/needs.ts';
import { freePort } from '../support/nginx.ts';

itNeeds('prometheus')(
  'checks of type prometheus follow a real one, and know nothing when it is gone',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steerd-prometheus-'));
    let zurich = 0.5;
    const exporter = createServer((_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      reply.end(`# TYPE link_used gauge\nlink_used{group="zurich"} ${zurich}\nlink_used{group="all"} 0.1\n`);
    });
    await new Promise<void>((listening) => exporter.listen(0, '127.0.0.1', listening));
    const { port: exported } = exporter.address() as { port: number };
    const port = await freePort('127.0.0.1');
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: links, static_configs: [{ targets: ['127.0.0.1:${exported}'] }] }]\n`,
    );
    const prometheus = spawn(
      programPath('prometheus') as string,
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise((done) => prometheus.once('exit', done));
    let rig: HealthRig | undefined;
    try {
      const query = `link_used{group="{group}"}`;
      rig = await HealthRig.start({
        checks: `load: { type: prometheus, interval: 500ms, rise: 1, url: 'http://127.0.0.1:${port}', query: '${query}', expect: '< 0.9' }`,
      });
      await rig.until(async () => (await rig!.health())['zurich/ipv4'].state === 'up', 30_000);
      expect((await rig.answers()).ipv4).toBe(ADDRESSES.zurich.ipv4);
      zurich = 0.97;
      const left = await rig.answeredBy('all', 'ipv4');
      expect((await rig.health())['zurich/ipv4'].cause).toBe('prometheus: 0.97, wanted < 0.9');
      zurich = 0.4;
      const back = await rig.answeredBy('zurich', 'ipv4');
      console.log(
        `Prometheus scraping every second: left after ${Math.round(left)} ms, back after ${Math.round(back)} ms`,
      );
      prometheus.kill('SIGKILL');
      await ended;
      // That it can't be asked is no failure of the target.
      await rig.until(async () => (await rig!.health())['zurich/ipv4'].state === 'unknown', 20_000);
      expect((await rig.health())['zurich/ipv4'].cause).toMatch(
        /nothing observed for \d+ s \(Prometheus can't be asked/,
      );
      expect((await rig.answers()).ipv4).toBe(ADDRESSES.zurich.ipv4);
    } finally {
      await rig?.stop();
      prometheus.kill('SIGKILL');
      await ended;
      exporter.closeAllConnections();
      exporter.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);

/** kill -9 at any instant amid updates of many clients: what was acknowledged is answered afterwards, and nothing half. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseName } from '../../src/wire/name.ts';
import { itNeeds } from '../support/needs.ts';
import { freePort } from '../support/peers.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';
import { UpdateClient } from '../support/update-client.ts';
import { short, UPDATE_SECRET, writeKey } from '../support/updater.ts';

const KILLS = 8;
const CLIENTS = 8;
const ZONE = 'example.net.';

interface Lane {
  readonly owner: string;
  /** What is there for sure; '' for nothing. */
  value: string;
  /** What was asked for and not answered: it may be there or not. */
  underWay: string | undefined;
}

itNeeds('dig')('loses no acknowledged update and does none by halves', async () => {
  const place = workplace();
  writeKey(place, 'acme');
  writeFileSync(
    join(place.folder, 'steerd.yaml'),
    "tsig: { key_files: [./acme.key] }\nupdate: { allow: [{ keys: [acme], names: ['lane.*', '*.lane'], types: [TXT] }] }\n",
  );
  const port = await freePort();
  const key = {
    name: parseName('acme'),
    algorithm: 'hmac-sha256',
    secret: Buffer.from(UPDATE_SECRET, 'base64'),
  } as const;
  const start = () =>
    SteerdProcess.start(place, {
      STEERD_LISTEN: `127.0.0.1:${port}`,
      STEERD_RELOAD_WATCH: 'false',
      STEERD_LOG_LEVEL: 'error',
    });
  const lanes: Lane[] = Array.from({ length: CLIENTS }, (_, i) => ({
    owner: `l${i}.lane.${ZONE}`,
    value: '',
    underWay: undefined,
  }));
  let server = await start();
  let acknowledged = 0;
  let unknown = 0;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      let running = true;
      const before = acknowledged;
      const streams = lanes.map(async (lane, i) => {
        const client = await UpdateClient.open(port, key, ZONE, kill * 4096 + i * 256);
        for (let n = 0; running; n++) {
          const isDelete = lane.value !== '';
          const text = isDelete ? lane.value : `v${kill}-${n}`;
          lane.underWay = isDelete ? '' : text;
          const rcode = await client.send({ owner: lane.owner, text, isDelete }, () => !running);
          if (rcode === undefined) break;
          expect(rcode).toBe(0);
          acknowledged++;
          lane.value = lane.underWay;
          lane.underWay = undefined;
        }
        client.close();
      });
      await expect.poll(() => acknowledged - before, { timeout: 60_000, interval: 5 }).toBeGreaterThan(CLIENTS);
      await new Promise((later) => setTimeout(later, Math.random() * 100));
      await server.kill();
      running = false;
      await Promise.all(streams);
      server = await start();
      for (const lane of lanes) {
        const found = await short(port, lane.owner, 'TXT');
        const is = found.length === 0 ? '' : found.join(' ').replaceAll('"', '');
        if (lane.underWay !== undefined) unknown++;
        expect([lane.value, lane.underWay]).toContain(is);
        lane.value = is;
        lane.underWay = undefined;
      }
    }
  } finally {
    await server.stop();
    remove(place);
  }
  console.log(`${acknowledged} updates acknowledged, ${unknown} cut off by ${KILLS} kills`);
  expect(unknown).toBeGreaterThan(0);
});

/** kill -9 at any instant, fifty times, amid a stream of moves: what was acknowledged is there afterwards, and nothing half. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { ApiCaller } from '../support/api.ts';
import { UdpClient } from '../support/ask.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

const A = 1;
const KILLS = 50;
const LANES = 4;
/** Hosts of the zone that is moved as a whole: enough for a document of its own, and once they have a catalogue for a move by places in it. */
const CROWD = 5000;
const ADDRESS: Readonly<Record<string, string>> = {
  anycast: '192.0.2.64',
  europe: '198.51.100.64',
  switzerland: '203.0.113.64',
};
const GROUPS = Object.keys(ADDRESS);

/** One thing that is moved again and again, one move after another: a host, or a zone's hosts together. */
interface Lane {
  readonly body: Record<string, unknown>;
  /** Where it is for sure. */
  group: string;
  /** A move that was not answered: it may have happened or not. */
  underWay: string | undefined;
  readonly acknowledged: { id: number; to: string }[];
}

async function stream(api: ApiCaller, lane: Lane, running: () => boolean): Promise<void> {
  for (let i = 0; running(); i++) {
    const to = GROUPS[(GROUPS.indexOf(lane.group) + 1 + (i % 2)) % GROUPS.length];
    lane.underWay = to;
    try {
      const { id } = await api.move({ ...lane.body, to });
      lane.acknowledged.push({ id, to });
      lane.group = to;
      lane.underWay = undefined;
    } catch {
      // The server is gone.
      return;
    }
  }
}

it('loses no acknowledged move and does none by halves', async () => {
  const place = workplace();
  const line = (name: string) => `${name}: { type: STEER, service: web, group: anycast }\n`;
  const zone = (names: string[]) => `---\n'': { type: NS, value: ns1.example.net. }\n${names.map(line).join('')}`;
  writeFileSync(join(place.zones, 'lanes.example.yaml'), zone(Array.from({ length: LANES }, (_, i) => `lane${i}`)));
  writeFileSync(join(place.zones, 'crowd.example.yaml'), zone(Array.from({ length: CROWD }, (_, i) => `c${i}`)));
  const fresh = (body: Record<string, unknown>): Lane => ({
    body,
    group: 'anycast',
    underWay: undefined,
    acknowledged: [],
  });
  const lanes = Array.from({ length: LANES }, (_, i) => fresh({ hosts: [`lane${i}.lanes.example`] }));
  const crowd = fresh({ select: { zone: 'crowd.example' } });
  const client = await UdpClient.open();
  const start = () => SteerdProcess.start(place, { STEERD_RELOAD_WATCH: 'false', STEERD_LOG_LEVEL: 'error' });
  let server = await start();
  let acknowledged = 0;
  let halfway = 0;
  try {
    const address = async (name: string) => (await client.ask(server.address, name, A)).addresses[0];
    for (let kill = 0; kill < KILLS; kill++) {
      const api = ApiCaller.of(server, place);
      let running = true;
      const streams = [...lanes, crowd].map((lane) => stream(api, lane, () => running));
      // At any instant; every other time after a first reply, for a slow machine answers nothing in that time.
      const first = (): boolean => kill % 2 === 0 || [...lanes, crowd].some((lane) => lane.acknowledged.length > 0);
      await expect.poll(first, { interval: 1 }).toBe(true);
      await new Promise((later) => setTimeout(later, 5 + Math.random() * 145));
      await server.kill();
      running = false;
      await Promise.all(streams);
      server = await start();
      const again = ApiCaller.of(server, place);
      for (const [i, lane] of lanes.entries()) {
        const seen = await address(`lane${i}.lanes.example`);
        const possible = [lane.group, lane.underWay].filter((group) => group !== undefined);
        expect(possible.map((group) => ADDRESS[group])).toContain(seen);
        lane.group = possible.find((group) => ADDRESS[group] === seen) as string;
      }
      const seen = new Set<string | undefined>();
      for (let i = 0; i < CROWD; i += 10) seen.add(await address(`c${i}.crowd.example`));
      expect([...seen]).toHaveLength(1);
      const possible = [crowd.group, crowd.underWay].filter((group) => group !== undefined);
      const whole = possible.find((group) => seen.has(ADDRESS[group]));
      expect(whole).toBeDefined();
      const counted = (await again.get('/v1/groups')).body.items as { id: string; answers: { ipv4: number } }[];
      expect(counted.find(({ id }) => id === whole)?.answers.ipv4).toBeGreaterThanOrEqual(CROWD);
      crowd.group = whole as string;
      for (const lane of [...lanes, crowd]) {
        if (lane.underWay !== undefined && lane.group === lane.underWay) halfway++;
        lane.underWay = undefined;
        for (const { id, to } of lane.acknowledged.splice(0)) {
          acknowledged++;
          expect((await again.get(`/v1/moves/${id}`)).body).toMatchObject({ id, to, kind: 'move' });
        }
      }
    }
  } finally {
    client.close();
    await server.stop();
  }
  const db = new DatabaseSync(join(place.state, 'steerd.db'));
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  // Both ways of storing who was moved have been through this.
  const stored = (which: string) =>
    db.prepare(`SELECT count(*) AS moves FROM documents WHERE collection = 'moves' AND ${which}`).get();
  const byPlace = "json_extract(value, '$.catalogue') IS NOT NULL";
  for (const which of [byPlace, `NOT ${byPlace}`]) expect(stored(which)).not.toEqual({ moves: 0 });
  db.close();
  remove(place);
  console.log(`${KILLS} kills, ${acknowledged} moves acknowledged; ${halfway} were durable but not acknowledged yet`);
  expect(acknowledged).toBeGreaterThanOrEqual(KILLS / 2);
}, 1_800_000);

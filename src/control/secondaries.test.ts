/** What the main thread makes of zones that come: when loads are slow or refused, and operators want more meanwhile. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { messageOf, soaRecord, TEST_APEX } from '../transfer/incoming/testing.ts';
import { imagesFolder } from '../transfer/incoming/zone-images.ts';
import { RRType } from '../wire/constants.ts';
import { formatName, parseName } from '../wire/name.ts';
import { Secondaries, takeImages } from './secondaries.ts';

const ZONE = formatName(TEST_APEX);
const EXPIRED = ['one.example.', 'two.example.'];

interface Load {
  readonly zones: readonly string[];
  readonly withheld: readonly string[];
  /** Ends it. @param problem why it is refused */
  end(problem?: string): void;
}

let stateDir: string;
let primary: Server;
let secondaries: Secondaries;
let store: MemoryStore;
/** Those that have begun and were not looked at yet. */
let loads: Load[];
/** Ends those that a test which failed has left. */
let ends: (() => void)[];

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'steerd-secondaries-'));
  mkdirSync(imagesFolder(stateDir));
  store = new MemoryStore();
  loads = [];
  ends = [];
  // Has the zone with the same serial for ever.
  primary = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      const id = data.readUInt16BE(2);
      const question = data.readUInt16BE(2 + 12 + TEST_APEX.length);
      const records = question === RRType.SOA ? [soaRecord(5)] : [soaRecord(5), soaRecord(5)];
      const reply = messageOf({ id, question, records });
      socket.write(Buffer.concat([Buffer.from([reply.length >>> 8, reply.length & 0xff]), reply]));
    });
  });
  await new Promise<void>((resolve) => primary.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  const ended = secondaries.stop();
  for (const end of ends) end();
  await ended;
  primary.close();
  rmSync(stateDir, { recursive: true });
});

/** @param expired zones that nobody has, and that are too old at the start */
function start(expired: readonly string[] = []): void {
  const { port } = primary.address() as AddressInfo;
  const zones = [ZONE, ...expired].map((name) => ({
    apex: parseName(name),
    primaries: [{ host: '127.0.0.1', port: name === ZONE ? port : 1, key: undefined, tls: undefined }],
    signs: false,
  }));
  const place = { stateDir, seed: 1, expired: new Set(expired) };
  const load = async (next: readonly Uint8Array[]): Promise<string | undefined> => {
    const withheld = [...secondaries.withheld];
    const problem = await new Promise<string | undefined>((end) => {
      loads.push({ zones: next.map(formatName), withheld, end });
      ends.push(() => end('the test is over'));
    });
    if (problem === undefined) await takeImages(imagesFolder(stateDir), next);
    return problem;
  };
  secondaries = new Secondaries({ zones, most: 1 << 20 }, place, store, load, {
    arrived: () => undefined,
    secondary: () => undefined,
    warning: () => undefined,
  });
  secondaries.start();
}

/** The next load that begins. */
async function begun(): Promise<Load> {
  await expect.poll(() => loads.length, { timeout: 15_000 }).toBeGreaterThan(0);
  return loads.shift()!;
}

async function retransfer(): Promise<void> {
  await store.commit([secondaries.retransferWanted(ZONE)]);
  secondaries.refresh(ZONE, true);
}

const isWanted = async (): Promise<boolean> => (await store.get('retransfers', ZONE)) !== undefined;

it('keeps a wish for the whole zone that came while another was fulfilled', async () => {
  start();
  (await begun()).end();
  await retransfer();
  const first = await begun();
  await retransfer();
  first.end();
  const second = await begun();
  expect(await isWanted()).toBe(true);
  second.end();
  await expect.poll(isWanted).toBe(false);
});

it('publishes which zones are too old although what came beside them is refused', async () => {
  start(EXPIRED);
  // Its first word says that one of them is no longer; while that is loaded the other follows, and a zone comes.
  const first = await begun();
  expect(first).toMatchObject({ zones: [], withheld: [EXPIRED[1]] });
  await expect.poll(() => secondaries.withheld.size).toBe(0);
  await expect.poll(() => readdirSync(imagesFolder(stateDir)).filter((name) => name.endsWith('.next')).length).toBe(1);
  // What the thread says of a question begun now comes behind its word that the zone has.
  const status = (): unknown => secondaries.statuses.get(EXPIRED[1]);
  await expect.poll(() => status()).toMatchObject({ problem: expect.any(String) });
  const before = status();
  secondaries.refresh(EXPIRED[1], false);
  await expect.poll(() => status()).not.toBe(before);
  first.end();
  const second = await begun();
  expect(second).toMatchObject({ zones: [ZONE], withheld: [] });
  second.end('its SOA is a mistake');
  const third = await begun();
  expect(third).toMatchObject({ zones: [], withheld: [] });
  third.end();
});

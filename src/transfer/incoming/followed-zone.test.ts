/** When a zone's primaries are asked, and until when what is here is good, by clocks of the test. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RRType } from '../../wire/constants.ts';
import { TEST_SEED } from '../testing.ts';
import type { ZoneContent } from '../zone-content.ts';
import type { Answered } from './ask-primary.ts';
import { FollowedZone, type ZoneSurroundings } from './followed-zone.ts';
import { IncomingTransfer } from './incoming-transfer.ts';
import type { Primary, SecondaryStatus } from './messages.ts';
import { messageOf, soaRecord, TEST_APEX, TEST_ID } from './testing.ts';
import { TransferError } from './transfer-error.ts';
import { ZoneImage } from './zone-images.ts';
import { timersOf } from './zone-timers.ts';

const START = 1_790_000_000_000;
const PRIMARIES = ['192.0.2.1', '192.0.2.2'].map(
  (host): Primary => ({ host, port: 53, key: undefined, tls: undefined }),
);

/** REFRESH 3600, RETRY 600, EXPIRE 86400. */
function contentOf(serial: number): ZoneContent {
  const wanted = { apex: TEST_APEX, id: TEST_ID, known: undefined, signs: false, most: 1 << 20, seed: TEST_SEED };
  const records = [soaRecord(serial), soaRecord(serial)];
  const received = new IncomingTransfer(wanted, undefined).take(messageOf({ records, question: RRType.AXFR }));
  if (received === undefined || received.kind === 'current') throw new Error('nothing came');
  return received.content;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-followed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

class Rig {
  /** Seconds of the steady clock, and what the wall clock is ahead of it in milliseconds. */
  time = 1000;
  wall = START;
  readonly asked: string[] = [];
  readonly told: SecondaryStatus[] = [];
  /** What each primary says; none answers without. */
  readonly says: Record<string, Answered | string> = {};
  refuses: string | undefined;
  zone: FollowedZone;

  constructor() {
    this.zone = this.begin();
  }

  /** As at the start of the server. */
  begin(): FollowedZone {
    const around: ZoneSurroundings = {
      ask: (primary, { force }) => {
        this.asked.push(force ? `${primary.host} all` : primary.host);
        const said = this.says[primary.host];
        if (typeof said === 'object') return Promise.resolve(said);
        return Promise.reject(new TransferError('unreachable', said ?? 'no route'));
      },
      seed: TEST_SEED,
      most: 1 << 20,
      wall: () => this.wall + this.time * 1000,
      steady: () => this.time * 1000,
      random: () => 0,
      load: () => {
        if (this.refuses === undefined) new ZoneImage(folder, TEST_APEX).take();
        return Promise.resolve(this.refuses);
      },
      told: (status) => this.told.push(status),
    };
    this.zone = new FollowedZone(
      { apex: TEST_APEX, primaries: PRIMARIES, signs: false },
      new ZoneImage(folder, TEST_APEX),
      around,
    );
    return this.zone;
  }

  has(serial: number, host = PRIMARIES[0].host): void {
    this.says[host] = { kind: 'whole', serial, content: contentOf(serial), octets: 100 };
  }

  /** Lets time go by, asking when it is due. @returns seconds until it was asked */
  async next(most = 200_000): Promise<number> {
    const from = this.time;
    for (; !this.zone.isDue; this.time++) if (this.time - from > most) throw new Error('never due');
    const took = this.time - from;
    await this.zone.check();
    return took;
  }

  get state(): string {
    const { state, serial } = this.zone.status;
    return `${state} ${serial}`;
  }
}

describe('a zone', () => {
  it('is asked for at once, and then by REFRESH', async () => {
    const rig = new Rig();
    expect(rig.state).toBe('waiting undefined');
    rig.has(5);
    expect(await rig.next()).toBe(0);
    expect(rig.state).toBe('current 5');
    rig.says['192.0.2.1'] = { kind: 'current' };
    expect(await rig.next()).toBe(3600);
    rig.has(6);
    expect(await rig.next()).toBe(3600);
    expect(rig.state).toBe('current 6');
    expect(rig.asked).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1']);
  });

  it('that has not come is asked for less and less often', async () => {
    const rig = new Rig();
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) waits.push(await rig.next());
    expect(waits).toEqual([0, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    expect(rig.zone.status.problem).toBe('192.0.2.1: no route; 192.0.2.2: no route');
  });

  it('whose primary is gone is asked for by RETRY, until it expires, and is good again when it comes', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.says['192.0.2.1'] = 'gone';
    expect([await rig.next(), await rig.next(), rig.state]).toEqual([3600, 600, 'failing 5']);
    while (rig.time - 1000 < 86_399) rig.time++;
    rig.zone.look();
    expect(rig.told.at(-1)?.state).toBe('failing');
    rig.time++;
    rig.zone.look();
    expect(rig.told.at(-1)?.state).toBe('expired');
    rig.says['192.0.2.1'] = { kind: 'current' };
    await rig.zone.check();
    expect(rig.state).toBe('current 5');
  });

  it('is asked of another primary when one fails, and of that first from then on', async () => {
    const rig = new Rig();
    rig.has(5, '192.0.2.2');
    await rig.next();
    await rig.next();
    expect(rig.asked).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.2']);
    rig.zone.poke(6, '192.0.2.1');
    await rig.next();
    expect(rig.asked.at(3)).toBe('192.0.2.1');
  });

  it('is asked for when somebody says so, unless it has that serial', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.time++;
    for (const old of [5, 4]) rig.zone.poke(old, undefined);
    expect(rig.zone.isDue).toBe(false);
    rig.zone.poke(6, undefined);
    expect(rig.zone.isDue).toBe(true);
    await rig.zone.check();
    rig.time++;
    rig.zone.poke(undefined, undefined);
    expect(rig.zone.isDue).toBe(true);
    await rig.zone.check();
    // An operator waits for nothing.
    rig.zone.refresh();
    expect(rig.zone.isDue).toBe(true);
    await rig.zone.check();
    rig.zone.retransfer(1);
    await rig.next();
    expect(rig.asked.at(-1)).toBe('192.0.2.1 all');
  });

  it('is asked for once at a time and once a second, however often somebody says so, and after the last word', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.says['192.0.2.1'] = { kind: 'current' };
    const before = rig.asked.length;
    const began = rig.time;
    let last = 0;
    for (let i = 0; i < 1000; i++) {
      rig.time = began + i / 100;
      rig.zone.poke(6 + i, '192.0.2.1');
      if (!rig.zone.isDue) continue;
      // What is said while it is asked for leads to another question, not to one beside it.
      const asked = rig.zone.check();
      rig.zone.poke(6 + i, '192.0.2.1');
      expect(rig.zone.isDue).toBe(false);
      await asked;
      last = rig.time;
    }
    expect(rig.asked.length - before).toBe(9);
    expect(await rig.next()).toBeLessThan(1.5);
    expect(rig.time).toBeGreaterThan(last + 0.99);
    expect(rig.asked.length - before).toBe(10);
    expect(rig.zone.isDue).toBe(false);
    expect(await rig.next()).toBeGreaterThan(3599);
  });

  it('that is wanted as a whole is tried until it has come, and says so', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    expect(rig.zone.status.retransfer).toBe(false);
    for (const host of ['192.0.2.1', '192.0.2.2']) rig.says[host] = 'it answers REFUSED';
    rig.zone.retransfer(1);
    expect(rig.zone.status.retransfer).toBe(true);
    await rig.next();
    // Its SOA could not be had; then it came, and could not be answered.
    rig.has(5);
    rig.refuses = 'www.example.org. has a CNAME and other records';
    await rig.next();
    expect([rig.state, rig.zone.status.retransfer]).toEqual(['failing 5', true]);
    rig.refuses = undefined;
    expect(await rig.next()).toBe(600);
    expect([rig.state, rig.zone.status.retransfer]).toEqual(['current 5', false]);
    expect(rig.asked.slice(1)).toEqual([
      '192.0.2.1 all',
      '192.0.2.2 all',
      '192.0.2.1 all',
      '192.0.2.2 all',
      '192.0.2.1 all',
    ]);
    rig.says['192.0.2.1'] = { kind: 'current' };
    await rig.next();
    expect(rig.asked.at(-1)).toBe('192.0.2.1');
  });

  it('is asked for again although the disk takes nothing, and says that', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    const checked = readdirSync(folder).find((name) => name.endsWith('.checked'));
    // Nothing can be written in a folder's place.
    mkdirSync(join(folder, `${checked}.new`));
    rig.says['192.0.2.1'] = { kind: 'older', serial: 4 };
    await rig.next();
    expect(rig.state).toBe('failing 5');
    expect(rig.zone.status.problem).toContain('EISDIR');
    expect(await rig.next()).toBe(600);
  });

  it('that is wanted as a whole once more while it comes is asked for again', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.zone.retransfer(1);
    const asked = rig.zone.check();
    rig.zone.retransfer(2);
    await asked;
    expect([rig.zone.status.retransfer, rig.zone.isDue]).toEqual([true, true]);
    await rig.zone.check();
    expect(rig.zone.status.retransfer).toBe(false);
    expect(rig.asked).toEqual(['192.0.2.1', '192.0.2.1 all', '192.0.2.1 all']);
  });

  it('whose primary has an older serial stays, and does not expire', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.says['192.0.2.1'] = { kind: 'older', serial: 3 };
    for (let i = 0; i < 200; i++) await rig.next();
    expect(rig.time).toBeGreaterThan(87_400);
    expect(rig.state).toBe('failing 5');
    expect(rig.zone.status.problem).toMatch(/its serial 3 is older than 5/);
  });

  it('that can not be answered is as it was, and the next try is by RETRY', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.has(6);
    rig.refuses = 'www.example.org. has a CNAME and other records';
    await rig.next();
    expect(rig.state).toBe('failing 5');
    expect(rig.zone.status.problem).toContain('has a CNAME');
    expect(new ZoneImage(folder, TEST_APEX).read(TEST_SEED)?.serial).toBe(5);
    rig.refuses = undefined;
    expect(await rig.next()).toBe(600);
    expect(rig.state).toBe('current 6');
  });
});

it('an image that is damaged is as good as none, and the zone comes again', async () => {
  const rig = new Rig();
  rig.has(5);
  await rig.next();
  const { path } = new ZoneImage(folder, TEST_APEX);
  const octets = readFileSync(path);
  octets[octets.length - 1] ^= 1;
  writeFileSync(path, octets);
  rig.begin();
  expect([rig.state, existsSync(path)]).toEqual(['waiting undefined', false]);
  await rig.next();
  expect(rig.state).toBe('current 5');
});

describe('clocks', () => {
  it('that are set change nothing while the server runs', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.says['192.0.2.1'] = 'gone';
    rig.wall += 365 * 86_400_000;
    rig.zone.look();
    expect(rig.told.at(-1)?.state).toBe('current');
    expect(await rig.next()).toBe(3600);
    expect(rig.state).toBe('failing 5');
  });

  it('say after a restart how old a zone is', async () => {
    const rig = new Rig();
    rig.has(5);
    await rig.next();
    rig.says['192.0.2.1'] = 'gone';
    const image = new ZoneImage(folder, TEST_APEX);
    // The steady clock begins anew, and a day less a minute has gone by.
    rig.wall += rig.time * 1000 + 86_340_000;
    rig.time = 0;
    rig.begin();
    expect(rig.state).toBe('current 5');
    expect(image.hasExpired(rig.wall)).toBe(false);
    rig.time = 61;
    expect(rig.state).toBe('expired 5');
    expect(image.hasExpired(rig.wall + 61_000)).toBe(true);
    // A clock that is behind what it said before does not make a zone old.
    rig.wall = 0;
    rig.begin();
    expect(rig.state).toBe('current 5');
  });
});

it('timers are kept within bounds', () => {
  const soa = (refresh: number, retry: number, expire: number): Uint8Array => {
    const octets = Buffer.alloc(20);
    [1, refresh, retry, expire, 60].forEach((word, i) => void octets.writeUInt32BE(word, i * 4));
    return octets;
  };
  expect(timersOf(soa(0, 0, 0))).toEqual({ refresh: 2, retry: 1, expire: 3 });
  const most = 0xffff_ffff;
  expect(timersOf(soa(most, most, most))).toEqual({ refresh: 28 * 86_400, retry: 14 * 86_400, expire: 168 * 86_400 });
});

/** RTR (RFC 8210), against a cache that follows it and against those that don't. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { feedContract } from '../../../../test/support/feed-contract.ts';
import {
  cacheReset,
  cacheResponse,
  endOfData,
  errorPdu,
  pdu,
  prefixPdu,
  RtrCachePeer,
  type RtrRecord,
  serialNotify,
} from '../../../../test/support/rtr-cache.ts';
import { parsePrefix } from '../../../net/prefix.ts';
import type { FeedReport } from '../../feed.ts';
import type { RpkiData, RpkiQuestion } from '../vrps.ts';
import { type CachePdu, PduReader } from './pdu.ts';
import { RtrFeed } from './rtr-feed.ts';

const question: RpkiQuestion = {
  originAs: 64500,
  routes: [
    { key: 'a/ipv4', prefix: parsePrefix('192.0.2.0/24')! },
    { key: 'a/ipv6', prefix: parsePrefix('2001:db8:16::/48')! },
  ],
};
const SESSION = 4711;
const own: RtrRecord = { address: [192, 0, 2, 0], length: 24, maxLength: 24, asn: 64500 };
const others: RtrRecord = { ...own, asn: 64501 };
const elsewhere: RtrRecord = { address: [203, 0, 113, 0], length: 24, maxLength: 24, asn: 64999 };
const wide: RtrRecord = {
  address: [0x20, 1, 0xd, 0xb8, ...Array<number>(12).fill(0)],
  length: 32,
  maxLength: 48,
  asn: 64500,
};

const all = (version: number, serial: number, ...records: RtrRecord[]): Buffer[] => [
  cacheResponse(version, SESSION),
  ...records.map((record) => prefixPdu(version, true, record)),
  endOfData(version, SESSION, serial),
];
const changes = (version: number, serial: number, ...edits: (readonly [boolean, RtrRecord])[]): Buffer[] => [
  cacheResponse(version, SESSION),
  ...edits.map(([announce, record]) => prefixPdu(version, announce, record)),
  endOfData(version, SESSION, serial),
];

let cache: RtrCachePeer;
let feed: RtrFeed;
let told: FeedReport<RpkiData>[];

beforeEach(async () => {
  cache = await RtrCachePeer.start();
  told = [];
});
afterEach(async () => {
  await feed?.stop();
  await cache.close();
});

/** @param interval between queries unless the cache says less */
function open(interval = 60_000): void {
  feed = new RtrFeed([{ host: '127.0.0.1', port: cache.port }], question, { interval, timeout: 2000 }, (report) =>
    told.push(report),
  );
  feed.start();
}
const state = (key = 'a/ipv4'): string | undefined => feed.report.newest?.data.validity.get(key)?.state;
const until = async (good: () => boolean): Promise<void> => {
  for (let tries = 0; !good(); tries++) {
    if (tries > 6000) throw new Error(`never: ${JSON.stringify(feed.report)} ${JSON.stringify(cache.queries)}`);
    await sleep(5);
  }
};
const asked = (): string[] =>
  cache.queries.map(({ version, type, session, serial }) =>
    type === 2 ? `v${version} all` : `v${version} ${session}/${serial}`,
  );

describe('a session', () => {
  it('begins with all there is, and goes on with changes when it is notified', async () => {
    cache.answer = () => all(1, 7, own, elsewhere, wide);
    open();
    await until(() => state() === 'valid');
    expect(state('a/ipv6')).toBe('valid');
    expect(feed.report).toMatchObject({
      notes: { vrps: 3, session: SESSION, serial: 7, version: 1 },
      expire: 7_200_000,
    });
    cache.answer = () => changes(1, 8, [false, own], [true, others], [false, elsewhere]);
    cache.send(serialNotify(1, SESSION, 8));
    await until(() => state() === 'invalid');
    expect(feed.report.notes).toMatchObject({ vrps: 2, serial: 8 });
    expect(feed.report.newest!.data.vrps).toHaveLength(2);
    expect(asked()).toEqual(['v1 all', `v1 ${SESSION}/7`]);
    // The same again, or an older one, is no news.
    cache.send(serialNotify(1, SESSION, 8), serialNotify(1, SESSION, 7));
    await sleep(100);
    expect(asked()).toHaveLength(2);
  });

  it('asks by itself after as long as the cache says, or the interval if that is less', async () => {
    let serial = 1;
    cache.answer = ({ type }) => (type === 2 ? all(1, serial, own) : changes(1, serial));
    open(50);
    await until(() => cache.queries.length >= 4);
    const { newest } = feed.report;
    expect(asked().slice(0, 3)).toEqual(['v1 all', `v1 ${SESSION}/1`, `v1 ${SESSION}/1`]);
    serial = 2;
    await until(() => feed.report.notes['serial'] === 2);
    // Nothing has changed but the time it is known to be so.
    expect(feed.report.newest!.data).toBe(newest!.data);
    expect(feed.report.newest!.observedAt).toBeGreaterThan(newest!.observedAt);
    await feed.stop();
    cache.queries.length = 0;
    cache.answer = ({ type }) =>
      type === 2 ? [...all(1, 1, own).slice(0, -1), endOfData(1, SESSION, 1, 1, 1, 10)] : changes(1, 1);
    open();
    told = [];
    await until(() => cache.queries.length >= 2);
    // An expiry below what is allowed is the least that is.
    expect(told[0].expire).toBe(600_000);
  });

  it('counts serials past the largest (RFC 1982)', async () => {
    cache.answer = () => all(1, 0xffffffff, own);
    open();
    await until(() => state() === 'valid');
    cache.answer = () => changes(1, 2, [true, elsewhere]);
    cache.send(serialNotify(1, SESSION, 2));
    await until(() => feed.report.notes['serial'] === 2);
    expect(asked()[1]).toBe(`v1 ${SESSION}/${0xffffffff}`);
  });

  it('has nothing of a set before its end', async () => {
    cache.answer = () => all(1, 1, own);
    open();
    await until(() => state() === 'valid');
    cache.answer = () => changes(1, 2, [false, own], [true, others]).slice(0, -1);
    cache.send(serialNotify(1, SESSION, 2));
    await sleep(150);
    expect(state()).toBe('valid');
    cache.send(endOfData(1, SESSION, 2));
    await until(() => state() === 'invalid');
  });

  it('asks for all again when the cache can not tell what changed', async () => {
    cache.answer = () => all(1, 5, own);
    open();
    await until(() => state() === 'valid');
    cache.answer = ({ type }) => (type === 1 ? cacheReset(1) : all(1, 9, others));
    cache.send(serialNotify(1, SESSION, 9));
    await until(() => state() === 'invalid');
    expect(asked()).toEqual(['v1 all', `v1 ${SESSION}/5`, 'v1 all']);
    expect(feed.report.failures).toBe(0);
  });

  it('goes on where it was when a connection ends, and begins anew when the cache does', async () => {
    cache.answer = () => all(1, 5, own);
    open(200);
    await until(() => state() === 'valid');
    cache.answer = ({ type }) => (type === 1 ? changes(1, 6, [true, elsewhere]) : all(1, 6, own));
    cache.drop();
    await until(() => feed.report.notes['serial'] === 6);
    expect(asked()).toEqual(['v1 all', `v1 ${SESSION}/5`]);
    expect(feed.report).toMatchObject({ failures: 1 });
    // Another session: what the serial meant is gone.
    const fresh = [cacheResponse(1, 1), prefixPdu(1, true, others), endOfData(1, 1, 1)];
    cache.answer = ({ type }) => (type === 1 ? [cacheResponse(1, 1), endOfData(1, 1, 1)] : fresh);
    await until(() => state() === 'invalid');
    expect(feed.report.notes['session']).toBe(1);
    expect(cache.reports.at(-1)!.readUInt16BE(2)).toBe(0);
    expect(
      told.some(
        ({ problem, newest }) => problem?.why === `its session is 1 now, and was ${SESSION}` && newest !== undefined,
      ),
    ).toBe(true);
  });

  it('falls back to version 0, whether the cache refuses 1 or answers in 0', async () => {
    cache.answer = ({ version, type }, socket) => {
      if (version === 0) return type === 2 ? all(0, 3, own) : changes(0, 3);
      socket.end(errorPdu(0, 4, 'version 1 is not supported'));
      return undefined;
    };
    open(100);
    await until(() => state() === 'valid');
    expect(asked().slice(0, 2)).toEqual(['v1 all', 'v0 all']);
    expect(feed.report).toMatchObject({ failures: 0, notes: { version: 0 }, expire: 7_200_000 });
    await until(() => cache.queries.length >= 3);
    expect(asked()[2]).toBe(`v0 ${SESSION}/3`);
    await feed.stop();
    cache.queries.length = 0;
    cache.answer = ({ type }) => (type === 2 ? all(0, 3, own) : changes(0, 4, [true, elsewhere]));
    open(100);
    await until(() => feed.report.notes['serial'] === 4);
    expect(asked().slice(0, 2)).toEqual(['v1 all', `v0 ${SESSION}/3`]);
  });

  it('ignores notifications before the version is agreed upon, whatever theirs is', async () => {
    cache.answer = () => [serialNotify(2, 9, 9), ...all(1, 1, own)];
    open();
    await until(() => state() === 'valid');
    expect(feed.report.failures).toBe(0);
  });

  it('goes to the next cache when one fails, and begins anew there', async () => {
    const second = await RtrCachePeer.start();
    try {
      cache.answer = () => all(1, 5, own);
      second.answer = ({ type }) => (type === 2 ? all(1, 1, others) : undefined);
      const caches = [cache, second].map(({ port }) => ({ host: '127.0.0.1', port }));
      feed = new RtrFeed(caches, question, { interval: 200, timeout: 500 }, (report) => told.push(report));
      feed.start();
      await until(() => state() === 'valid');
      cache.answer = () => undefined;
      await until(() => state() === 'invalid');
      expect(second.queries[0].type).toBe(2);
      expect(told.find(({ problem }) => problem !== undefined)!.problem!.why).toBe(
        `127.0.0.1:${cache.port}: nothing whole came within 0.5 s`,
      );
    } finally {
      await feed.stop();
      await second.close();
    }
  });
});

describe('a cache that does what it may not', () => {
  const response = cacheResponse(1, SESSION);
  const one = prefixPdu(1, true, own);
  const bent = (change: (octets: Buffer) => void): Buffer => {
    const octets = Buffer.from(one);
    change(octets);
    return octets;
  };
  it.each<[string, number, string, readonly Buffer[]]>([
    ['a prefix twice', 7, '192.0.2.0/24 24 64500 was announced twice', [response, one, one]],
    [
      'a withdrawal in a whole set',
      0,
      'a prefix was withdrawn where all there is was asked for',
      [response, prefixPdu(1, false, own)],
    ],
    ['a prefix before the response', 0, 'a prefix came outside of a response', [one]],
    ['an end before the response', 0, 'an end of data came outside of a response', [endOfData(1, SESSION, 1)]],
    ['two responses', 0, 'a cache response came that nothing asked for', [response, response]],
    ['another session at the end', 0, `its session is 5 now, and was ${SESSION}`, [response, one, endOfData(1, 5, 1)]],
    ['a reset of a reset', 0, 'a cache reset came that nothing asked for', [cacheReset(1)]],
    [
      'a length beyond the address',
      0,
      'a prefix PDU has length 33 and maximum length 24, or bits set behind its length',
      [response, bent((o) => void (o[9] = 33))],
    ],
    [
      'a maximum below the length',
      0,
      'a prefix PDU has length 24 and maximum length 23, or bits set behind its length',
      [response, bent((o) => void (o[10] = 23))],
    ],
    [
      'bits behind the length',
      0,
      'a prefix PDU has length 24 and maximum length 24, or bits set behind its length',
      [response, bent((o) => void (o[15] = 1))],
    ],
    ['a PDU of another length', 0, 'a PDU of type 4 has a length of 16, not 20', [response, pdu(1, 4, 0, 1, 2)]],
    ['no length at all', 0, 'a PDU has a length of 7', [Buffer.from([1, 3, 0, 0, 0, 0, 0, 7])]],
    ['an endless PDU', 0, 'a PDU has a length of 4294967295', [Buffer.from([1, 3, 0, 0, 255, 255, 255, 255])]],
    ['an unknown type', 5, 'a PDU has type 66, which a router knows nothing of', [pdu(1, 66, 0)]],
    [
      'a router key in version 0',
      5,
      'a PDU has type 9, which a router knows nothing of',
      [cacheResponse(0, 1), pdu(0, 9, 0, ...Array<number>(6).fill(0))],
    ],
    ['version 0 amid version 1', 8, 'it speaks version 0 amid version 1', [response, prefixPdu(0, true, own)]],
    ['version 2', 8, 'it speaks version 2', [cacheResponse(2, 1)]],
    ['text', 0, 'a PDU has a length of 543519085', [Buffer.from('HTTP/1.1 400 Bad Request\r\n')]],
  ])('%s: is told so, and left', async (_what, code, why, answer) => {
    cache.answer = () => answer;
    open();
    await until(() => feed.report.problem !== undefined);
    if (_what !== 'text') expect(feed.report.problem!.why).toBe(why);
    expect(feed.report.newest).toBeUndefined();
    await until(() => cache.reports.length > 0);
    expect(cache.reports[0].readUInt16BE(2)).toBe(code);
    expect(cache.reports[0].toString('latin1')).toContain(feed.report.problem!.why);
  });

  it('reports an error: is told no error in return', async () => {
    cache.answer = () => errorPdu(1, 2, 'still \n validating');
    open();
    await until(() => feed.report.failures >= 2);
    expect(feed.report.problem!.why).toBe('the cache reports: no data available (still validating)');
    expect(cache.reports).toEqual([]);
  });

  it('withdraws what it never announced, or goes back in time: is asked for all again', async () => {
    for (const answer of [changes(1, 6, [false, others]), changes(1, 4)]) {
      cache.answer = () => all(1, 5, own);
      cache.queries.length = 0;
      open(300);
      await until(() => state() === 'valid');
      cache.answer = ({ type }) => (type === 1 ? answer : all(1, 9, others));
      cache.send(serialNotify(1, SESSION, 6));
      await until(() => state() === 'invalid');
      expect(asked()).toEqual(['v1 all', `v1 ${SESSION}/5`, 'v1 all']);
      await feed.stop();
    }
  });
});

describe('PDUs', () => {
  it('are the same wherever the stream is cut, and nothing but an RtrError comes of any octets', () => {
    const stream = Buffer.concat([
      ...all(1, 7, own, elsewhere, wide),
      serialNotify(1, SESSION, 8),
      errorPdu(1, 1, 'x'),
      pdu(1, 9, 0, ...Array<number>(7).fill(1)),
    ]);
    const read = (octets: Buffer, size: number): CachePdu[] => {
      const reader = new PduReader();
      const found: CachePdu[] = [];
      for (let at = 0; at < octets.length; at += size) found.push(...reader.push(octets.subarray(at, at + size)));
      return found;
    };
    const whole = read(stream, stream.length);
    expect(whole.map(({ type }) => type)).toEqual([
      'response',
      'prefix',
      'prefix',
      'prefix',
      'end',
      'notify',
      'error',
      'key',
    ]);
    for (let size = 1; size < 40; size++) expect(read(stream, size)).toEqual(whole);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (flips) => {
          const octets = Buffer.from(stream);
          for (const [at, value] of flips) octets[at] = value;
          try {
            read(octets, 13);
          } catch (error) {
            expect((error as Error).name).toBe('RtrError');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

feedContract('of VRPs over RTR', ['gone', 'garbage', 'cut', 'hang', 'huge', 'empty'], async () => {
  const peer = await RtrCachePeer.start();
  let serial = 0;
  let endless: NodeJS.Timeout | undefined;
  const whole = (which: 1 | 2): Buffer[] => all(1, serial, which === 1 ? own : others);
  return {
    open: (pace, tell) => new RtrFeed([{ host: '127.0.0.1', port: peer.port }], question, pace, tell),
    say: async (which) => {
      clearInterval(endless);
      peer.refuses = false;
      serial++;
      const now = serial;
      peer.answer = (query) =>
        query.type === 1 && query.serial === now ? changes(1, now) : query.type === 1 ? cacheReset(1) : whole(which);
      peer.send(serialNotify(1, SESSION, serial));
    },
    which: ({ validity }) => ({ valid: 1, invalid: 2 })[validity.get('a/ipv4')!.state as string] as 1 | 2 | undefined,
    fail: async (how) => {
      peer.refuses = how === 'gone';
      if (how === 'gone') peer.drop();
      peer.answer = ({ type }, socket) => {
        if (how === 'garbage') return Buffer.from('<html>no such thing</html>');
        if (how === 'hang') return undefined;
        if (type === 1) return cacheReset(1);
        if (how === 'empty') return all(1, serial);
        if (how === 'cut') socket.end(Buffer.concat(whole(2).slice(0, -1)));
        let n = 0;
        if (how === 'huge')
          endless = setInterval(() => {
            const record = { ...elsewhere, asn: n++ };
            if (!socket.destroyed)
              socket.write(
                Buffer.concat([
                  ...(n === 1 ? [cacheResponse(1, SESSION)] : []),
                  ...Array<Buffer>(200).fill(prefixPdu(1, true, record)),
                ]),
              );
          }, 5);
        return [];
      };
    },
    connections: async () => peer.connections,
    close: async () => {
      clearInterval(endless);
      await peer.close();
    },
  };
});

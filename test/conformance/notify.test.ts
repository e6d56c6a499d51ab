/** Notifications that a zone has changed elsewhere (RFC 1996), and zones of which nothing may be answered, on both paths. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import { Responder } from '../../src/answer/responder.ts';
import { unchangedBut, withSecondaries } from '../../src/compile/secondary-zones.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { hmac } from '../../src/transfer/hmac.ts';
import { IncomingTransfer } from '../../src/transfer/incoming/incoming-transfer.ts';
import { messageOf, soaRecord, TEST_APEX, TEST_ID, type TestRecord, txt } from '../../src/transfer/incoming/testing.ts';
import { ZoneImage } from '../../src/transfer/incoming/zone-images.ts';
import { Ede, Rcode, RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { signMessage, type TsigKey } from '../../src/wire/tsig.ts';
import { queryMessage } from '../support/ask.ts';
import { BothPaths } from '../support/both-paths.ts';
import { inputOf } from '../support/records.ts';
import { SEED, TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';

const FILE = `$ORIGIN example.org.
www 30 STEER web zurich
`;
const NET = `$ORIGIN example.net.
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns.example.
alias CNAME www.example.org.
here A 192.0.2.7
`;
const NS: TestRecord = { owner: 'example.org', type: RRType.NS, rdata: parseName('ns.example') };
const A: TestRecord = { owner: 'www.example.org', type: RRType.A, rdata: Uint8Array.of(192, 0, 2, 99) };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-secondary-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes something the image of example.org. */
function arrive(serial: number, ...records: TestRecord[]): void {
  const wanted = { apex: TEST_APEX, id: TEST_ID, known: undefined, signs: false, most: 1 << 20, seed: 1 };
  const all = [soaRecord(serial), NS, ...records, soaRecord(serial)];
  const received = new IncomingTransfer(wanted, undefined).take(messageOf({ records: all, question: RRType.AXFR }));
  if (received === undefined || received.kind === 'current') throw new Error('nothing came');
  const image = new ZoneImage(folder, TEST_APEX);
  image.writeNext(received.content);
  image.take();
}

interface Loaded {
  readonly serial: number;
  readonly secondary: string | undefined;
  readonly hidden: number;
}

class Rig {
  readonly tables = new TestTables();
  readonly both: BothPaths;
  readonly #zones: readonly TextZone[];

  constructor(file = FILE) {
    this.#zones = [new TextZone('example.net', NET), ...(file === '' ? [] : [new TextZone('example.org', file)])];
    this.both = new BothPaths(this.tables);
  }

  images(withheld: boolean): Parameters<typeof withSecondaries>[1] {
    return { folder, zones: [TEST_APEX], next: [], withheld: new Set(withheld ? ['example.org.'] : []) };
  }

  load(withheld = false): Loaded {
    return this.#told(this.tables.load(withSecondaries(inputOf(this.#zones), this.images(withheld))));
  }

  /** As when the primary's thread says so: no file is looked at. */
  withhold(withheld: boolean): Loaded {
    const { unchanged } = this.tables.compiler;
    return this.#told(
      this.tables.load(
        unchangedBut(unchanged!, [], this.images(withheld), () => {
          throw new Error('files are not looked at');
        }),
      ),
    );
  }

  /** RCODE and EDE by both paths; address or text of the first answer. */
  ask(name: string, type: number): string {
    const { batch, complete } = this.both.ask(queryMessage(1, name, type, { edns: 1232 }));
    expect(batch).toBe(complete);
    const m = Buffer.from(complete, 'hex');
    const ede = complete.match(/000f0002(....)/);
    return `${m[3] & 15}${ede === null ? '' : ` EDE ${Number.parseInt(ede[1], 16)}`} ${m.readUInt16BE(6)}`;
  }

  #told(result: ReturnType<TestTables['load']>): Loaded {
    const { serial, secondary } = result.zones.find(({ name }) => name === 'example.org.')!;
    return { serial, secondary, hidden: result.hidden.length };
  }
}

describe('a zone from elsewhere', () => {
  it('lies below the file, and its serial is the primary’s until something on top needs another', () => {
    arrive(7, A, txt('b.example.org', '1'));
    const rig = new Rig();
    expect(rig.load()).toEqual({ serial: 7, secondary: 'answered', hidden: 1 });
    expect(rig.ask('b.example.org', RRType.TXT)).toBe('0 1');
    // Steered: of zurich there is no IPv4, so switzerland's.
    const { complete } = rig.both.ask(queryMessage(1, 'www.example.org', RRType.A));
    expect(complete).toContain(Buffer.from([203, 0, 113, 64]).toString('hex'));
    arrive(9, A, txt('b.example.org', '2'));
    expect(rig.load().serial).toBe(9);
    arrive(3, A, txt('b.example.org', '3'));
    expect(rig.load().serial).toBe(10);
    arrive(10, A, txt('b.example.org', '4'));
    expect(rig.load().serial).toBe(11);
    expect(rig.load().serial).toBe(11);
  });

  it('needs no file', () => {
    arrive(7, A);
    const rig = new Rig('');
    expect(rig.load()).toEqual({ serial: 7, secondary: 'answered', hidden: 0 });
    expect(rig.ask('www.example.org', RRType.A)).toBe('0 1');
    expect(rig.ask('none.example.org', RRType.A)).toBe('3 0');
  });

  it('that is too old, or has not come, is answered SERVFAIL in all its names, and nothing else is', () => {
    const rig = new Rig();
    expect(rig.load().secondary).toBe('waiting');
    const names = [
      ['www.example.org', RRType.A],
      ['none.example.org', RRType.A],
      ['example.org', RRType.SOA],
      ['example.org', RRType.TXT],
    ] as const;
    const failed = `2 EDE ${Ede.INVALID_DATA} 0`;
    const all = (): string[] => names.map(([name, type]) => rig.ask(name, type));
    expect(all()).toEqual(names.map(() => failed));
    arrive(7, A);
    expect(rig.load()).toMatchObject({ serial: 7, secondary: 'answered' });
    expect(all()).toEqual(['0 1', '3 0', '0 1', '0 0']);
    expect(rig.withhold(true)).toMatchObject({ serial: 7, secondary: 'withheld' });
    expect(all()).toEqual(names.map(() => failed));
    // A chain that leads there ends.
    expect(rig.ask('alias.example.net', RRType.A)).toBe('0 1');
    expect(rig.ask('here.example.net', RRType.A)).toBe('0 1');
    expect(rig.withhold(false)).toMatchObject({ serial: 7, secondary: 'answered' });
    expect(all()).toEqual(['0 1', '3 0', '0 1', '0 0']);
    expect(rig.ask('alias.example.net', RRType.A)).toBe('0 2');
  });
});

describe('NOTIFY', () => {
  const key: TsigKey = { name: parseName('xfr'), algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7) };
  const NOW = 1_790_000_000;
  const network = (address: number[]): Prefix => ({ family: 'ipv4', address: Uint8Array.from(address), length: 32 });

  function responder(notified: (apex: Uint8Array, serial: number | undefined, from: Uint8Array) => boolean): Responder {
    const rig = new Rig();
    rig.load();
    const { tables, plan, clients } = rig.tables;
    const rules = [{ zone: TEST_APEX, networks: [network([192, 0, 2, 53])], keys: undefined }];
    const signedRules = [{ zone: parseName('signed.example'), networks: undefined, keys: [key.name] }];
    const config = { seed: SEED, udpSize: 1232, nsid: undefined, version: undefined, id: undefined };
    return new Responder(
      { ...config, tsigKeys: [key], notifications: [...rules, ...signedRules] },
      tables,
      plan,
      clients,
      rig.tables,
      { hmac, now: () => NOW, notified },
    );
  }

  /** Opcode 4 and AA, as a primary sends it. */
  function notify(name: string, serial?: number, type: number = RRType.SOA): Uint8Array {
    const m = Uint8Array.from(queryMessage(77, name, type));
    m[2] = 0x24;
    if (serial === undefined) return m;
    m[7] = 1;
    const { rdata } = soaRecord(serial);
    return Uint8Array.of(...m, 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, rdata.length, ...rdata);
  }

  function send(
    message: Uint8Array,
    client = Uint8Array.of(192, 0, 2, 53),
    take = true,
  ): { flags: number; rcode: number; told: unknown[] } {
    const told: unknown[] = [];
    const room = new Uint8Array(4096);
    room.set(message);
    const to = responder((apex, serial, from) => {
      told.push([Buffer.from(apex).equals(Buffer.from(TEST_APEX)), serial, [...from]]);
      return take;
    });
    const octets = to.respond(room, 0, message.length, room.length, Channel.UDP_IPV4, client);
    expect(octets).toBeGreaterThan(0);
    return { flags: room[2], rcode: room[3] & 15, told };
  }

  it('of a primary is answered at once, and told with its serial', () => {
    expect(send(notify('example.org', 8))).toEqual({ flags: 0xa4, rcode: 0, told: [[true, 8, [192, 0, 2, 53]]] });
    expect(send(notify('EXAMPLE.org'))).toEqual({ flags: 0xa4, rcode: 0, told: [[true, undefined, [192, 0, 2, 53]]] });
  });

  it('of others is refused, and so is what is no notification', () => {
    expect(send(notify('example.org', 8), Uint8Array.of(192, 0, 2, 54))).toMatchObject({
      rcode: Rcode.REFUSED,
      told: [],
    });
    expect(send(notify('example.net', 8))).toMatchObject({ rcode: Rcode.NOTAUTH, told: [] });
    expect(send(notify('www.example.org', 8))).toMatchObject({ rcode: Rcode.NOTAUTH, told: [] });
    expect(send(notify('signed.example'))).toMatchObject({ rcode: Rcode.REFUSED, told: [] });
    expect(send(notify('example.org', undefined, RRType.A))).toMatchObject({ rcode: Rcode.FORMERR, told: [] });
    expect(send(notify('example.org', 8).subarray(0, 40))).toMatchObject({ rcode: Rcode.FORMERR, told: [] });
  });

  it('needs the key where there is one', () => {
    const m = new Uint8Array(512);
    const query = notify('signed.example');
    m.set(query);
    const fields = { time: NOW, fudge: 300, originalId: 77, error: 0, other: new Uint8Array(0) };
    const { end } = signMessage(m, 0, query.length, key, hmac, fields);
    expect(send(m.subarray(0, end))).toMatchObject({ flags: 0xa4, rcode: 0 });
    m[end - 8] ^= 1;
    expect(send(m.subarray(0, end))).toMatchObject({ rcode: Rcode.NOTAUTH, told: [] });
  });

  it('that is too much is not said to be taken', () => {
    expect(send(notify('example.org', 8), undefined, false)).toMatchObject({ flags: 0xa0, rcode: Rcode.SERVFAIL });
  });
});

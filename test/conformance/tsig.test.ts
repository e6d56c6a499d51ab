/** Signed queries and their answers (RFC 8945), octet by octet and with other people's clients. */
import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import { Responder } from '../../src/answer/responder.ts';
import { hmac } from '../../src/transfer/hmac.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { checkTsig, readTsig, signMessage, TsigError, type TsigKey, type TsigRecord } from '../../src/wire/tsig.ts';
import { queryMessage } from '../support/ask.ts';
import { itNeeds } from '../support/needs.ts';
import { inputOf } from '../support/records.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';
import { SEED, TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';

const NOW = 1_790_000_000;
const NONE = new Uint8Array(0);
const key: TsigKey = { name: parseName('xfr.example'), algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7) };
const zone = new TextZone(
  'example.',
  `$ORIGIN example.
$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
ns1 A 192.0.2.1
www 30 STEER web zurich
${Array.from({ length: 40 }, (_, i) => `many A 192.0.2.${i + 1}`).join('\n')}
`,
);

let responder: Responder;

beforeAll(() => {
  const tables = new TestTables();
  tables.load(inputOf([zone]));
  const config = { seed: SEED, udpSize: 1232, nsid: undefined, version: undefined, id: undefined, tsigKeys: [key] };
  const tools = { hmac, now: () => NOW };
  responder = new Responder(config, tables.tables, tables.plan, tables.clients, tables, tools);
});

interface Asked {
  readonly name?: string;
  readonly type?: number;
  readonly key?: TsigKey;
  readonly time?: number;
  /** What is done to the message once it is signed. */
  readonly spoil?: (m: Uint8Array, recordAt: number) => void;
}

interface Answer {
  readonly m: Uint8Array;
  readonly rcode: number;
  readonly answers: number;
  readonly truncated: boolean;
  /** The response's own record, and where it begins. */
  readonly record: TsigRecord | undefined;
  readonly recordAt: number;
  /** The MAC of the query, to which a response is bound. */
  readonly asked: Uint8Array;
}

function ask({ name = 'www.example', type = RRType.A, key: by = key, time = NOW, spoil }: Asked): Answer {
  const query = queryMessage(4711, name, type);
  const m = new Uint8Array(4096);
  m.set(query);
  const fields = { time, fudge: 300, originalId: 4711, error: 0, other: NONE };
  const { end, mac } = signMessage(m, 0, query.length, by, hmac, fields);
  spoil?.(m, query.length);
  const octets = responder.respond(m, 0, end, m.length, Channel.UDP_IPV4);
  // The record is the last, and begins with the key's name.
  const recordAt = Buffer.from(m.subarray(0, octets)).lastIndexOf(by.name);
  const record = recordAt < 0 ? undefined : readTsig(m, recordAt, octets);
  return {
    m: m.slice(0, octets),
    rcode: m[3] & 0xf,
    answers: (m[6] << 8) | m[7],
    truncated: (m[2] & 2) !== 0,
    record,
    recordAt,
    asked: mac,
  };
}

function checked({ m, record, recordAt, asked }: Answer, now = NOW): number {
  return checkTsig(m, 0, recordAt, record!, key, hmac, now, { mac: asked, timersOnly: false });
}

describe('a signed query', () => {
  it('is answered, signed', () => {
    const answer = ask({});
    expect([answer.rcode, answer.answers, answer.record?.error]).toEqual([Rcode.NOERROR, 1, TsigError.NONE]);
    expect(checked(answer)).toBe(TsigError.NONE);
  });

  it('is cut at the size of the reply with its signature', () => {
    const answer = ask({ name: 'many.example' });
    expect([answer.truncated, answer.m.length <= 512]).toEqual([true, true]);
    expect(checked(answer)).toBe(TsigError.NONE);
  });

  it('with a key nobody knows gets BADKEY, unsigned', () => {
    for (const unknown of [
      { ...key, name: parseName('other') },
      { ...key, algorithm: 'hmac-sha512' as const },
    ]) {
      const { rcode, answers, record } = ask({ key: unknown });
      expect([rcode, answers]).toEqual([Rcode.NOTAUTH, 0]);
      expect([record?.error, record?.mac.length, record?.key]).toEqual([TsigError.BADKEY, 0, unknown.name]);
    }
  });

  it('that was changed on the way gets BADSIG, unsigned', () => {
    const { rcode, answers, record } = ask({ spoil: (m) => (m[2] ^= 1) });
    expect([rcode, answers]).toEqual([Rcode.NOTAUTH, 0]);
    expect([record?.error, record?.mac.length]).toEqual([TsigError.BADSIG, 0]);
  });

  it('of another time gets BADTIME, signed, with the time here', () => {
    const answer = ask({ time: NOW - 301 });
    const { rcode, answers, record } = answer;
    expect([rcode, answers, record?.error, record?.time]).toEqual([Rcode.NOTAUTH, 0, TsigError.BADTIME, NOW - 301]);
    expect(Buffer.from(record!.other).readUIntBE(0, 6)).toBe(NOW);
    // By its own clock the client can check it.
    expect(checked(answer, NOW - 301)).toBe(TsigError.NONE);
  });

  it('whose signature can not be read, or is not the last record, gets FORMERR', () => {
    const spoiled = [(m: Uint8Array, at: number) => (m[at + 15] = 1), (m: Uint8Array) => ([m[9], m[11]] = [1, 0])];
    for (const spoil of spoiled) {
      const { rcode, record } = ask({ spoil });
      expect([rcode, record]).toEqual([Rcode.FORMERR, undefined]);
    }
  });
});

it('a query without a signature is answered without one, also after a signed one', () => {
  ask({});
  const m = new Uint8Array(512);
  const query = queryMessage(1, 'www.example', RRType.A);
  m.set(query);
  const octets = responder.respond(m, 0, query.length, 512, Channel.UDP_IPV4);
  expect([m[3] & 0xf, m[11]]).toEqual([Rcode.NOERROR, 0]);
  expect(octets).toBeLessThan(64);
});

describe('other clients', () => {
  const SECRET = Buffer.alloc(32, 9).toString('base64');
  const run = promisify(execFile);
  let place: Workplace;
  let server: SteerdProcess;
  let file: string;

  beforeAll(async () => {
    place = workplace();
    file = join(place.folder, 'xfr.key');
    writeFileSync(file, `key "xfr" {\n\talgorithm hmac-sha512;\n\tsecret "${SECRET}";\n};\n`, { mode: 0o600 });
    server = await SteerdProcess.start(place, {
      STEERD_TSIG_KEY_FILES: file,
      STEERD_TSIG_KEY_VARIABLES: 'OLD_KEY,SMALL_KEY',
      STEERD_TSIG_MD5: 'true',
      OLD_KEY: `hmac-md5:old:${SECRET}`,
      SMALL_KEY: `hmac-sha224:small:${SECRET}`,
    });
  });
  afterAll(async () => {
    await server.stop();
    remove(place);
  });

  async function asks(program: 'dig' | 'kdig', ...args: string[]): Promise<string> {
    const { host, port } = server.address;
    const { stdout } = await run(program, [`@${host}`, '-p', String(port), 'example.net', 'SOA', ...args], {
      timeout: 20_000,
    });
    return stdout;
  }

  itNeeds('dig')('dig checks our signatures, over UDP and TCP', async () => {
    for (const more of ['+notcp', '+tcp'])
      for (const by of [
        ['-k', file],
        ['-y', `hmac-md5:old:${SECRET}`],
        ['-y', `hmac-sha224:small:${SECRET}`],
      ]) {
        const said = await asks('dig', ...by, more);
        expect(said).toMatch(/status: NOERROR[\s\S]*TSIG PSEUDOSECTION[\s\S]* NOERROR 0/);
        expect(said).not.toMatch(/[Cc]ouldn't verify|expected a TSIG/);
      }
    const bad = await asks('dig', '-y', `hmac-sha512:xfr:${Buffer.alloc(32).toString('base64')}`);
    expect(bad).toMatch(/status: NOTAUTH[\s\S]*BADSIG/);
    expect(await asks('dig', '-y', `hmac-sha512:nobody:${SECRET}`)).toMatch(/status: NOTAUTH[\s\S]*BADKEY/);
  });

  itNeeds('kdig')('kdig checks our signatures, over UDP and TCP', async () => {
    for (const more of ['+notcp', '+tcp']) {
      const said = await asks('kdig', '-y', `hmac-sha512:xfr:${SECRET}`, more);
      expect(said).toMatch(/status: NOERROR[\s\S]*TSIG PSEUDOSECTION/);
      expect(said).not.toMatch(/WARNING: TSIG|ERROR:/);
    }
  });

  it('keys that others can read, or that are no keys, keep it from starting; no secret is shown', () => {
    chmodSync(file, 0o644);
    const open = steerd(place, ['serve'], { STEERD_TSIG_KEY_FILES: file });
    expect(open.stderr).toContain(
      `${file}: error: others may read or change this file of secrets (mode 644) (chmod 600`,
    );
    chmodSync(file, 0o600);
    const weak = steerd(place, ['serve'], { STEERD_TSIG_KEY_VARIABLES: 'K', K: `hmac-md5:old:${SECRET}` });
    expect(weak.stderr).toContain('K: error: key old is of hmac-md5 (use hmac-sha256');
    for (const { status, stdout, stderr } of [open, weak]) {
      expect(status).not.toBe(0);
      expect(stdout + stderr).not.toContain(SECRET);
    }
  });
});

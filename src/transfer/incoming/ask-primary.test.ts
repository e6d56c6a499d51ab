/** One primary asked over a connection: as it should be, and as it should not. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { certificate } from '../../../test/support/certificate.ts';
import { itNeeds } from '../../../test/support/needs.ts';
import { RRType } from '../../wire/constants.ts';
import { parseName } from '../../wire/name.ts';
import { readTsig, type TsigKey } from '../../wire/tsig.ts';
import { TEST_SEED } from '../testing.ts';
import type { ZoneContent } from '../zone-content.ts';
import { type Answered, askPrimary } from './ask-primary.ts';
import type { Primary } from './messages.ts';
import { messageOf, signed, soaRecord, TEST_APEX, type TestRecord, txt } from './testing.ts';
import { TransferError } from './transfer-error.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

interface Query {
  readonly m: Buffer;
  readonly id: number;
  readonly type: number;
}

type Answer = (query: Query, socket: Socket) => void;

function take(socket: Socket, answer: Answer): void {
  sockets.push(socket);
  let pending = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (piece: Buffer) => {
    pending = Buffer.concat([pending, piece]);
    while (pending.length > 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const m = pending.subarray(2, end);
      pending = pending.subarray(end);
      answer({ m, id: m.readUInt16BE(0), type: m.readUInt16BE(12 + TEST_APEX.length) }, socket);
    }
  });
}

async function listen(server: Server, more: Partial<Primary> = {}): Promise<Primary> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { host: '127.0.0.1', port, key: undefined, tls: undefined, ...more };
}

function primary(answer: Answer, more: Partial<Primary> = {}): Promise<Primary> {
  return listen(
    createServer((socket) => take(socket, answer)),
    more,
  );
}

function framed(m: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(m.length >>> 8, m.length), m]);
}

/** Answers queries as a primary that has a serial and records. */
function serving(serial: number, records: readonly TestRecord[], refuses?: number): Answer {
  return ({ id, type }, socket) => {
    const soa = soaRecord(serial);
    if (type === refuses) socket.write(framed(messageOf({ id, records: [], question: type, rcode: 4 })));
    else if (type === RRType.SOA) socket.write(framed(messageOf({ id, records: [soa], question: type })));
    else
      for (const one of [[soa], records, [soa]]) socket.write(framed(messageOf({ id, records: one, question: type })));
  };
}

function ask(to: Primary, content?: ZoneContent, force = false): Promise<Answered> {
  const zone = { apex: TEST_APEX, primaries: [], signs: false };
  const serial = content?.serial;
  const patience = { connect: 5000, message: 1000 };
  return askPrimary(to, { zone, most: 1 << 20, seed: TEST_SEED, serial, content: () => content, force, patience });
}

async function refusal(to: Primary, content?: ZoneContent): Promise<string> {
  try {
    return (await ask(to, content)).kind;
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

async function zone(serial: number): Promise<ZoneContent> {
  const answered = await ask(await primary(serving(serial, [txt('a.example.org', 'old')])));
  if (!('content' in answered)) throw new Error(answered.kind);
  return answered.content;
}

describe('a primary', () => {
  it('is asked for its serial, then for what is newer', async () => {
    const known = await zone(5);
    const records = [txt('a.example.org', 'new')];
    expect(await ask(await primary(serving(6, records)))).toMatchObject({ kind: 'whole', serial: 6 });
    expect(await ask(await primary(serving(5, records)), known)).toEqual({ kind: 'current' });
    expect(await ask(await primary(serving(4, records)), known)).toEqual({ kind: 'older', serial: 4 });
    expect(await ask(await primary(serving(4, records)), known, true)).toMatchObject({ kind: 'whole', serial: 4 });
    // RFC 1982: the serial after the largest.
    expect(await ask(await primary(serving(1, records)), await zone(0xffff_ffff))).toMatchObject({ serial: 1 });
  });

  it('that has no changes to give, or wrong ones, is asked for the zone', async () => {
    const known = await zone(5);
    const records = [txt('a.example.org', 'new')];
    expect(await ask(await primary(serving(6, records, RRType.IXFR)), known)).toMatchObject({ kind: 'whole' });
    const wrong: Answer = (query, socket) => {
      if (query.type !== RRType.IXFR) return serving(6, records)(query, socket);
      const changes = [soaRecord(6), soaRecord(5), txt('b.example.org', 'never'), soaRecord(6), soaRecord(6)];
      socket.write(framed(messageOf({ id: query.id, records: changes, question: RRType.IXFR })));
    };
    expect(await ask(await primary(wrong), known)).toMatchObject({ kind: 'whole', serial: 6 });
  });

  it('may answer in pieces of any size', async () => {
    const drops: Answer = (query, socket) => {
      if (query.type === RRType.SOA) return serving(6, [])(query, socket);
      const { id, type: question } = query;
      const parts = [[soaRecord(6)], [txt('a.example.org', 'x')], [soaRecord(6)]];
      const all = Buffer.concat(parts.map((records) => framed(messageOf({ id, records, question }))));
      let from = 0;
      const timer = setInterval(() => {
        if (from >= all.length) return clearInterval(timer);
        socket.write(all.subarray(from, from + 17));
        from += 17;
      }, 1);
    };
    expect(await ask(await primary(drops))).toMatchObject({ kind: 'whole', serial: 6 });
  });

  it('that is silent, ends, drips or is not there is given up', async () => {
    expect(await refusal(await primary(() => {}))).toBe('unreachable: nothing came for 1 s');
    expect(await refusal(await primary((_, socket) => socket.end()))).toBe('unreachable: the connection ended early');
    const dripping: Answer = (_, socket) => {
      socket.write(Uint8Array.of(255, 255));
      const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write('x')), 100);
    };
    expect(await refusal(await primary(dripping))).toBe('unreachable: nothing came for 1 s');
    const gone = await primary(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await refusal(gone)).toMatch(/^unreachable: .*ECONNREFUSED/);
    // It begins a transfer, and goes.
    const half: Answer = (query, socket) => {
      if (query.type === RRType.SOA) return serving(6, [])(query, socket);
      socket.end(
        framed(messageOf({ id: query.id, records: [soaRecord(6), txt('a.example.org', 'x')], question: query.type })),
      );
    };
    expect(await refusal(await primary(half))).toBe('unreachable: the connection ended early');
  });

  it('that refuses, is no authority or answers something else says so', async () => {
    expect(await refusal(await primary(serving(6, [], RRType.SOA)))).toBe('refused: it answers NOTIMP');
    const answers = (message: Parameters<typeof messageOf>[0]): Answer => {
      return ({ id, type }, socket) => void socket.write(framed(messageOf({ id, question: type, ...message })));
    };
    expect(await refusal(await primary(answers({ records: [soaRecord(6)], flags: 0x80 })))).toMatch(
      /not authoritative/,
    );
    expect(await refusal(await primary(answers({ records: [] })))).toMatch(/without a SOA/);
    expect(await refusal(await primary(answers({ records: [soaRecord(6, 'example.net')] })))).toMatch(/without a SOA/);
    const other: Answer = ({ id }, socket) =>
      void socket.write(framed(messageOf({ id: id ^ 1, records: [soaRecord(6)], question: RRType.SOA })));
    expect(await refusal(await primary(other))).toMatch(/^malformed: its answer is to another query/);
  });
});

describe('a signed question', () => {
  const key: TsigKey = { name: parseName('xfr'), algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 3) };

  it('wants signed answers', async () => {
    expect(await refusal(await primary(serving(6, []), { key }))).toBe('signature: its answer is not signed');
    const signing: Answer = ({ m, id, type }, socket) => {
      const at = m.lastIndexOf(key.name);
      let { mac } = readTsig(m, at, m.length)!;
      const soa = soaRecord(6);
      const parts = type === RRType.SOA ? [[soa]] : [[soa], [txt('a.example.org', 'x')], [soa]];
      parts.forEach((records, i) => {
        const made = signed(messageOf({ id, records, question: type }), key, mac, i > 0);
        mac = made.mac;
        socket.write(framed(made.m));
      });
    };
    expect(await ask(await primary(signing, { key }))).toMatchObject({ kind: 'whole', serial: 6 });
    const other = { ...key, secret: Buffer.alloc(32, 4) };
    expect(await refusal(await primary(signing, { key: other }))).toBe('signature: its signature is wrong (BADSIG)');
  });
});

itNeeds('openssl')(
  'over TLS the certificate must be for the name, and signed by who is trusted (RFC 9103)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steerd-tls-'));
    try {
      certificate(folder, 'primary', 'DNS:ns.example.org');
      certificate(folder, 'other', 'DNS:ns.example.org');
      const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
      const offered: (string | false | null)[] = [];
      const material = { cert: read('primary.pem'), key: read('primary.key'), ALPNProtocols: ['dot'] };
      const server = createTlsServer(material, (socket) => {
        offered.push(socket.alpnProtocol);
        take(socket, serving(6, [txt('a.example.org', 'x')]));
      });
      const ca = read('primary.pem');
      const to = await listen(server, { tls: { name: 'ns.example.org', ca } });
      expect(await ask(to)).toMatchObject({ kind: 'whole', serial: 6 });
      expect(offered).toEqual(['dot']);
      expect(await refusal({ ...to, tls: { name: 'ns.example.net', ca } })).toMatch(/^unreachable: .*ns\.example\.net/);
      expect(await refusal({ ...to, tls: { name: 'ns.example.org', ca: read('other.pem') } })).toMatch(
        /^unreachable: .*self/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

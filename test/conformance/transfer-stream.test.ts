/** Transfers over streams: many messages, each signed; who reads slowly holds up neither others nor what is published. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askTcp, queryMessage } from '../support/ask.ts';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const HOSTS = 20_000;
const SECRET = Buffer.alloc(32, 5).toString('base64');
const KEY = ['-y', `hmac-sha256:xfr:${SECRET}`];
const run = promisify(execFile);

describe.each(['batched', 'dgram'])('through %s', (transport) => {
  let place: Workplace;
  let server: SteerdProcess;

  beforeAll(async () => {
    place = workplace('network');
    const hosts = Array.from({ length: HOSTS }, (_, i) => `h${i} 60 STEER web zurich`).join('\n');
    const soa = '@ 300 SOA ns1 hostmaster 1 7200 1800 1209600 60\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n';
    writeFileSync(join(place.zones, 'big.example.zone'), `$ORIGIN big.example.\n${soa}${hosts}\n`);
    writeFileSync(join(place.folder, 'xfr.key'), `key "xfr" { algorithm hmac-sha256; secret "${SECRET}"; };\n`, {
      mode: 0o600,
    });
    writeFileSync(
      join(place.folder, 'steerd.yaml'),
      'tsig: { key_files: [./xfr.key] }\ntransfer: { allow: [{ networks: [127.0.0.1] }], coalesce: 0 }\n',
    );
    writeFileSync(join(place.zones, 'signed.example.zone'), `$ORIGIN signed.example.\n${soa}`);
    server = await SteerdProcess.start(place, {
      STEERD_DNSSEC_ZONES: 'signed.example=ed25519',
      STEERD_TRANSFER_MOST_SIGNED: '1',
      STEERD_TRANSPORT: transport,
      STEERD_TCP_IDLE_TIMEOUT: '120',
    });
    await server.logged('transferable');
  });
  afterAll(async () => {
    await server.stop();
    remove(place);
  });

  async function axfr(...args: string[]): Promise<string> {
    const { stdout } = await run(
      'dig',
      ['@127.0.0.1', '-p', String(server.address.port), 'big.example', 'AXFR', ...args],
      { maxBuffer: 1 << 26, timeout: 60_000 },
    );
    return stdout;
  }

  itNeeds('dig')('a zone of many messages comes whole, each message signed', async () => {
    for (const args of [[], KEY]) {
      const said = await axfr(...args);
      expect(said).toContain(`XFR size: ${HOSTS * 2 + 4} records`);
      expect(Number(/messages (\d+)/.exec(said)?.[1])).toBeGreaterThan(20);
      expect(said.match(/\sA\s+/g)?.length).toBe(HOSTS + 1);
      if (args.length > 0) expect(said.match(/TSIG\s+hmac-sha256/g)?.length).toBeGreaterThan(20);
    }
  });

  it('who does not read holds up nobody, and gets the zone as it was', async () => {
    const readers: Socket[] = [];
    const query = queryMessage(1, 'big.example', 252);
    for (let i = 0; i < 8; i++) {
      const socket = connect(server.address);
      socket.on('error', () => {});
      socket.pause();
      await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
      socket.write(Buffer.concat([Buffer.from([0, query.length]), query]));
      readers.push(socket);
    }
    try {
      // Each move is published, each of them with a new serial: nobody waits for the readers.
      for (const group of ['europe', 'anycast', 'europe']) {
        const asked = server.log.length;
        const { status, stderr } = steerd(place, ['move', 'h1.big.example', '--to', group, '--reason', 'x', '--force']);
        expect(stderr).toBe('');
        expect(status).toBe(0);
        await server.logged('transferable', asked);
        const [reply] = await askTcp(server.address, [queryMessage(2, 'h1.big.example', 1)]);
        expect(reply.rcode).toBe(0);
      }
      const whole = new Promise<{ octets: number; serials: number[] }>((resolve) => {
        let bytes = Buffer.alloc(0);
        readers[0].on('data', (piece: Buffer) => {
          bytes = Buffer.concat([bytes, piece]);
          const serials = soaSerials(bytes);
          if (serials.length === 2) resolve({ octets: bytes.length, serials });
        });
      });
      readers[0].resume();
      const { octets, serials } = await whole;
      expect(serials[0]).toBe(serials[1]);
      expect(octets).toBeGreaterThan(HOSTS * 40);
    } finally {
      for (const socket of readers) socket.destroy();
    }
  });

  itNeeds('dig')('a signed zone with more names than are allowed is refused, with the reason', async () => {
    const isTold = (): boolean =>
      server.log.some(({ msg }) => msg.includes('signed.example. is signed and has 2 names'));
    for (let tries = 0; tries < 300 && !isTold(); tries++) await new Promise((again) => setTimeout(again, 100));
    expect(isTold()).toBe(true);
    const args = ['@127.0.0.1', '-p', String(server.address.port), 'signed.example', 'AXFR', '+edns', '+comments'];
    const { stdout } = await run('dig', args).catch((error: { stdout: string }) => error);
    expect(stdout).toContain('Transfer failed');
    const [reply] = await askTcp(server.address, [queryMessage(3, 'signed.example', 252, { edns: 1232 })]);
    expect(reply.rcode).toBe(5);
    // EDE 21 (RFC 8914 §4.22: Not Supported).
    expect(reply.message.subarray(-6).toString('hex')).toBe('000f00020015');
  });

  it('what is asked behind a transfer is answered behind it', async () => {
    const socket = connect(server.address);
    const messages = [queryMessage(1, 'big.example', 252), queryMessage(2, 'ns1.big.example', 1)];
    socket.write(Buffer.concat(messages.flatMap((m) => [Buffer.from([0, m.length]), m])));
    const ids: number[] = [];
    await new Promise<void>((resolve, reject) => {
      let bytes = Buffer.alloc(0);
      socket.on('error', reject);
      socket.on('data', (piece: Buffer) => {
        bytes = Buffer.concat([bytes, piece]);
        while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
          ids.push(bytes.readUInt16BE(2));
          bytes = bytes.subarray(2 + bytes.readUInt16BE(0));
        }
        if (ids.at(-1) === 2) resolve();
      });
    });
    socket.destroy();
    expect(ids.length).toBeGreaterThan(20);
    expect(ids.indexOf(2)).toBe(ids.length - 1);
  });
});

/** Serials of the SOA records at the beginning and the end of the whole messages in a stream. */
function soaSerials(bytes: Buffer): number[] {
  const serials: number[] = [];
  for (let at = 0; at + 2 <= bytes.length && at + 2 + bytes.readUInt16BE(at) <= bytes.length; ) {
    const m = bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at));
    at += 2 + m.length;
    for (let p = m.indexOf(Buffer.from([0xc0, 12, 0, 6, 0, 1])); p >= 0; ) {
      serials.push(m.readUInt32BE(p + 12 + m.readUInt16BE(p + 10) - 20));
      p = m.indexOf(Buffer.from([0xc0, 12, 0, 6, 0, 1]), p + 1);
    }
  }
  return serials;
}

/** Options of streams: TCP keepalive (RFC 7828) and padding (RFC 7830, RFC 8467). */
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import type { Responder } from '../../src/answer/responder.ts';
import { queryMessage } from '../support/ask.ts';
import { opt, option, optOf, withOpt } from '../support/edns.ts';
import { inputOf } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';

const zone = new TextZone(
  'example.',
  `$ORIGIN example.
$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
ns1 A 192.0.2.1
${Array.from({ length: 255 }, (_, i) => `huge TXT ${'x'.repeat(240)}${i}`).join('\n')}
`,
);
const KEEPALIVE = 11;
const PADDING = 12;
const BLOCK = 468;

let responder: Responder;

beforeAll(() => {
  const tables = new TestTables();
  tables.load(inputOf([zone]));
  responder = tables.responder({ idleTimeout: 10_000 });
});

function ask(channel: Channel, options: Buffer, name = 'ns1.example.', type = 1): Buffer {
  const message = withOpt(queryMessage(7, name, type), opt(options));
  const m = new Uint8Array(65_535);
  m.set(message);
  return Buffer.from(m.subarray(0, responder.respond(m, 0, message.length, m.length, channel)));
}

const streams = [Channel.TCP_IPV4, Channel.TCP_IPV6, Channel.TLS_IPV4, Channel.TLS_IPV6];
const https = [Channel.HTTPS_IPV4, Channel.HTTPS_IPV6];

describe('TCP keepalive', () => {
  it.each(streams)('tells the idle time to who asks over channel %i, in units of 100 ms', (channel) => {
    expect(optOf(ask(channel, option(KEEPALIVE)))?.options).toEqual(new Map([[KEEPALIVE, '0064']]));
    expect(optOf(ask(channel, Buffer.alloc(0)))?.options.size).toBe(0);
  });

  it.each([Channel.UDP_IPV4, Channel.UDP_IPV6, ...https])('tells nothing over channel %i', (channel) => {
    expect(optOf(ask(channel, option(KEEPALIVE)))?.options.size).toBe(0);
  });
});

describe('padding', () => {
  it.each([Channel.TLS_IPV4, Channel.TLS_IPV6, ...https])('fills blocks of 468 octets over channel %i', (channel) => {
    for (const asked of [0, 1, 100]) {
      const reply = ask(channel, Buffer.concat([option(PADDING, new Uint8Array(asked)), option(KEEPALIVE)]));
      expect(reply.length).toBe(BLOCK);
      expect(optOf(reply)?.options.get(PADDING)).toMatch(/^(00)+$/);
    }
    // A response that would be a whole number of blocks without it needs one more for the option.
    expect(ask(channel, option(PADDING), 'nothing.example.').length % BLOCK).toBe(0);
    expect(optOf(ask(channel, Buffer.alloc(0)))?.options.has(PADDING)).toBe(false);
  });

  it.each([
    Channel.UDP_IPV4,
    Channel.UDP_IPV6,
    Channel.TCP_IPV4,
    Channel.TCP_IPV6,
  ])('is not given over channel %i, where others see what is in the message', (channel) => {
    expect(optOf(ask(channel, option(PADDING, new Uint8Array(100))))?.options.size).toBe(0);
  });

  it('leaves room for records first', () => {
    const reply = ask(Channel.TLS_IPV4, option(PADDING), 'huge.example.', 16);
    expect(reply.readUInt16BE(6)).toBe(255);
    expect(reply.length).toBeGreaterThan(64_000);
    expect(reply.length).toBeLessThanOrEqual(65_535);
  });
});

/** What is counted of which message. The fast path counts the same: test/conformance/fast-path.test.ts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { queryMessage } from '../../test/support/ask.ts';
import { inputOf, record, steer, TestZone } from '../../test/support/records.ts';
import { SEED, TestTables } from '../../test/support/tables.ts';
import { RRType } from '../wire/constants.ts';
import { parseName } from '../wire/name.ts';
import { hashName } from '../zone/suffixes.ts';
import {
  CHANNEL_WORDS,
  CHANNELS,
  Channel,
  COUNTER_WORDS,
  Counter,
  QUERY_TYPES,
  TypeIndex,
  typeIndex,
} from './counters.ts';
import type { Responder } from './responder.ts';
import { SERVICE_BUCKETS } from './service-time.ts';

let tables: TestTables;
let responder: Responder;

beforeEach(() => {
  tables = new TestTables();
  tables.load(
    inputOf([
      new TestZone('example.net.', [
        steer('www.example.net.', 'anycast'),
        steer('shop.example.net.', 'zurich'),
        steer('*.apps.example.net.', 'europe'),
        record('alias.example.net.', RRType.CNAME, parseName('shop.example.net.')),
        record('mail.example.net.', RRType.MX, Uint8Array.of(0, 10, ...parseName('www.example.net.'))),
        record(
          'big.example.net.',
          RRType.TXT,
          Uint8Array.from([255, ...new Array(255).fill(97), 255, ...new Array(255).fill(98)]),
        ),
      ]),
    ]),
  );
  responder = tables.responder();
});

function ask(message: Uint8Array, channel: Channel = Channel.UDP_IPV4): void {
  const m = new Uint8Array(4096);
  m.set(message);
  responder.respond(m, 0, message.length, m.length, channel);
}

/** Counts that are not zero, by their place. */
function counted(): Record<number, number> {
  const places: Record<number, number> = {};
  tables.counters.forEach((n, at) => {
    if (n > 0) places[at] = n;
  });
  return places;
}

/** Answers by `service group family`. */
function answers(): Record<string, number> {
  const named: Record<string, number> = {};
  tables.answers.forEach((n, slot) => {
    const name = tables.slots.names[slot];
    if (n > 0) named[name === undefined ? 'other' : `${name.service} ${name.group} ${name.family}`] = n;
  });
  return named;
}

const queries = (channel: Channel, type: number): number => Counter.QUERIES_0 + channel * CHANNEL_WORDS + type;

describe('counters', () => {
  it('keep their places apart, inside a row', () => {
    const places = [
      ...Object.entries(Counter)
        .filter(([name]) => !name.endsWith('_0'))
        .map(([, at]) => at),
      ...Array.from({ length: 16 }, (_, rcode) => Counter.RCODE_0 + rcode),
      ...Array.from({ length: SERVICE_BUCKETS }, (_, bucket) => Counter.SERVICE_0 + bucket),
      ...CHANNELS.flatMap((_, channel) => QUERY_TYPES.map((_, type) => queries(channel as Channel, type))),
    ];
    expect(new Set(places).size).toBe(places.length);
    expect(Math.max(...places)).toBeLessThan(COUNTER_WORDS);
    expect(COUNTER_WORDS % 16).toBe(0);
    expect(QUERY_TYPES.length).toBeLessThanOrEqual(CHANNEL_WORDS);
  });

  it('name the types they count', () => {
    for (const [place, name] of QUERY_TYPES.entries()) {
      if (name !== 'other') expect(typeIndex(RRType[name])).toBe(place);
    }
    expect([typeIndex(RRType.CAA), typeIndex(0), QUERY_TYPES[TypeIndex.OTHER]]).toEqual([10, 10, 'other']);
  });

  it('say how a query came and what it asked', () => {
    ask(queryMessage(1, 'nope.example.net', RRType.MX), Channel.TCP_IPV6);
    expect(counted()).toEqual({ [queries(Channel.TCP_IPV6, typeIndex(RRType.MX))]: 1, [Counter.RCODE_0 + 3]: 1 });
  });

  it('tell what was not answered from what could not be read', () => {
    const response = queryMessage(1, 'www.example.net', RRType.A);
    response[2] |= 0x80;
    ask(response);
    ask(Uint8Array.of(1, 2, 3));
    const garbled = queryMessage(1, 'www.example.net', RRType.A);
    garbled[5] = 2;
    ask(garbled);
    expect(counted()).toEqual({
      [queries(Channel.UDP_IPV4, TypeIndex.OTHER)]: 3,
      [Counter.DROPPED]: 2,
      [Counter.MALFORMED]: 2,
      [Counter.RCODE_0 + 1]: 1,
    });
  });

  it('count truncation, and unknown EDNS versions', () => {
    ask(queryMessage(1, 'big.example.net', RRType.TXT));
    const version = queryMessage(1, 'www.example.net', RRType.A, { edns: 1232 });
    version[version.length - 5] = 1;
    ask(version);
    expect(counted()).toMatchObject({ [Counter.TRUNCATED]: 1, [Counter.BADVERS]: 1 });
  });

  it('count an answer for the service, group and family that gave it: also behind a CNAME and a wildcard, but neither hints nor additional records', () => {
    ask(queryMessage(1, 'www.example.net', RRType.AAAA));
    ask(queryMessage(1, 'alias.example.net', RRType.AAAA));
    ask(queryMessage(1, 'x.apps.example.net', RRType.A));
    ask(queryMessage(1, 'mail.example.net', RRType.MX));
    ask(queryMessage(1, 'www.example.net', RRType.TXT));
    expect(answers()).toEqual({ 'web anycast ipv6': 1, 'web zurich ipv6': 1, 'web europe ipv4': 1 });
    expect(tables.counters[Counter.STEERED]).toBe(3);
  });

  it('know whose host answered, where the question names an alias or a wildcard stands for it too', () => {
    const host = (asked: string, type: number): number => {
      ask(queryMessage(1, asked, type));
      return responder.host;
    };
    const hash = (name: string): number => {
      const wire = parseName(name);
      return hashName(SEED, wire, 0, wire.length);
    };
    expect(host('wWw.example.net', RRType.A)).toBe(hash('www.example.net.'));
    expect(host('alias.example.net', RRType.AAAA)).toBe(hash('shop.example.net.'));
    expect(host('x.apps.example.net', RRType.A)).toBe(hash('*.apps.example.net.'));
    expect(host('mail.example.net', RRType.MX)).toBe(0);
    expect(host('nope.example.net', RRType.A)).toBe(0);
    ask(Uint8Array.of(1));
    expect(responder.host).toBe(0);
  });

  it('count a last resort like any answer', () => {
    tables.load(inputOf([new TestZone('example.net.', [steer('www.example.net.', 'anycast')])]), [
      { group: 0, state: 'down' },
    ]);
    ask(queryMessage(1, 'www.example.net', RRType.AAAA));
    expect(Object.values(answers())).toEqual([1]);
  });
});

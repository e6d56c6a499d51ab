/** What ISC's EDNS compliance tester asks of every server, asked by dig and kdig of the real program. */
import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

let place: Workplace;
let server: SteerdProcess;

beforeAll(async () => {
  place = workplace();
  const big = Array.from({ length: 8 }, (_, i) => `'${`${i}`.repeat(200)}'`).join(', ');
  appendFileSync(join(place.zones, 'example.net.yaml'), `\nbig: { type: TXT, ttl: 300, values: [${big}] }\n`);
  server = await SteerdProcess.start(place, { STEERD_NSID: 'ns1-zrh', STEERD_API_ENABLED: 'false' });
});

afterAll(async () => {
  await server?.stop();
  remove(place);
});

interface Said {
  readonly status: string;
  /** Of the header, e.g. `qr aa`. */
  readonly flags: string;
  readonly answers: number;
  /** The OPT's line, e.g. `version: 0, flags:; udp: 1232`; undefined without one. */
  readonly edns: string | undefined;
  readonly text: string;
}

function dig(name: string, type: string, ...options: string[]): Said {
  const { host, port } = server.address;
  const to = [`@${host}`, '-p', `${port}`, '+norec', '+noad', '+tries=1', '+time=10', ...options];
  const { stdout: text } = spawnSync('dig', [...to, name, type], { encoding: 'utf8' });
  return {
    status: /status: (\w+)/.exec(text)?.[1] ?? 'none',
    flags: /;; flags: ([^;]*);/.exec(text)?.[1] ?? '',
    answers: Number(/ANSWER: (\d+)/.exec(text)?.[1]),
    edns: /^; EDNS: (.*)$/m.exec(text)?.[1],
    text,
  };
}

const soa = (...options: string[]): Said => dig('example.net', 'SOA', ...options);
const EDNS = 'version: 0, flags:; udp: 1232';

describe('EDNS compliance', () => {
  itNeeds('dig')('plain DNS: an answer, no OPT', () => {
    expect(soa('+noedns')).toMatchObject({ status: 'NOERROR', flags: 'qr aa', answers: 1, edns: undefined });
  });

  itNeeds('dig')('EDNS0: an answer, an OPT of version 0', () => {
    expect(soa('+edns=0', '+nocookie')).toMatchObject({ status: 'NOERROR', flags: 'qr aa', answers: 1, edns: EDNS });
  });

  itNeeds('dig')('EDNS1: BADVERS, version 0, no answer; so with an unknown option and flag too', () => {
    for (const more of [[], ['+ednsopt=100'], ['+ednsflags=0x80']]) {
      const said = soa('+edns=1', '+noednsnegotiation', '+nocookie', ...more);
      expect(said).toMatchObject({ status: 'BADVERS', answers: 0, edns: EDNS });
    }
  });

  itNeeds('dig')('an unknown option: an answer, not echoed', () => {
    const said = soa('+edns=0', '+nocookie', '+ednsopt=100:deadbeef');
    expect(said).toMatchObject({ status: 'NOERROR', answers: 1, edns: EDNS });
    expect(said.text).not.toMatch(/^; OPT=/m);
  });

  itNeeds('dig')('an unknown flag: an answer, the flag not set', () => {
    const said = soa('+edns=0', '+nocookie', '+ednsflags=0x80');
    expect(said).toMatchObject({ status: 'NOERROR', answers: 1, edns: EDNS });
  });

  itNeeds('dig')('DO: an answer, DO copied', () => {
    expect(soa('+dnssec', '+nocookie').edns).toBe('version: 0, flags: do; udp: 1232');
  });

  itNeeds('dig')('an answer beyond 512 octets: cut with TC, OPT kept, whole where there is room and over TCP', () => {
    const cut = dig('big.example.net', 'TXT', '+bufsize=512', '+nocookie', '+ignore');
    expect(cut).toMatchObject({ status: 'NOERROR', flags: 'qr aa tc', edns: EDNS });
    expect(Number(/MSG SIZE +rcvd: (\d+)/.exec(cut.text)?.[1])).toBeLessThanOrEqual(512);
    expect(dig('big.example.net', 'TXT', '+noedns', '+ignore')).toMatchObject({ flags: 'qr aa tc', edns: undefined });
    // By itself dig asks again over TCP.
    const again = dig('big.example.net', 'TXT', '+bufsize=512', '+nocookie');
    expect(again).toMatchObject({ flags: 'qr aa', answers: 8, edns: EDNS });
    expect(again.text).toContain('Truncated, retrying in TCP mode');
    expect(soa('+tcp', '+nocookie')).toMatchObject({ status: 'NOERROR', answers: 1, edns: EDNS });
  });

  itNeeds('dig')('a cookie: one of ours, and known again', () => {
    const first = soa('+cookie=0102030405060708');
    expect(first).toMatchObject({ status: 'NOERROR', answers: 1, edns: EDNS });
    const cookie = /^; COOKIE: (\w+) \(good\)$/m.exec(first.text)?.[1] ?? '';
    expect(cookie).toMatch(/^010203040506070801000000[0-9a-f]{24}$/);
    expect(soa(`+cookie=${cookie}`).text).toContain(`; COOKIE: ${cookie} (good)`);
    // Of a length that can't be.
    expect(soa('+nocookie', '+ednsopt=10:01020304').status).toBe('FORMERR');
  });

  itNeeds('dig')('Client Subnet: echoed, with a scope', () => {
    const said = soa('+subnet=192.0.2.0/24', '+nocookie');
    expect(said).toMatchObject({ status: 'NOERROR', answers: 1, edns: EDNS });
    expect(said.text).toContain('; CLIENT-SUBNET: 192.0.2.0/24/0');
    expect(soa('+subnet=0', '+nocookie').text).toContain('; CLIENT-SUBNET: 0.0.0.0/0/0');
  });

  itNeeds('dig')('NSID, and all options at once', () => {
    expect(soa('+nsid', '+nocookie').text).toContain('("ns1-zrh")');
    const all = ['+nsid', '+subnet=2001:db8::/56', '+cookie', '+expire', '+keepalive', '+padding=64'];
    const said = soa(...all, '+ednsopt=100');
    expect(said).toMatchObject({ status: 'NOERROR', answers: 1, edns: EDNS });
    expect(said.text).toMatch(/NSID: .*\("ns1-zrh"\)/);
    expect(said.text).toContain('; CLIENT-SUBNET: 2001:db8::/56/0');
    expect(said.text).toMatch(/COOKIE: \w{48} \(good\)/);
    // Over UDP nobody is told how long a connection may stand idle, and nothing is padded.
    expect(said.text).not.toMatch(/KEEPALIVE|PAD/);
    expect(soa('+tcp', '+keepalive').text).toMatch(/TCP.KEEPALIVE: 10\.0 secs/);
  });

  itNeeds('kdig')('kdig agrees: cookies, NSID, Client Subnet, over UDP and TCP', () => {
    const { host, port } = server.address;
    for (const transport of ['+notcp', '+tcp']) {
      const options = [transport, '+edns=0', '+cookie', '+nsid', '+subnet=192.0.2.0/24', '+norec'];
      const to = [`@${host}`, '-p', `${port}`, ...options, 'example.net', 'SOA'];
      const { stdout } = spawnSync('kdig', to, { encoding: 'utf8' });
      expect(stdout).toContain('status: NOERROR');
      expect(stdout).toContain('"ns1-zrh"');
      expect(stdout).toMatch(/CLIENT-SUBNET: 192\.0\.2\.0\/24\/0/);
      expect(stdout).toMatch(/COOKIE: \w{48}/);
    }
  });
});

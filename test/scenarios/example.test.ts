/** The example network as README shows it, asked with dig. */
import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((i) => i.address === '::1'));
const place = workplace();
let server: SteerdProcess;

beforeAll(async () => {
  server = await SteerdProcess.start(place, {
    STEERD_LISTEN: hasIpv6 ? '127.0.0.1:0,[::1]:0' : '127.0.0.1:0',
    STEERD_NSID: 'zrh-1',
  });
});
afterAll(async () => {
  await server.stop();
  remove(place);
});

function dig(args: string, address = server.address): string {
  const out = execFileSync(
    'dig',
    [`@${address.host}`, '-p', String(address.port), '+tries=1', '+timeout=20', ...args.split(' ')],
    { encoding: 'utf8' },
  );
  return out.trim().replaceAll(/[ \t]+/g, ' ');
}

describe('the example network', () => {
  itNeeds('dig')('steers each name to its group, on every transport and family', () => {
    for (const address of server.addresses) {
      for (const transport of ['+notcp', '+tcp']) {
        const ask = (question: string): string => dig(`${question} +short ${transport}`, address);
        expect(ask('shop.example.net AAAA')).toBe('2001:db8:19::64');
        // Zurich has no IPv4: Switzerland's.
        expect(ask('shop.example.net A')).toBe('203.0.113.64');
        expect(ask('www.example.net A')).toBe('192.0.2.64');
        expect(ask('www.example.net AAAA')).toBe('2001:db8:16::64');
        expect(ask('example.net A')).toBe('198.51.100.64');
        expect(ask('anything.apps.example.net AAAA')).toBe('2001:db8:18::64');
        expect(ask('a.b.apps.example.net A')).toBe('203.0.113.64');
        expect(ask('blog.example.net A')).toBe('www.example.net.\n192.0.2.64');
        expect(ask('www.example.org A')).toBe('198.51.100.64');
      }
    }
  });

  itNeeds('dig')('holds other types beside a steered apex', () => {
    expect(dig('example.net MX +noall +answer')).toBe('example.net. 3600 IN MX 10 mail.example.net.');
    expect(dig('example.net TXT +short')).toBe('"v=spf1 mx -all"');
    expect(dig('example.net CAA +short')).toBe('0 issue "ca.example.net"');
    expect(dig('example.net SOA +short')).toMatch(
      /^ns1\.example\.net\. hostmaster\.example\.net\. \d+ 7200 1800 1209600 300$/,
    );
    expect(dig('example.net NS +short').split('\n').sort()).toEqual(['ns1.example.net.', 'ns2.example.net.']);
  });

  itNeeds('dig')('refers to the delegated zone, with glue', () => {
    const reply = dig('host.lab.example.net A +norec');
    expect(reply).toContain('status: NOERROR');
    expect(reply).not.toMatch(/flags:[^;]* aa/);
    expect(reply).toContain('lab.example.net. 3600 IN NS ns1.lab.example.net.');
    expect(reply).toContain('ns1.lab.example.net. 3600 IN A 203.0.113.53');
  });

  itNeeds('dig')('gives HTTPS hints equal to the addresses', () => {
    expect(dig('www.example.net HTTPS +short')).toBe('1 . alpn="h2,h3" ipv4hint=192.0.2.64 ipv6hint=2001:db8:16::64');
  });

  itNeeds('dig')('says no as the protocol wants it', () => {
    expect(dig('nope.example.net A')).toMatch(/status: NXDOMAIN[\s\S]*AUTHORITY SECTION:\nexample\.net\. 300 IN SOA/);
    expect(dig('www.example.net MX')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0, AUTHORITY: 1/);
    expect(dig('apps.example.net A')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0, AUTHORITY: 1/);
    expect(dig('www.elsewhere.test A')).toMatch(/status: REFUSED[\s\S]*EDE: 20 \(Not Authoritative\)/);
    expect(dig('version.bind TXT CH')).toContain('status: REFUSED');
    expect(dig('example.net AXFR')).toMatch(/REFUSED|Transfer failed/);
  });

  itNeeds('dig')('gives its NSID, echoes a client subnet with scope 0, keeps the case', () => {
    expect(dig('www.example.net A +nsid')).toContain('("zrh-1")');
    expect(dig('www.example.net A +subnet=192.0.2.0/24')).toContain('CLIENT-SUBNET: 192.0.2.0/24/0');
    expect(dig('wWw.eXample.net A +noall +answer')).toBe('wWw.eXample.net. 60 IN A 192.0.2.64');
  });

  it('ends on SIGTERM with status 0', async () => {
    expect(await server.stop()).toBe(0);
  });
});

/**
 * Another implementation's decoder reads what we send: dns2 as an independent oracle. Known differences of dns2 3.1: it decodes no SVCB or HTTPS parameters, and
 * it gives names without their final dot.
 */
import dns2 from 'dns2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputOf } from '../support/records.ts';
import { Rig } from '../support/rig.ts';
import { TextZone } from '../support/text-zone.ts';

const { Packet } = dns2;
const zone = new TextZone(
  'example.',
  `$TTL 300
@ SOA ns1 hostmaster 7 7200 1800 1209600 60
@ NS ns1
@ MX 10 mail
@ TXT "one" "two"
@ CAA 0 issue "ca.example.net"
ns1 A 192.0.2.1
mail AAAA 2001:db8::25
www 30 STEER web zurich
blog CNAME www
_sip._tcp SRV 1 2 5060 mail
ptr PTR www
`,
);

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start(inputOf([zone]));
});
afterAll(() => rig.stop());

type Fields = Record<string, unknown>;

async function ask(
  name: string,
  type: string,
  tcp = false,
): Promise<{ answers: Fields[]; authorities: Fields[]; additionals: Fields[]; rcode: number }> {
  const { host, port } = rig.address;
  const client = tcp ? dns2.TCPClient({ dns: host, port }) : dns2.UDPClient({ dns: host, port });
  const packet = await client(name, type as 'A');
  expect(packet.errors).toEqual([]);
  const { answers, authorities, additionals, header } = packet as unknown as {
    answers: Fields[];
    authorities: Fields[];
    additionals: Fields[];
    header: { rcode: number };
  };
  return { answers, authorities, additionals, rcode: header.rcode };
}

describe.each([false, true])('dns2 reads our answers (TCP: %s)', (tcp) => {
  it.each<[string, string, Fields[]]>([
    ['www.example', 'A', [{ name: 'www.example', type: Packet.TYPE.A, ttl: 30, address: '203.0.113.64' }]],
    ['www.example', 'AAAA', [{ ttl: 30, address: '2001:db8:19::64' }]],
    ['blog.example', 'A', [{ domain: 'www.example' }, { name: 'www.example', address: '203.0.113.64' }]],
    ['example', 'MX', [{ priority: 10, exchange: 'mail.example' }]],
    ['example', 'NS', [{ ns: 'ns1.example' }]],
    ['example', 'SOA', [{ primary: 'ns1.example', admin: 'hostmaster.example', serial: 7, minimum: 60 }]],
    ['example', 'TXT', [{ data: ['one', 'two'] }]],
    ['example', 'CAA', [{ flags: 0, tag: 'issue', value: 'ca.example.net' }]],
    ['_sip._tcp.example', 'SRV', [{ priority: 1, weight: 2, port: 5060, target: 'mail.example' }]],
    ['ptr.example', 'PTR', [{ domain: 'www.example' }]],
  ])('%s %s', async (name, type, expected) => {
    const { answers } = await ask(name, type, tcp);
    expect(answers).toMatchObject(expected);
  });

  it('NXDOMAIN with its SOA, and additional addresses', async () => {
    expect(await ask('nope.example', 'A', tcp)).toMatchObject({
      rcode: 3,
      answers: [],
      authorities: [{ name: 'example', ttl: 60, serial: 7 }],
    });
    expect((await ask('example', 'MX', tcp)).additionals).toMatchObject([
      { name: 'mail.example', address: '2001:db8::25' },
    ]);
  });
});

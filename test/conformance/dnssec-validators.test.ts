/** Other people's validators, on whole servers: nothing that a signed zone answers may be bogus. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { queryMessage, UdpClient } from '../support/ask.ts';
import { itNeeds, missing } from '../support/needs.ts';
import { Peer } from '../support/peers.ts';
import { isInsecure, prepareSigned, QUESTIONS, SIGNED, type SignedPlace } from '../support/signed-zones.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

let place: Workplace;
let signed: SignedPlace;
let server: SteerdProcess;

beforeAll(async () => {
  place = workplace('network');
  signed = prepareSigned(place);
  server = await SteerdProcess.start(place, signed.env);
}, 120_000);

afterAll(async () => {
  await server?.stop();
  remove(place);
});

/** A validating resolver that knows nothing but our zones and the keys of two of them. */
function startUnbound(): Promise<Peer> {
  return Peer.launch(
    'unbound',
    'example.net.',
    (folder, port) => {
      const anchors = join(folder, 'anchors');
      writeFileSync(anchors, signed.anchors);
      const stubs = [...SIGNED, 'plain.example.net.'].map(
        (zone) => `stub-zone:\n  name: ${zone}\n  stub-addr: 127.0.0.1@${server.address.port}\n`,
      );
      const config = join(folder, 'unbound.conf');
      writeFileSync(
        config,
        `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  use-syslog: no
  module-config: "validator iterator"
  trust-anchor-file: "${anchors}"
  do-not-query-localhost: no
  val-log-level: 2
  verbosity: 1
  aggressive-nsec: yes
  harden-dnssec-stripped: yes
  harden-below-nxdomain: yes
remote-control:
  control-enable: no
${stubs.join('')}`,
      );
      return { program: 'unbound', args: ['-d', '-c', config] };
    },
    (reply) => reply.rcode === 0,
  );
}

const SERVFAIL = 2;
const isAuthentic = (message: Buffer): boolean => (message[3] & 0x20) !== 0;

describe('unbound', () => {
  let resolver: Peer;
  let client: UdpClient;
  beforeAll(async () => {
    if (missing('unbound').length > 0) return;
    resolver = await startUnbound();
    client = await UdpClient.open();
  }, 60_000);
  afterAll(async () => {
    client?.close();
    await resolver?.stop();
  });

  itNeeds('unbound')('takes every answer for authentic', async () => {
    const bogus: string[] = [];
    const unsigned: string[] = [];
    let id = 0;
    for (const [name, type] of QUESTIONS) {
      const reply = await client.send(resolver.address, queryMessage(id++, name, type, { edns: 1232, dnssecOk: true }));
      if (reply.rcode === SERVFAIL) bogus.push(`${name} ${type}`);
      else if (isAuthentic(reply.message) === isInsecure(name, type)) unsigned.push(`${name} ${type}`);
    }
    expect(bogus).toEqual([]);
    expect(unsigned).toEqual([]);
  });
});

/** Other people's validators, on whole servers: nothing that a signed zone answers may be bogus. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { type DnssecKey, dnskeyRdata, isPublished, keyTag } from '../../src/dnssec/key.ts';
import { readKeys, type StoredKey, setTimes } from '../../src/dnssec/key-directory.ts';
import { publicFileText } from '../../src/dnssec/key-file.ts';
import { parseName } from '../../src/wire/name.ts';
import { ApiCaller } from '../support/api.ts';
import { queryMessage, UdpClient } from '../support/ask.ts';
import { itNeeds, missing, programPath } from '../support/needs.ts';
import type { Peer } from '../support/peers.ts';
import { isInsecure, prepareSigned, QUESTIONS, SIGNED, type SignedPlace } from '../support/signed-zones.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';
import { delvTrust, type StubZone, startUnbound } from '../support/validators.ts';

/** The zones a validating resolver is asked for. */
function stubs({ address: { port } }: SteerdProcess): StubZone[] {
  return [...SIGNED, 'plain.example.net.'].map((zone) => ({ zone, port }));
}

/** Asks delv, which takes these DNSKEY records for granted. @param root where it begins */
async function delv(
  place: Workplace,
  server: SteerdProcess,
  dnskeys: string,
  name: string,
  type: string,
  root = 'example.net',
): Promise<string> {
  const trust = delvTrust(place.folder, dnskeys, root);
  const args = ['@127.0.0.1', '-p', String(server.address.port), ...trust, name, type];
  const { stdout, stderr } = await run(programPath('delv') as string, args);
  return stdout + stderr;
}

/** Has drill chase signatures up to a DNSKEY record. */
async function drill(
  place: Workplace,
  server: SteerdProcess,
  dnskey: string,
  name: string,
  type: string,
): Promise<string> {
  const file = join(place.folder, 'trusted.key');
  writeFileSync(file, `${dnskey.replace(/^;.*\n/gm, '').split('\n')[0]}\n`);
  const args = ['-S', '-k', file, '-p', String(server.address.port), '@127.0.0.1', name, type];
  const { stdout } = await run(programPath('drill') as string, args);
  return stdout;
}

/** Which keys have signed an RRset, by kdig. */
async function signersOf(server: SteerdProcess, name: string, type: string): Promise<number[]> {
  const args = ['@127.0.0.1', '-p', String(server.address.port), '+dnssec', '+noidn', '+retry=0', '+timeout=20'];
  const { stdout } = await run(programPath('kdig') as string, [...args, name, type]);
  // Behind type, algorithm, labels, TTL and both times.
  const signatures = stdout.matchAll(new RegExp(`\\sRRSIG\\s+${type}(?: \\d+){5} (\\d+) `, 'g'));
  return [...signatures].map(([, tag]) => Number(tag)).sort((a, b) => a - b);
}

const SERVFAIL = 2;
const isAuthentic = (message: Buffer): boolean => (message[3] & 0x20) !== 0;

const run = promisify(execFile);
const SOME = [
  ['www.example.net', 'A'],
  ['www.example.net', 'HTTPS'],
  ['one.apps.example.net', 'AAAA'],
  ['www.secure.example.net', 'AAAA'],
  ['many.example.net', 'A'],
  ['example.net', 'MX'],
] as const;
const NOTHING = [
  ['nothere.example.net', 'A'],
  ['ent.example.net', 'A'],
  ['www.example.net', 'SRV'],
  ['one.apps.example.net', 'MX'],
] as const;
/** Asked at each point of a roll, with the zone whose key is known. */
const ROLLED = [
  ['www.example.net', 'A', 'example.net'],
  ['nothere.example.net', 'A', 'example.net'],
  ['example.net', 'DNSKEY', 'example.net'],
  ['www.example.org', 'AAAA', 'example.org'],
] as const;
const MOVES = ['anycast', 'switzerland', 'zurich', 'europe', 'anycast', 'europe'] as const;

describe.each(['compact', 'minimal', 'nsec3'] as const)('with %s denial', (nsec) => {
  let place: Workplace;
  let signed: SignedPlace;
  let server: SteerdProcess;

  beforeAll(async () => {
    place = workplace('network');
    signed = prepareSigned(place, nsec);
    server = await SteerdProcess.start(place, signed.env);
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
    remove(place);
  });

  describe('unbound', () => {
    let resolver: Peer;
    let client: UdpClient;
    beforeAll(async () => {
      if (missing('unbound').length > 0) return;
      resolver = await startUnbound(signed.anchors, stubs(server));
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
        const reply = await client.send(
          resolver.address,
          queryMessage(id++, name, type, { edns: 1232, dnssecOk: true }),
        );
        if (reply.rcode === SERVFAIL) bogus.push(`${name} ${type}`);
        else if (isAuthentic(reply.message) === isInsecure(name, type)) unsigned.push(`${name} ${type}`);
      }
      expect(bogus).toEqual([]);
      expect(unsigned).toEqual([]);
    });

    itNeeds('unbound')('takes every answer of a host that moves again and again', async () => {
      const api = ApiCaller.of(server, place);
      const seen = new Set<string>();
      for (const to of MOVES) {
        const move = await api.ask('POST', '/v1/moves', {
          hosts: ['www.example.net'],
          to,
          reason: 'test',
          force: true,
        });
        expect(move.status).toBeLessThan(300);
        // Past the resolver's cache: the case of a name is nothing to it, but another resolver has none.
        const fresh = await startUnbound(signed.anchors, stubs(server));
        try {
          for (const [name, type] of [
            ['www.example.net.', 28],
            ['www.example.net.', 1],
            ['www.example.net.', 65],
            ['alias.example.net.', 28],
          ] as const) {
            const reply = await client.send(
              fresh.address,
              queryMessage(type, name, type, { edns: 1232, dnssecOk: true }),
            );
            expect([name, type, reply.rcode, isAuthentic(reply.message)]).toEqual([name, type, 0, true]);
            if (name.startsWith('www') && type === 28) seen.add(reply.addresses[0]);
          }
        } finally {
          await fresh.stop();
        }
      }
      expect(seen.size).toBe(4);
    });
  });

  describe('delv', () => {
    const ask = (name: string, type: string, root?: string): Promise<string> =>
      delv(place, server, signed.anchors, name, type, root);

    itNeeds('delv')('validates', async () => {
      for (const [name, type] of SOME) expect(await ask(name, type)).toContain('; fully validated');
      for (const [name, type] of NOTHING)
        expect(await ask(name, type)).toContain('; negative response, fully validated');
      expect(await ask('www.example.org', 'AAAA', 'example.org')).toContain('; fully validated');
      expect(await ask('www.plain.example.net', 'A')).toContain('; unsigned answer');
    });
  });

  describe('drill', () => {
    itNeeds('drill')('chases signatures up to the key', async () => {
      for (const [name, type] of [...SOME, ...NOTHING].filter(([name]) => !name.includes('secure')))
        expect(`${name} ${type}\n${await drill(place, server, signed.anchors, name, type)}`).toContain(
          ';; Chase successful',
        );
    });
  });
});

describe('while keys are rolled', () => {
  itNeeds(
    'unbound',
    'delv',
    'drill',
    'kdig',
  )('unbound, delv and drill take every answer for authentic, by the DS the parent has at each point', async () => {
    const place = workplace('network');
    const signed = prepareSigned(place);
    const env = { ...signed.env, STEERD_RELOAD_SETTLE: '50ms' };
    const server = await SteerdProcess.start(place, env);
    const client = await UdpClient.open();
    const zones = ['example.net.', 'example.org.'] as const;
    const keysOf = (zone: string): StoredKey[] => readKeys(signed.keyDir, parseName(zone));
    const run = (...args: string[]): void => expect(steerd(place, ['dnssec', ...args], env).stderr).toBe('');
    /** Has so many seconds pass for all keys, and waits until the server has seen it. */
    const pass = async (seconds: number): Promise<void> => {
      for (const stored of zones.flatMap(keysOf)) {
        const times = Object.entries(stored.key.times).map(([name, time]) => [name, time - seconds]);
        setTimes(stored, Object.fromEntries(times));
      }
      const now = Date.now() / 1000;
      const wanted = keysOf('example.net.').filter(({ key }) => isPublished(key, now)).length;
      const query = queryMessage(1, 'example.net.', 48);
      await vi.waitUntil(async () => (await client.send(server.address, query)).counts[1] === wanted, {
        timeout: 60_000,
      });
    };
    const mistakes = async (anchor: DnssecKey): Promise<string[]> => {
      const [, org] = signed.anchors.trim().split(/(?<=\n)(?=;)/);
      const anchors = `${publicFileText(anchor)}${org}\n`;
      for (const [name, type, root] of ROLLED) {
        const told = await delv(place, server, anchors, name, type, root);
        expect(`${name} ${type}\n${told}`).toMatch(/^; (negative response, )?fully validated$/m);
        const trusted = root === 'example.org' ? `${org}\n` : publicFileText(anchor);
        expect(`${name} ${type}\n${await drill(place, server, trusted, name, type)}`).toContain(';; Chase successful');
      }
      const resolver = await startUnbound(anchors, stubs(server));
      try {
        const bogus: string[] = [];
        for (const [name, type] of QUESTIONS) {
          const query = queryMessage(type, name, type, { edns: 1232, dnssecOk: true });
          if ((await client.send(resolver.address, query)).rcode === SERVFAIL) bogus.push(`${name} ${type}`);
        }
        return bogus;
      } finally {
        await resolver.stop();
      }
    };
    try {
      const [{ key: old }] = keysOf('example.net.');
      run('roll', 'example.net');
      run('roll', 'example.org', '--zsk');
      const [next] = keysOf('example.net.').flatMap(({ key }) =>
        key.publicKey[0] === old.publicKey[0] && key.publicKey[1] === old.publicKey[1] ? [] : [key],
      );
      const tags = (...of: DnssecKey[]): number[] => of.map((key) => keyTag(dnskeyRdata(key))).sort((a, b) => a - b);
      const expectSigners = async (ofKeys: readonly DnssecKey[], ofData: DnssecKey): Promise<void> => {
        const signers = (): Promise<number[][]> =>
          Promise.all(['DNSKEY', 'SOA'].map((type) => signersOf(server, 'example.net', type)));
        await expect.poll(signers, { timeout: 60_000 }).toEqual([tags(...ofKeys), tags(ofData)]);
      };
      for (const [seconds, ofKeys, ofData] of [
        [0, [old], old],
        [7200, [old, next], next],
        [7200, [old, next], next],
      ] as const) {
        await pass(seconds);
        await expectSigners(ofKeys, ofData);
        expect([seconds, await mistakes(old)]).toEqual([seconds, []]);
      }
      expect(await mistakes(next)).toEqual([]);
      run('ds-seen', 'example.net');
      await pass(3 * 86_400);
      await expectSigners([next], next);
      expect(await mistakes(next)).toEqual([]);
    } finally {
      client.close();
      await server.stop();
      remove(place);
    }
  });
});

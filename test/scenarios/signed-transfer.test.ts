/** Signed zones as a whole: other people's programs check what is transferred, and other people's servers as secondaries follow moves with nothing bogus. */
import { execFile } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { itNeeds, programPath } from '../support/needs.ts';
import { freePort } from '../support/peers.ts';
import { type SecondaryKind, secondary } from '../support/secondaries.ts';
import { prepareSigned, SIGNED, type SignedPlace } from '../support/signed-zones.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';
import { update, writeKey } from '../support/updater.ts';
import { delvTrust, startUnbound } from '../support/validators.ts';

const ZONE = 'example.net.';
const SECRET = Buffer.alloc(32, 5).toString('base64');
const KEY = ['-y', `hmac-sha256:xfr:${SECRET}`];
/** Long enough for a machine that does much else. */
const PATIENCE_MS = 90_000;
const run = promisify(execFile);
const GROUPS = ['anycast', 'switzerland', 'europe'];
let turn = 0;

let place: Workplace;
let signed: SignedPlace;
let server: SteerdProcess;
const ports = new Map<SecondaryKind, number>();

async function start(denial: 'compact' | 'nsec3'): Promise<void> {
  place = workplace('network');
  signed = prepareSigned(place, denial);
  for (const kind of ['knot', 'nsd', 'bind'] as const) ports.set(kind, await freePort());
  const to = [...ports.values()].map((port) => `'127.0.0.1:${port}'`).join(', ');
  writeFileSync(join(place.folder, 'xfr.key'), `key "xfr" { algorithm hmac-sha256; secret "${SECRET}"; };\n`, {
    mode: 0o600,
  });
  writeKey(place, 'acme');
  appendFileSync(
    signed.env.STEERD_CONFIG,
    `
tsig: { key_files: [./xfr.key, ./acme.key] }
update: { allow: [{ keys: [acme], types: [TXT] }] }
transfer:
  allow: [{ networks: [127.0.0.1], keys: [xfr] }]
  notify: [{ zones: [example.net], to: [${to}], key: xfr }]
  coalesce: 0.5
`,
  );
  server = await SteerdProcess.start(place, { ...signed.env, STEERD_LISTEN: `127.0.0.1:${await freePort()}` });
  for (const zone of SIGNED) await until(async () => (await transfer(zone)).length > 0);
}

async function ask(program: 'dig' | 'kdig', port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, ['@127.0.0.1', '-p', String(port), ...args], {
    timeout: 20_000,
    maxBuffer: 1 << 26,
  }).catch((error: { stdout: string }) => error);
  return stdout;
}

/** The records of a transfer, a line each. */
async function transfer(zone: string, what = 'AXFR'): Promise<string[]> {
  const args = [...KEY, zone, what, '+nocomments', '+nocmd', '+nostats', '+onesoa', '+nosplit'];
  const said = await ask('dig', server.address.port, ...args);
  return said.split('\n').filter((line) => /\sIN\s/.test(line));
}

async function until(what: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await what()) return true;
    await new Promise((again) => setTimeout(again, 100));
  }
  return false;
}

async function soa(port: number): Promise<number> {
  return Number((await ask('dig', port, ZONE, 'SOA', '+short')).split(' ')[2]);
}

/** Moves the host to another group than it is in. */
function move(): void {
  const to = GROUPS[turn++ % GROUPS.length];
  const { status, stderr } = steerd(place, ['move', 'www.example.net', '--to', to, '--reason', 'test', '--force']);
  if (status !== 0) throw new Error(stderr);
}

/** Writes a zone into a file. */
async function zoneFile(zone: string): Promise<string> {
  const file = join(place.folder, `${zone}transferred`);
  writeFileSync(file, `${(await transfer(zone)).join('\n')}\n`);
  return file;
}

/** Runs a program to its end. */
async function said(program: string, ...args: string[]): Promise<{ status: number; text: string }> {
  try {
    const { stdout, stderr } = await run(programPath(program) as string, args);
    return { status: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, text: stdout + stderr };
  }
}

/** What a validating resolver must find authentic, and with which RCODE. */
const QUESTIONS = [
  ['www.example.net', 'A', 'NOERROR'],
  ['www.example.net', 'HTTPS', 'NOERROR'],
  ['www.example.net', 'SRV', 'NOERROR'],
  ['one.apps.example.net', 'AAAA', 'NOERROR'],
  ['below.exists.apps.example.net', 'A', 'NXDOMAIN'],
  ['ent.example.net', 'A', 'NOERROR'],
  ['nothere.example.net', 'A', 'NXDOMAIN'],
  ['x.down.example.net', 'A', 'NOERROR'],
  ['mixed.example.net', 'TXT', 'NOERROR'],
  ['secure.example.net', 'DS', 'NOERROR'],
  ['plain.example.net', 'DS', 'NOERROR'],
  ['example.net', 'MX', 'NOERROR'],
] as const;

describe.each(['compact', 'nsec3'] as const)('where answers deny by %s', (denial) => {
  beforeAll(() => start(denial), 120_000);
  afterAll(async () => {
    await server?.stop();
    remove(place);
  });

  describe('a signed zone that is transferred', () => {
    itNeeds('dig', 'ldns-verify-zone')('is whole for ldns-verify-zone', async () => {
      for (const zone of SIGNED) {
        const { status, text } = await said('ldns-verify-zone', '-V', '3', '-e', 'P7D', await zoneFile(zone));
        expect(text).toContain('Zone is verified and complete');
        expect(status).toBe(0);
      }
    });

    itNeeds(
      'dig',
      'dnssec-verify',
      'named-checkzone',
    )('is whole for dnssec-verify and named-checkzone', async () => {
      for (const zone of SIGNED) {
        const file = await zoneFile(zone);
        expect(await said('dnssec-verify', '-z', '-o', zone, file)).toMatchObject({ status: 0 });
        expect(await said('named-checkzone', '-i', 'local-sibling', zone, file)).toMatchObject({ status: 0 });
      }
    });

    itNeeds('dig')('has the serial and the records that are answered', async () => {
      const records = (await transfer(ZONE)).map((line) => line.split(/\s+/).join(' '));
      expect(Number(records[0].split(' ')[6])).toBe(await soa(server.address.port));
      for (const [name, type] of [
        ['www.example.net', 'A'],
        ['www.example.net', 'HTTPS'],
        ['example.net', 'DNSKEY'],
        ['secure.example.net', 'DS'],
      ]) {
        const answer = await ask('dig', server.address.port, name, type, '+noall', '+answer', '+nosplit');
        for (const line of answer.trim().split('\n')) expect(records).toContain(line.split(/\s+/).join(' '));
      }
    });
  });

  describe('secondaries', () => {
    for (const [kind, program] of [
      ['knot', 'knotd'],
      ['nsd', 'nsd'],
      ['bind', 'named'],
    ] as const) {
      itNeeds(
        program,
        'dig',
        'delv',
        'unbound',
      )(`${kind} follows a move, and all it answers is authentic`, async () => {
        const primary = server.address.port;
        const port = ports.get(kind) as number;
        const peer = await secondary(kind, { zone: ZONE, primary, key: 'xfr', secret: SECRET, validates: true }, port);
        const addresses = async (from: number): Promise<string> =>
          ask('dig', from, 'www.example.net', 'AAAA', '+short');
        try {
          for (let moves = 0; moves < 2; moves++) {
            const before = await soa(primary);
            move();
            const isThere = async (): Promise<boolean> =>
              (await soa(primary)) > before && (await soa(port)) === (await soa(primary));
            expect(await until(isThere)).toBe(true);
            expect(await addresses(port)).toBe(await addresses(primary));
            const validator = await startUnbound(signed.anchors, [{ zone: ZONE, port }]);
            try {
              for (const [name, type, rcode] of QUESTIONS) {
                const reply = await ask('dig', validator.address.port, name, type, '+dnssec');
                const flags = /flags: ([a-z ]+);/.exec(reply)?.[1].split(' ');
                expect([name, type, /status: (\w+)/.exec(reply)?.[1], flags]).toEqual([
                  name,
                  type,
                  rcode,
                  expect.arrayContaining(['ad']),
                ]);
              }
            } finally {
              await validator.stop();
            }
          }
          const delv = await said(
            'delv',
            '@127.0.0.1',
            '-p',
            String(port),
            ...delvTrust(place.folder, signed.anchors, ZONE),
            'www.example.net',
            'A',
          );
          expect(delv.text).toContain('; fully validated');
          // It got what has changed, not the zone; and Knot looked at it itself.
          if (kind === 'knot') expect(peer.log).toMatch(/IXFR, incoming[^\n]*finished/);
        } finally {
          await peer.stop();
        }
      });
    }
  });

  itNeeds('dig', 'ldns-verify-zone')('a change is sent alone with its signatures, also after a restart', async () => {
    const first = await soa(server.address.port);
    const all = await transfer(ZONE);
    move();
    expect(await until(async () => (await soa(server.address.port)) > first)).toBe(true);
    const { port } = server.address;
    await server.stop();
    server = await SteerdProcess.start(place, { ...signed.env, STEERD_LISTEN: `127.0.0.1:${port}` });
    await until(async () => (await transfer(ZONE)).length > 0);
    expect(await soa(port)).toBe(first + 1);
    const changes = await transfer(ZONE, `IXFR=${first}`);
    const of = (type: string): number =>
      changes.filter((line) => new RegExp(`^www\\.\\S+\\s+\\d+\\s+IN\\s+${type}\\s`).test(line)).length;
    expect([of('A'), of('RRSIG\\s+A'), of('NSEC3?')]).toEqual([2, 2, 0]);
    expect(changes.filter((line) => /RRSIG\s+SOA/.test(line))).toHaveLength(2);
    expect(changes.length).toBeLessThan(all.length / 3);
    editFile(join(place.zones, 'example.net.zone'), (text) => `${text}new IN TXT "new"\n`);
    expect(await until(async () => (await soa(port)) > first + 1)).toBe(true);
    const { text } = await said('ldns-verify-zone', '-V', '3', '-e', 'P7D', await zoneFile(ZONE));
    expect(text).toContain('Zone is verified and complete');
  });

  itNeeds(
    'dig',
    'delv',
    'nsupdate',
    'ldns-verify-zone',
  )('a dynamic update is signed as all else is', async () => {
    const { port } = server.address;
    const before = await soa(port);
    const name = `_acme-challenge.below.${ZONE}`;
    const by = { program: 'nsupdate', port, zone: ZONE, key: 'acme' } as const;
    expect(await update(by, `update add ${name} 60 TXT "proof"`)).toBe('NOERROR');
    // Its own name, the one between it and the apex, and one that is not there.
    for (const [asked, result] of [
      [name, 'fully validated'],
      [`below.${ZONE}`, 'negative response, fully validated'],
      [`other.below.${ZONE}`, 'negative response, fully validated'],
    ]) {
      const delv = await said(
        'delv',
        '@127.0.0.1',
        '-p',
        String(port),
        ...delvTrust(place.folder, signed.anchors, ZONE),
        asked,
        'TXT',
      );
      expect([asked, delv.text]).toEqual([asked, expect.stringContaining(result)]);
    }
    expect(await until(async () => (await transfer(ZONE)).some((line) => line.startsWith(name)))).toBe(true);
    expect(await soa(port)).toBeGreaterThan(before);
    const { text } = await said('ldns-verify-zone', '-V', '3', '-e', 'P7D', await zoneFile(ZONE));
    expect(text).toContain('Zone is verified and complete');
  });
});

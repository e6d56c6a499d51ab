/** Zones as a whole: other people's servers as secondaries that follow moves and edits, and dig and kdig as clients. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { itNeeds } from '../support/needs.ts';
import { freePort, type Peer } from '../support/peers.ts';
import { type SecondaryKind, secondary } from '../support/secondaries.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';
import { update, writeKey } from '../support/updater.ts';

const ZONE = 'example.net.';
const SECRET = Buffer.alloc(32, 5).toString('base64');
const KEY = ['-y', `hmac-sha256:xfr:${SECRET}`];
/** Long enough for a machine that does much else. */
const PATIENCE_MS = 60_000;
const run = promisify(execFile);

let place: Workplace;
let server: SteerdProcess;
const ports = new Map<SecondaryKind, number>();

function settings(): string {
  const to = [...ports.values()].map((port) => `'127.0.0.1:${port}'`).join(', ');
  return `
tsig: { key_files: [./xfr.key, ./acme.key] }
transfer:
  allow: [{ zones: [example.net], networks: [127.0.0.1], keys: [xfr] }]
  notify: [{ zones: [example.net], to: [${to}], key: xfr }]
  coalesce: 0.5
update: { allow: [{ keys: [acme], names: ['_acme-challenge.*'], types: [TXT] }] }
`;
}

beforeAll(async () => {
  place = workplace();
  for (const kind of ['knot', 'nsd', 'bind'] as const) ports.set(kind, await freePort());
  writeFileSync(join(place.folder, 'xfr.key'), `key "xfr" { algorithm hmac-sha256; secret "${SECRET}"; };\n`, {
    mode: 0o600,
  });
  writeKey(place, 'acme');
  writeFileSync(join(place.folder, 'steerd.yaml'), settings());
  const port = await freePort();
  server = await SteerdProcess.start(place, { STEERD_LISTEN: `127.0.0.1:${port}` });
  await server.logged('transferable');
});

afterAll(async () => {
  await server.stop();
  remove(place);
});

/** What dig or kdig prints, wherever the answer is from. */
async function ask(program: 'dig' | 'kdig', port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, ['@127.0.0.1', '-p', String(port), ...args], { timeout: 20_000 }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

/** Records of a transfer: owner, type and data. */
async function transfer(...args: string[]): Promise<string[]> {
  const text = await ask('dig', server.address.port, ...KEY, '+nocomments', '+nocmd', '+nostats', ...args);
  return text
    .split('\n')
    .filter((line) => /\sIN\s/.test(line))
    .map((line) => line.split(/\s+/).join(' '));
}

async function soa(port: number): Promise<number> {
  return Number((await ask('dig', port, ZONE, 'SOA', '+short')).split(' ')[2]);
}

async function until(what: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await what()) return true;
    await new Promise((again) => setTimeout(again, 100));
  }
  return false;
}

function move(...to: string[]): void {
  const { status, stderr } = steerd(place, ['move', 'www.example.net', ...to, '--reason', 'test', '--force']);
  if (status !== 0) throw new Error(stderr);
}

describe('transfers', () => {
  itNeeds('dig', 'kdig')('have the whole zone, steered hosts as they are answered', async () => {
    const records = await transfer(ZONE, 'AXFR');
    expect(records[0]).toBe(records.at(-1));
    expect(records[0]).toMatch(/^example\.net\. 3600 IN SOA /);
    for (const type of ['A', 'AAAA', 'HTTPS']) {
      const answer = (await ask('dig', server.address.port, 'www.example.net', type, '+noall', '+answer'))
        .trim()
        .split(/\s+/)
        .join(' ');
      expect(answer).toContain(`IN ${type} `);
      expect(records).toContain(answer);
    }
    expect(records).toContain('ns1.lab.example.net. 3600 IN A 203.0.113.53');
    expect(records).toContain('blog.example.net. 300 IN CNAME www.example.net.');
    expect(new Set(records).size).toBe(records.length - 1);
    const kdig = await ask('kdig', server.address.port, ...KEY, '+noall', '+answer', ZONE, 'AXFR');
    expect(kdig.split('\n').filter((line) => / \tIN|\sIN\s/.test(line))).toHaveLength(records.length);
  });

  itNeeds('dig')('are for those the operator names', async () => {
    const { port } = server.address;
    expect(await ask('dig', port, ZONE, 'AXFR')).toContain('Transfer failed');
    const wrong = await ask('dig', port, '-y', `hmac-sha256:xfr:${Buffer.alloc(32).toString('base64')}`, ZONE, 'AXFR');
    expect(wrong).toContain('Transfer failed');
    expect(await ask('dig', port, '+tcp', 'example.org', 'IXFR=1')).toMatch(/Transfer failed|REFUSED/);
    expect(await ask('dig', port, ...KEY, 'example.org', 'AXFR')).toContain('Transfer failed');
    expect(await ask('dig', port, ...KEY, '-b', '127.0.0.2', ZONE, 'AXFR')).toContain('Transfer failed');
  });

  itNeeds('kdig')('over UDP are the SOA for IXFR, and nothing for AXFR', async () => {
    const { port } = server.address;
    const ixfr = await ask('kdig', port, ...KEY, '+notcp', ZONE, 'IXFR=1');
    expect(ixfr.match(/\sSOA\s/g)?.length).toBeGreaterThan(0);
    expect(await ask('kdig', port, ...KEY, '+notcp', ZONE, 'AXFR')).not.toContain('SOA');
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
      'nsupdate',
    )(`${kind} follows moves, edits and dynamic updates`, async () => {
      const primary = server.address.port;
      const port = ports.get(kind)!;
      const peer: Peer = await secondary(kind, { zone: ZONE, primary, key: 'xfr', secret: SECRET }, port);
      const addresses = async (from: number): Promise<string[]> => [
        await ask('dig', from, 'www.example.net', 'A', '+short'),
        await ask('dig', from, 'www.example.net', 'AAAA', '+short'),
        await ask('dig', from, 'www.example.net', 'HTTPS', '+noall', '+answer'),
      ];
      try {
        const before = await addresses(primary);
        const first = await soa(primary);
        expect(await addresses(port)).toEqual(before);
        const told = server.log.length;

        move('--to', 'europe');
        const after = await addresses(primary);
        expect(after[0]).not.toBe(before[0]);
        expect(await until(async () => (await addresses(port)).join() === after.join())).toBe(true);
        const moved = await soa(primary);
        expect([moved - first, await soa(port)]).toEqual([1, moved]);
        await server.logged('notified', told);

        editFile(join(place.zones, 'example.net.yaml'), (text) => `${text}\n${kind}:\n  type: TXT\n  value: new\n`);
        const txt = (from: number): Promise<string> => ask('dig', from, `${kind}.example.net`, 'TXT', '+short');
        expect(await until(async () => (await txt(port)) === '"new"\n')).toBe(true);

        const proof = `_acme-challenge.${kind}.${ZONE}`;
        const by = { program: 'nsupdate', port: primary, zone: ZONE, key: 'acme' } as const;
        expect(await update(by, `update add ${proof} 60 TXT "proof"`)).toBe('NOERROR');
        expect(await until(async () => (await ask('dig', port, proof, 'TXT', '+short')) === '"proof"\n')).toBe(true);

        move('--to', 'anycast');
        expect(await until(async () => (await addresses(port)).join() === before.join())).toBe(true);
        expect(await until(async () => (await soa(port)) === (await soa(primary)))).toBe(true);
      } finally {
        await peer.stop();
      }
    });
  }
});

itNeeds('dig')('changes are sent alone, also after a restart, and serials go on', async () => {
  const first = await soa(server.address.port);
  move('--to', 'switzerland');
  expect(await until(async () => (await soa(server.address.port)) > first)).toBe(true);
  const second = await soa(server.address.port);
  const { port } = server.address;
  await server.stop();
  server = await SteerdProcess.start(place, { STEERD_LISTEN: `127.0.0.1:${port}` });
  await until(async () => (await transfer(ZONE, 'AXFR')).length > 0);
  expect(await soa(port)).toBe(second);
  const changes = await transfer(ZONE, `IXFR=${first}`);
  const serials = changes.filter((line) => line.includes(' SOA ')).map((line) => Number(line.split(' ')[6]));
  expect(serials).toEqual([second, first, second, second]);
  expect(changes.length).toBeLessThan(12);
  expect(changes.filter((line) => /^www\.example\.net\. \d+ IN A /.test(line))).toHaveLength(2);
  // Who has it already is told so; who has what nobody remembers gets the zone.
  expect(await transfer(ZONE, `IXFR=${second}`)).toHaveLength(1);
  expect(await transfer(ZONE, 'IXFR=7')).toEqual(await transfer(ZONE, 'AXFR'));
});

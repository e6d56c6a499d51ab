/** Transfers over TLS (RFC 9103): kdig as a client, NSD and BIND as secondaries that know the server by its certificate. Debian's Knot can't ask over TLS yet. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { certificate } from '../support/certificate.ts';
import { itNeeds } from '../support/needs.ts';
import { freePort } from '../support/peers.ts';
import { type SecondaryKind, secondary } from '../support/secondaries.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const ZONE = 'example.net.';
const SECRET = Buffer.alloc(32, 5).toString('base64');
const KEY = ['-y', `hmac-sha256:xfr:${SECRET}`];
const PATIENCE_MS = 60_000;
const run = promisify(execFile);

let place: Workplace;
let server: SteerdProcess;
let dot = 0;
let pem = '';
const ports = new Map<SecondaryKind, number>();

beforeAll(async () => {
  place = workplace();
  const tls = join(place.folder, 'tls');
  mkdirSync(tls);
  certificate(tls, 'server', 'DNS:localhost,IP:127.0.0.1');
  pem = join(tls, 'server.pem');
  for (const kind of ['nsd', 'bind'] as const) ports.set(kind, await freePort());
  const to = [...ports.values()].map((port) => `'127.0.0.1:${port}'`).join(', ');
  writeFileSync(join(place.folder, 'xfr.key'), `key "xfr" { algorithm hmac-sha256; secret "${SECRET}"; };\n`, {
    mode: 0o600,
  });
  writeFileSync(
    join(place.folder, 'steerd.yaml'),
    `
tsig: { key_files: [./xfr.key] }
dnssec: { zones: { example.net: ed25519 } }
tls: { dot: ['127.0.0.1:0'], cert: ${pem}, key: ${join(tls, 'server.key')} }
transfer:
  allow: [{ zones: [example.net], networks: [127.0.0.1], keys: [xfr] }]
  notify: [{ zones: [example.net], to: [${to}], key: xfr }]
  coalesce: 0.5
`,
  );
  server = await SteerdProcess.start(place);
  dot = server.dot[0].port;
  await server.logged('transferable');
});

afterAll(async () => {
  await server?.stop();
  remove(place);
});

async function ask(program: 'dig' | 'kdig', port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, ['@127.0.0.1', '-p', String(port), ...args], { timeout: 20_000 }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

async function until(what: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await what()) return true;
    await new Promise((again) => setTimeout(again, 100));
  }
  return false;
}

const soa = async (port: number): Promise<string> => (await ask('dig', port, ZONE, 'SOA', '+short')).split(' ')[2];

function move(to: string): void {
  const { status, stderr } = steerd(place, ['move', 'www.example.net', '--to', to, '--reason', 'test', '--force']);
  if (status !== 0) throw new Error(stderr);
}

itNeeds(
  'kdig',
  'dig',
  'openssl',
)('AXFR and IXFR come over TLS as they do over TCP', async () => {
  const tls = ['+tls', `+tls-ca=${pem}`, '+tls-hostname=localhost', ...KEY, '+noall', '+answer'];
  const records = (said: string): string[] => said.split('\n').filter((line) => /\sIN\s/.test(line));
  const over = records(await ask('kdig', dot, ...tls, ZONE, 'AXFR'));
  expect(over.length).toBeGreaterThan(20);
  expect(over).toEqual(records(await ask('kdig', server.address.port, ...KEY, '+noall', '+answer', ZONE, 'AXFR')));
  const before = await soa(server.address.port);
  move('switzerland');
  expect(await until(async () => (await soa(server.address.port)) !== before)).toBe(true);
  const changes = records(await ask('kdig', dot, ...tls, ZONE, `IXFR=${before}`));
  expect(changes.length).toBeLessThan(over.length);
  expect(changes.filter((line) => /\sSOA\s/.test(line) && !/RRSIG/.test(line))).toHaveLength(4);
  expect(records(await ask('kdig', dot, '+tls', '+noall', '+answer', ZONE, 'AXFR'))).toEqual([]);
});

for (const [kind, program] of [
  ['nsd', 'nsd'],
  ['bind', 'named'],
] as const) {
  itNeeds(
    program,
    'dig',
    'openssl',
  )(`${kind} follows moves over TLS`, async () => {
    const port = ports.get(kind) as number;
    const of = { zone: ZONE, primary: dot, key: 'xfr', secret: SECRET, authorities: pem };
    const peer = await secondary(kind, of, port);
    try {
      for (const to of ['anycast', 'europe']) {
        const before = await soa(server.address.port);
        move(to);
        const isThere = async (): Promise<boolean> => {
          const now = await soa(server.address.port);
          return now !== before && (await soa(port)) === now;
        };
        expect(await until(isThere)).toBe(true);
        const [own, other] = await Promise.all(
          [server.address.port, port].map((from) => ask('dig', from, 'www.example.net', 'AAAA', '+short')),
        );
        expect(own).toBe(other);
      }
    } finally {
      await peer.stop();
    }
  });
}

/** Signatures that were transferred are made anew by themselves before they end: serials grow, and secondaries are told. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { itNeeds } from '../support/needs.ts';
import { freePort } from '../support/peers.ts';
import { secondary } from '../support/secondaries.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

const ZONE = 'example.net.';
const SECRET = Buffer.alloc(32, 5).toString('base64');
/** Of signatures, in seconds: the shortest there is. */
const LIFETIME = 60;
const PATIENCE_MS = 120_000;
const run = promisify(execFile);

async function ask(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(port), ...args], { timeout: 20_000 });
  return stdout;
}

const soa = async (port: number): Promise<number> => Number((await ask(port, ZONE, 'SOA', '+short')).split(' ')[2]);

async function until(what: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await what()) return true;
    await new Promise((again) => setTimeout(again, 200));
  }
  return false;
}

itNeeds('knotd', 'dig')(
  'a secondary has signatures that last, though nothing else changes',
  async () => {
    const place = workplace();
    const port = await freePort();
    const key = join(place.folder, 'xfr.key');
    writeFileSync(key, `key "xfr" { algorithm hmac-sha256; secret "${SECRET}"; };\n`, { mode: 0o600 });
    writeFileSync(
      join(place.folder, 'steerd.yaml'),
      `
tsig: { key_files: [./xfr.key] }
dnssec: { zones: { example.net: ed25519 } }
transfer:
  allow: [{ zones: [example.net], keys: [xfr] }]
  notify: [{ zones: [example.net], to: ['127.0.0.1:${port}'], key: xfr }]
  coalesce: 0.5
  signature_lifetime: ${LIFETIME}
`,
    );
    const server = await SteerdProcess.start(place);
    try {
      await server.logged('transferable');
      const { address } = server;
      const of = { zone: ZONE, primary: address.port, key: 'xfr', secret: SECRET, validates: true };
      const peer = await secondary('knot', of, port);
      try {
        const first = await soa(port);
        const ends = async (): Promise<number[]> => {
          const said = await ask(port, 'www.example.net', 'A', '+dnssec', '+noall', '+answer');
          return [...said.matchAll(/RRSIG\s+A \d+ \d+ \d+ (\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/g)].map(
            ([, y, mo, d, h, mi, s]) =>
              Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)),
          );
        };
        const [before] = await ends();
        // Past the end of all signatures there were at first.
        expect(await until(async () => Date.now() > before && (await ends())[0] > Date.now())).toBe(true);
        expect(await until(async () => (await soa(port)) === (await soa(address.port)))).toBe(true);
        expect(await soa(port)).toBeGreaterThan(first + 1);
        // Knot validates what it takes over: nothing was refused.
        expect(peer.log).not.toMatch(/DNSSEC, validation failed/);
        expect(peer.log).toMatch(/IXFR, incoming[^\n]*finished/);
        expect(server.log.filter(({ event }) => event === 'notified').length).toBeGreaterThan(1);
      } finally {
        await peer.stop();
      }
    } finally {
      await server.stop();
      remove(place);
    }
  },
  300_000,
);

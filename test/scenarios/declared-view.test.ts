/** The declared view: who gets zones with one key sees nothing of steering, with another sees what is answered. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { itNeeds } from '../support/needs.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const SECRET = Buffer.alloc(32, 5).toString('base64');
const PATIENCE_MS = 60_000;
const run = promisify(execFile);

let place: Workplace;
let server: SteerdProcess;

const ZONE = `$ORIGIN example.net.
$TTL 300
@ 3600 IN SOA ns1 hostmaster 1 7200 1800 604800 300
@ IN NS ns1
ns1 IN A 192.0.2.53
www 60 IN STEER web zurich
www IN HTTPS 1 . alpn=h2 hints=steer
alias IN CNAME www
@ IN TYPE48 \\# 36 0101030f${'ab'.repeat(32)}
@ IN TYPE59 \\# 5 0000000000
`;

beforeAll(async () => {
  place = workplace('network');
  writeFileSync(join(place.zones, 'example.net.zone'), ZONE);
  for (const name of ['xfr', 'tool'])
    writeFileSync(
      join(place.folder, `${name}.key`),
      `key "${name}" { algorithm hmac-sha256; secret "${SECRET}"; };\n`,
      {
        mode: 0o600,
      },
    );
  writeFileSync(
    join(place.folder, 'steerd.yaml'),
    `
tsig: { key_files: [./xfr.key, ./tool.key] }
dnssec: { zones: { example.net: ed25519 } }
transfer:
  allow:
    - { zones: [example.net], keys: [tool], view: declared }
    - { networks: [127.0.0.1] }
  coalesce: 0.2
`,
  );
  server = await SteerdProcess.start(place);
  expect(await until(async () => (await transfer('tool')).length > 0 && (await transfer('xfr')).length > 0)).toBe(true);
});

afterAll(async () => {
  await server?.stop();
  remove(place);
});

async function until(what: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await what()) return true;
    await new Promise((again) => setTimeout(again, 100));
  }
  return false;
}

/** Records of a transfer: owner, TTL, type and data. */
async function transfer(key: string, what = 'AXFR'): Promise<string[]> {
  const to = ['@127.0.0.1', '-p', String(server.address.port), '-y', `hmac-sha256:${key}:${SECRET}`];
  const { stdout } = await run('dig', [...to, 'example.net', what, '+noall', '+answer'], { timeout: 20_000 });
  return stdout
    .split('\n')
    .filter((line) => /\sIN\s/.test(line))
    .map((line) => line.split(/\s+/).join(' ').replace(' IN ', ' '));
}

function serialOf(records: readonly string[]): number {
  return Number(records.find((record) => record.includes(' SOA ns1'))?.split(' ')[5]);
}

async function answered(): Promise<number> {
  const args = ['@127.0.0.1', '-p', String(server.address.port), 'example.net', 'SOA', '+short'];
  return Number((await run('dig', args)).stdout.split(' ')[2]);
}

const of = (records: readonly string[], begin: string): string[] => records.filter((each) => each.startsWith(begin));
const noSoa = (records: readonly string[]): string[] => records.filter((each) => !each.includes(' SOA ')).sort();

function order(...args: string[]): void {
  const { status, stderr } = steerd(place, [...args, '--reason', 'test']);
  if (status !== 0) throw new Error(stderr);
}

/** Waits until both views have the serial that is answered, and it is another. */
async function changed(before: number): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const now = await answered();
    return now !== before && serialOf(await transfer('tool')) === now && serialOf(await transfer('xfr')) === now;
  };
  expect(await until(isThere)).toBe(true);
}

itNeeds('dig')(
  'hosts have the addresses of the group they are declared in, whatever was moved or is down',
  async () => {
    const declared = await transfer('tool');
    // IPv4 there is none in zurich: the ladder has it.
    expect(of(declared, 'www.')).toEqual([
      'www.example.net. 60 A 203.0.113.64',
      'www.example.net. 60 AAAA 2001:db8:19::64',
      'www.example.net. 60 HTTPS 1 . alpn="h2" ipv4hint=203.0.113.64 ipv6hint=2001:db8:19::64',
    ]);
    expect(of(declared, 'alias.')).toEqual(['alias.example.net. 300 CNAME www.example.net.']);
    // Nor what the file has of it.
    expect(declared.filter((record) => /RRSIG|NSEC|DNSKEY|CDS/.test(record))).toEqual([]);
    const signed = await transfer('xfr');
    expect(signed.filter((record) => /RRSIG/.test(record)).length).toBeGreaterThan(5);
    expect(signed.filter((record) => /^\S+ \d+ (DNSKEY|CDS) /.test(record))).toHaveLength(1);

    let before = await answered();
    order('move', 'www.example.net', '--to', 'europe', '--force');
    await changed(before);
    const steered = await transfer('xfr');
    expect(of(steered, 'www.example.net. 60 AAAA')).not.toEqual(of(declared, 'www.example.net. 60 AAAA'));
    expect(noSoa(await transfer('tool'))).toEqual(noSoa(declared));
    // Who follows by IXFR gets the serial, and nothing else.
    expect(noSoa(await transfer('tool', `IXFR=${before}`))).toEqual([]);
    expect(await transfer('tool', `IXFR=${before}`)).toHaveLength(4);

    before = await answered();
    order('group', 'zurich', 'down');
    order('move', 'www.example.net', '--to', 'zurich', '--force');
    await changed(before);
    expect(noSoa(await transfer('tool'))).toEqual(noSoa(declared));
  },
);

itNeeds('dig')('an edit of zone or network is seen', async () => {
  let before = await answered();
  editFile(
    join(place.zones, 'example.net.zone'),
    (text) => `${text.replace('web zurich', 'web europe')}new IN TXT "x"\n`,
  );
  await changed(before);
  const records = await transfer('tool');
  expect(of(records, 'new.')).toEqual(['new.example.net. 300 TXT "x"']);
  expect(of(records, 'www.example.net. 60 AAAA')).toEqual(['www.example.net. 60 AAAA 2001:db8:17::64']);

  before = await answered();
  editFile(join(place.zones, 'network.yaml'), (text) => text.replace('vip: 64', 'vip: 65'));
  await changed(before);
  expect(of(await transfer('tool'), 'www.example.net. 60 AAAA')).toEqual(['www.example.net. 60 AAAA 2001:db8:17::65']);
});

itNeeds('dig')('both views are kept over a restart', async () => {
  const before = [await transfer('tool'), await transfer('xfr')];
  await server.stop();
  server = await SteerdProcess.start(place);
  expect(await until(async () => (await transfer('tool')).length > 0)).toBe(true);
  await new Promise((later) => setTimeout(later, 2000));
  expect([await transfer('tool'), await transfer('xfr')]).toEqual(before);
});

/** Signed zones as an operator has them: keys made at the first start, shown, taken elsewhere; what is wrong with them is told. */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { queryMessage, UdpClient } from '../support/ask.ts';
import { itNeeds, programPath } from '../support/needs.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const DNSKEY = 48;
const env = { STEERD_DNSSEC_ZONES: 'example.net=ecdsap256sha256' };

let place: Workplace;
beforeEach(() => {
  place = workplace();
});
afterEach(() => remove(place));

async function dnskeys(server: SteerdProcess): Promise<string> {
  const client = await UdpClient.open();
  try {
    const { message, counts } = await client.send(server.address, queryMessage(1, 'example.net', DNSKEY));
    // Behind the question and the head of the record.
    return `${counts[1]} ${message.subarray(29 + 12).toString('hex')}`;
  } finally {
    client.close();
  }
}

it('keys are made at the first start, and the same are used after a restart', async () => {
  expect(steerd(place, ['dnssec', 'status'], env).stdout).toBe(
    'example.net.\n  no keys yet; the server makes them when it starts\n',
  );
  const first = await SteerdProcess.start(place, env);
  const told = await first.logged('keys_made');
  expect(told.msg).toMatch(
    /^made the keys of example\.net\. \(tag \d+\); steerd dnssec ds example\.net\. prints the DS/,
  );
  const before = await dnskeys(first);
  expect(before).toMatch(/^1 0101030d/);
  await first.stop();
  const files = readdirSync(join(place.state, 'keys'));
  expect(files).toHaveLength(2);
  for (const file of files.filter((name) => name.endsWith('.private')))
    expect(statSync(join(place.state, 'keys', file)).mode & 0o777).toBe(0o600);

  const second = await SteerdProcess.start(place, env);
  expect(second.log.filter(({ event }) => event === 'keys_made')).toEqual([]);
  expect(await dnskeys(second)).toBe(before);
  await second.stop();
  expect(steerd(place, ['dnssec', 'status'], env).stdout).toMatch(
    /^example\.net\.\n {2}\s*\d+ {2}ksk {2}ECDSAP256SHA256 {2}signs {2}\S+\n$/,
  );
  const ds = steerd(place, ['dnssec', 'ds', 'example.net'], env).stdout.split('\n');
  expect(ds[0]).toMatch(/^example\.net\. IN DS \d+ 13 2 [0-9A-F]{64}$/i);
  expect(ds[1]).toMatch(/^example\.net\. IN DS \d+ 13 4 [0-9A-F]{96}$/i);
});

it('keys go from one server to another, and are never written over', () => {
  expect(steerd(place, ['dnssec', 'generate', 'example.net', '--json'], env).status).toBe(0);
  const copy = join(place.folder, 'copy');
  expect(steerd(place, ['dnssec', 'export', 'example.net', '--to', copy], env).stdout).toMatch(/^exported /);
  const again = steerd(place, ['dnssec', 'export', 'example.net', '--to', copy], env);
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
  const files = readdirSync(copy).filter((name) => name.endsWith('.private'));
  const other = { ...env, STEERD_STATE_DIR: join(place.folder, 'other') };
  expect(steerd(place, ['dnssec', 'import', ...files.map((name) => join(copy, name))], other).stdout).toMatch(
    /^imported /,
  );
  const tags = (of: Record<string, string>): unknown[] =>
    JSON.parse(steerd(place, ['dnssec', 'status', '--json'], of).stdout)[0].keys.map((key: { tag: number }) => key.tag);
  expect(tags(other)).toEqual(tags(env));
});

itNeeds('dnssec-keygen')("BIND's keys are taken over", async () => {
  const made = join(place.folder, 'bind');
  execFileSync('mkdir', [made]);
  for (const role of [['-f', 'KSK'], []])
    execFileSync(programPath('dnssec-keygen') as string, ['-q', '-K', made, '-a', 'ED25519', ...role, 'example.net']);
  const files = readdirSync(made).filter((name) => name.endsWith('.key'));
  expect(steerd(place, ['dnssec', 'import', ...files.map((name) => join(made, name))], env).status).toBe(0);
  const server = await SteerdProcess.start(place, env);
  expect(await dnskeys(server)).toMatch(/^2 /);
  await server.stop();
});

it('does not start with keys it cannot use, nor stay silent about a zone that is not served', async () => {
  steerd(place, ['dnssec', 'generate', 'example.net'], env);
  const keys = join(place.state, 'keys');
  const file = readdirSync(keys).find((name) => name.endsWith('.private')) as string;
  writeFileSync(join(keys, file), 'nothing of the kind');
  const refused = steerd(place, ['serve'], env);
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining('the private file does not begin with'),
  ]);
  rmSync(keys, { recursive: true });
  const server = await SteerdProcess.start(place, { STEERD_DNSSEC_ZONES: 'example.com=ed25519' });
  expect((await server.logged('warning')).msg).toBe('dnssec.zones has example.com., which is no zone served here');
  await server.stop();
});

it.each([
  [['dnssec'], 'takes one of status, ds, generate, import, export'],
  [['dnssec', 'ds'], 'takes one zone'],
  [['dnssec', 'ds', 'a..b'], 'empty label'],
  [['dnssec', 'export', 'example.net'], 'needs --to DIRECTORY'],
  [['dnssec', 'ds', 'example.net'], 'has no keys in'],
  [['dnssec', 'import', 'nothere'], "nothere.key can't be read"],
])('%j: %s', (args, message) => {
  const { status, stderr } = steerd(place, args, env);
  expect(stderr).toContain(message);
  expect(status).toBe(message.startsWith('has no keys') || message.startsWith('nothere') ? 1 : 2);
});

/** Signed zones as an operator has them: keys made at the first start, shown, taken elsewhere; what is wrong with them is told. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readKey, readKeys, setTimes } from '../../src/dnssec/key-directory.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage, UdpClient } from '../support/ask.ts';
import { itNeeds, programPath } from '../support/needs.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';
import { type MessageRecord, recordsOf } from '../support/verify-signed.ts';

const DNSKEY = 48;
const WAIT = { timeout: 60_000, interval: 100 };
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
    /^example\.net\.\n {2}\s*\d+ {2}csk {2}ECDSAP256SHA256 {2}signs {2}\S+\n$/,
  );
  const ds = steerd(place, ['dnssec', 'ds', 'example.net'], env).stdout.split('\n');
  expect(ds[0]).toMatch(/^example\.net\. IN DS \d+ 13 2 [0-9A-F]{64}$/i);
  expect(ds[1]).toMatch(/^example\.net\. IN DS \d+ 13 4 [0-9A-F]{96}$/i);
});

it('keys go from one server to another, and are never written over', () => {
  expect(steerd(place, ['dnssec', 'generate', 'example.net', '--json'], env).status).toBe(0);
  // Another would sign before anybody knows it.
  const again = steerd(place, ['dnssec', 'generate', 'example.net'], env);
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('steerd dnssec roll example.net. makes')]);
  const copy = join(place.folder, 'copy');
  expect(steerd(place, ['dnssec', 'export', 'example.net', '--to', copy], env).stdout).toMatch(/^exported /);
  // What is the same gets the times it has here.
  expect(steerd(place, ['dnssec', 'export', 'example.net', '--to', copy], env).stdout).toMatch(/^updated /);
  const files = readdirSync(copy).filter((name) => name.endsWith('.private'));
  const other = { ...env, STEERD_STATE_DIR: join(place.folder, 'other') };
  expect(steerd(place, ['dnssec', 'import', ...files.map((name) => join(copy, name))], other).stdout).toMatch(
    /^imported /,
  );
  const tags = (of: Record<string, string>): unknown[] =>
    JSON.parse(steerd(place, ['dnssec', 'status', '--json'], of).stdout)[0].keys.map((key: { tag: number }) => key.tag);
  expect(tags(other)).toEqual(tags(env));
});

it('a key that its times keep from the parent has no DS there, and that is said', () => {
  steerd(place, ['dnssec', 'generate', 'example.net'], env);
  for (const stored of readKeys(join(place.state, 'keys'), parseName('example.net.')))
    setTimes(stored, { ...stored.key.times, syncDelete: stored.key.times.publish ?? 1 });
  const { status, stderr } = steerd(place, ['dnssec', 'ds', 'example.net'], env);
  expect([status, stderr]).toEqual([1, expect.stringContaining('by its times (SyncPublish, SyncDelete)')]);
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

/** Has so many seconds pass for a zone's keys: all their times lie as much further back. */
function pass(seconds: number): void {
  for (const stored of readKeys(join(place.state, 'keys'), parseName('example.net.'))) {
    const times = Object.entries(stored.key.times).map(([name, time]) => [name, time - seconds]);
    setTimes(stored, Object.fromEntries(times));
  }
}

interface Life {
  readonly keys: readonly { readonly tag: number; readonly use: string }[];
  readonly rolls: readonly {
    readonly kind: string;
    readonly phase: string;
    readonly new: number;
    readonly old: readonly number[];
  }[];
}

it('a key is rolled while the server runs, which waits for the word that the parent has its DS', async () => {
  const run = (...args: string[]): ReturnType<typeof steerd> => steerd(place, ['dnssec', ...args], env);
  const life = (): Life => JSON.parse(run('status', 'example.net', '--json').stdout)[0];
  const server = await SteerdProcess.start(place, { ...env, STEERD_RELOAD_SETTLE: '50ms' });
  const client = await UdpClient.open();
  const records = async (type: number): Promise<MessageRecord[]> => {
    const query = queryMessage(1, 'example.net', type, { edns: 4096, dnssecOk: true });
    return recordsOf((await client.send(server.address, query)).message);
  };
  const count = async (type: number): Promise<number> =>
    (await records(type)).filter((record) => record.type === type).length;
  const signers = async (type: number): Promise<number[]> =>
    (await records(type))
      .filter((record) => record.type === 46 && record.rdata.readUInt16BE(0) === type)
      .map((record) => record.rdata.readUInt16BE(16));
  try {
    const [{ tag: old }] = life().keys;
    const before = run('ds', 'example.net').stdout;
    expect(run('cds', 'example.net', 'on').stdout).toBe(
      'example.net. has CDS and CDNSKEY of the keys that the parent should have\n',
    );
    await vi.waitUntil(async () => (await count(59)) === 1, WAIT);
    expect(run('ds-seen', 'example.net').stderr).toContain('no roll of its ksk or csk is under way');

    const begun = run('roll', 'example.net');
    expect([begun.stderr, begun.stdout]).toEqual(['', expect.stringMatching(/^made \S+ {2}csk \d+ of example\.net\./)]);
    await vi.waitUntil(async () => (await count(DNSKEY)) === 2, WAIT);
    const successor = life().rolls[0].new;
    expect(life().rolls).toMatchObject([{ kind: 'csk', phase: 'published', old: [old] }]);
    expect(await signers(DNSKEY)).toEqual([old]);
    expect(run('roll', 'example.net').stderr).toContain('a roll of its csk is under way');
    expect(run('ds-seen', 'example.net').stderr).toContain('it is too early');
    expect(run('ds', 'example.net').stdout).toBe(before);

    // Its DNSKEY is known: it signs, beside the old one only keys.
    pass(2 * 3600);
    await vi.waitUntil(async () => (await signers(DNSKEY)).length === 2, WAIT);
    expect(await signers(6)).toEqual([successor]);
    expect(life().rolls[0].phase).toBe('spreading');

    pass(2 * 3600);
    await vi.waitUntil(async () => (await records(59))[0].rdata.readUInt16BE(0) === successor, WAIT);
    expect(run('status', 'example.net').stdout).toContain("waits for the parent's DS");
    expect(run('ds', 'example.net').stdout).toContain(`DS ${successor} 13`);
    expect(run('ds-seen', 'example.net', '--ds-ttl', '1h').stdout).toContain('the old key goes at');
    expect(run('ds-seen', 'example.net').stderr).toContain('was seen already');

    pass(2 * 3600);
    await vi.waitUntil(async () => (await signers(DNSKEY)).join() === `${successor}`, WAIT);
    pass(2 * 86_400);
    await vi.waitUntil(async () => (await count(DNSKEY)) === 1, WAIT);
    expect(life().rolls).toEqual([]);
    expect(run('status', 'example.net').stdout).toContain('gone, its files can be removed');

    run('cds', 'example.net', 'delete');
    await vi.waitUntil(async () => (await records(59))[0].rdata.equals(Buffer.alloc(5)), WAIT);
    expect((await records(60))[0].rdata).toEqual(Buffer.from([0, 0, 3, 0, 0]));
    run('cds', 'example.net', 'off');
    await vi.waitUntil(async () => (await count(59)) === 0, WAIT);
    expect(server.log.filter(({ event }) => event === 'keys_changed').length).toBeGreaterThan(3);
  } finally {
    client.close();
    await server.stop();
  }
});

it.each([
  ['zsk', 'ksk+zsk'],
  ['ksk', 'ksk+zsk'],
  ['csk', 'csk'],
])('a roll of a %s that is stopped between its two files is told of, and finished by the same command', (kind, keys) => {
  const config = join(place.folder, 'steerd.yaml');
  writeFileSync(config, `dnssec: { zones: { example.net: { algorithm: ed25519, keys: ${keys} } } }\n`);
  const run = (...args: string[]): ReturnType<typeof steerd> =>
    steerd(place, ['dnssec', ...args], { STEERD_CONFIG: config });
  const life = (): Life => JSON.parse(run('status', 'example.net', '--json').stdout)[0];
  expect(run('generate', 'example.net').status).toBe(0);
  const directory = join(place.state, 'keys');
  const isOf = kind === 'zsk' ? 256 : 257;
  const stored = readKeys(directory, parseName('example.net.'));
  const old = stored.find(({ key }) => key.flags === isOf) as (typeof stored)[number];
  // Where the other file is to be written.
  const obstacle = `${old.file}.private.new`;
  mkdirSync(obstacle);
  const stopped = run('roll', 'example.net', `--${kind}`);
  expect([stopped.status, stopped.stderr]).toEqual([
    1,
    expect.stringContaining(`${old.file}.private can't be written`),
  ]);
  rmdirSync(obstacle);
  const before = life();
  expect(before.keys).toHaveLength(stored.length + 1);
  expect(before.rolls).toMatchObject([{ kind, phase: 'interrupted' }]);
  expect(run('status', 'example.net').stdout).toContain(`steerd dnssec roll example.net. --${kind} finishes that`);

  const again = run('roll', 'example.net', `--${kind}`);
  expect([again.stderr, again.stdout]).toEqual(['', expect.stringContaining('finished what an earlier roll of')]);
  expect(life().keys.map(({ tag }) => tag)).toEqual(before.keys.map(({ tag }) => tag));
  expect(life().rolls).toMatchObject([{ kind, new: before.rolls[0].new, old: before.rolls[0].old }]);
  expect(run('roll', 'example.net', `--${kind}`).stderr).toContain(`a roll of its ${kind} is under way`);
  const { times } = readKey(old.file).key;
  const next = readKeys(directory, parseName('example.net.')).find(
    ({ key, file }) => key.flags === isOf && file !== old.file,
  );
  if (kind === 'zsk') expect(times.inactive).toBe(next?.key.times.activate);
  else expect(times.syncDelete).toBe(next?.key.times.syncPublish);
});

it('keys that go to another server come before what is changed for them', () => {
  steerd(place, ['dnssec', 'generate', 'example.net'], env);
  const copy = join(place.folder, 'copy');
  steerd(place, ['dnssec', 'export', 'example.net', '--to', copy], env);
  expect(steerd(place, ['dnssec', 'roll', 'example.net'], env).status).toBe(0);
  const [old] = readdirSync(copy).filter((name) => name.endsWith('.private'));
  // Nothing can be written over the old one's file.
  mkdirSync(join(copy, `${old}.new`));
  expect(steerd(place, ['dnssec', 'export', 'example.net', '--to', copy], env).stderr).toContain("can't be written");
  expect(readKeys(copy, parseName('example.net.'))).toHaveLength(2);
});

it('a zone whose key files can no longer be used is signed on as before', async () => {
  const server = await SteerdProcess.start(place, { ...env, STEERD_RELOAD_SETTLE: '50ms' });
  const before = await dnskeys(server);
  const keys = join(place.state, 'keys');
  const file = readdirSync(keys).find((name) => name.endsWith('.private')) as string;
  writeFileSync(join(keys, file), 'nothing of the kind');
  expect((await server.logged('warning')).msg).toContain('example.net. is signed on as before');
  expect(await dnskeys(server)).toBe(before);
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
  [['dnssec'], 'takes one of status, ds, roll, ds-seen, cds, generate, import, export'],
  [['dnssec', 'ds'], 'takes one zone'],
  [['dnssec', 'ds', 'a..b'], 'empty label'],
  [['dnssec', 'export', 'example.net'], 'needs --to DIRECTORY'],
  [['dnssec', 'ds', 'example.net'], 'has no keys in'],
  [['dnssec', 'import', 'nothere'], "nothere.key can't be read"],
  [['dnssec', 'roll', 'example.net', '--ksk', '--csk'], 'takes one of --ksk, --zsk and --csk'],
  [['dnssec', 'cds', 'example.net'], 'takes a zone and on, off or delete'],
  [['dnssec', 'roll', 'example.com'], 'has no keys in'],
  [['dnssec', 'status', '--zsk'], 'dnssec status takes no --zsk, only --config and --json'],
  [['dnssec', 'ds', 'example.net', '--ds-ttl', '1h'], 'dnssec ds takes no --ds-ttl, only --config and --json'],
  [
    ['dnssec', 'roll', 'example.net', '--ds-ttl', '1h'],
    'dnssec roll takes no --ds-ttl, only --ksk, --zsk, --csk, --propagation, --max-ttl, --config and --json',
  ],
  [
    ['dnssec', 'ds-seen', 'example.net', '--ksk'],
    'dnssec ds-seen takes no --ksk, only --propagation, --max-ttl, --ds-ttl, --config and --json',
  ],
  [['dnssec', 'cds', 'example.net', 'on', '--csk'], 'dnssec cds takes no --csk'],
  [['dnssec', 'generate', 'example.net', '--to', 'there'], 'dnssec generate takes no --to'],
  [['dnssec', 'import', 'K', '--max-ttl', '1d'], 'dnssec import takes no --max-ttl'],
  [['dnssec', 'export', 'example.net', '--to', 'there', '--zsk'], 'takes no --zsk, only --to, --config and --json'],
])('%j: %s', (args, message) => {
  const { status, stderr } = steerd(place, args, env);
  expect(stderr).toContain(message);
  expect(status).toBe(message.startsWith('has no keys') || message.startsWith('nothere') ? 1 : 2);
});

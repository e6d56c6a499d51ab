/** Dynamic updates go on by what is in force, whatever is wrong with files, and whatever has failed in the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../src/control/audit.ts';
import { UPDATES } from '../../src/control/updates/stored-updates.ts';
import type { Change } from '../../src/store/store.ts';
import { TableReader } from '../../src/tables/table-reader.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import type { TsigKey } from '../../src/wire/tsig.ts';
import { hashName } from '../../src/zone/suffixes.ts';
import { UdpClient } from '../support/ask.ts';
import { editFile, replaceFile } from '../support/steerd-process.ts';
import { plainUpdate, UpdateClient } from '../support/update-client.ts';
import { WholeServer } from '../support/whole-server.ts';

const KEY: TsigKey = { name: parseName('acme'), algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 9) };

let whole: WholeServer;
let updater: UpdateClient;
let asker: UdpClient;
let warnings: string[];

beforeEach(async () => {
  warnings = [];
  whole = await WholeServer.start({ updateKey: KEY, warning: (message) => warnings.push(message) });
  updater = await UpdateClient.open(whole.server.workers.addresses[0].port, KEY, 'example.net.');
  asker = await UdpClient.open();
});

afterEach(async () => {
  updater.close();
  asker.close();
  await whole.stop();
});

const ownerOf = (label: string): string => `_acme-challenge.${label}.example.net.`;
const add = (label: string): Promise<number | undefined> => updater.send({ owner: ownerOf(label), text: 'x' });
const remove = (label: string): Promise<number | undefined> =>
  updater.send({ owner: ownerOf(label), text: 'x', isDelete: true });

/** Which of the labels have their record. */
async function answered(...labels: readonly string[]): Promise<string[]> {
  const [to] = whole.server.workers.addresses;
  const replies = await Promise.all(labels.map((label) => asker.ask(to, ownerOf(label), RRType.TXT)));
  return labels.filter((_, i) => replies[i].counts[1] === 1);
}

/** Has a step of the server's work fail once. */
function failOnce(step: 'install' | 'freeTarget'): void {
  const { publisher } = whole.server;
  const real = publisher[step];
  Object.defineProperty(publisher, step, {
    configurable: true,
    value: () => {
      Object.defineProperty(publisher, step, { configurable: true, writable: true, value: real });
      return Promise.reject(new Error(`a fault of the test in ${step}`));
    },
  });
}

const isOfUpdates = (changes: readonly Change[]): boolean =>
  changes.some((change) => ('put' in change ? change.put : change.delete).collection === UPDATES);
const zone = (): string => join(whole.zones, 'example.net.yaml');
const network = (): string => join(whole.zones, 'network.yaml');

it('whatever file is broken', async () => {
  for (const file of [zone(), network()]) {
    const good = readFileSync(file, 'utf8');
    replaceFile(file, `${good}broken: [\n`);
    expect(await whole.server.reload()).toBe(false);
    expect(await add('one')).toBe(Rcode.NOERROR);
    expect(await answered('one')).toEqual(['one']);
    expect(await remove('one')).toBe(Rcode.NOERROR);
    replaceFile(file, good);
    expect(await whole.server.reload()).toBe(true);
  }
});

it('when serving one failed: it alone is answered SERVFAIL, and has not happened, also while a file is broken', async () => {
  const good = readFileSync(zone(), 'utf8');
  expect(await add('before')).toBe(Rcode.NOERROR);
  replaceFile(zone(), `${good}broken: [\n`);
  expect(await whole.server.reload()).toBe(false);
  for (const step of ['install', 'freeTarget'] as const) {
    failOnce(step);
    expect(await add(step)).toBe(Rcode.SERVFAIL);
    expect(await add(`${step}-next`)).toBe(Rcode.NOERROR);
    expect(await answered(step, `${step}-next`)).toEqual([`${step}-next`]);
    failOnce(step);
    expect(await remove(`${step}-next`)).toBe(Rcode.SERVFAIL);
    expect(await answered(`${step}-next`)).toEqual([`${step}-next`]);
    expect(await remove(`${step}-next`)).toBe(Rcode.NOERROR);
    expect(await answered('before', step, `${step}-next`)).toEqual(['before']);
  }
  expect(warnings.filter((text) => text.startsWith('updates could not be served: a fault of the test'))).toHaveLength(
    4,
  );
  const trail = await listAudit(whole.server.store, 100, undefined);
  expect(trail.filter(({ entry }) => entry.action === 'update-undone')).toHaveLength(4);
  // Files count again when they are good, and updates stay beside them.
  replaceFile(zone(), `${good}later: { type: A, value: 192.0.2.99 }\n`);
  expect(await whole.server.reload()).toBe(true);
  const reply = await asker.ask(whole.server.workers.addresses[0], 'later.example.net.', RRType.A);
  expect(reply.addresses).toEqual(['192.0.2.99']);
  expect(await answered('before')).toEqual(['before']);
});

it('when serving one failed and it could not be taken back: it is answered with the next', async () => {
  const { store } = whole.server;
  expect(await add('old')).toBe(Rcode.NOERROR);
  for (const way of [add, remove]) {
    failOnce('install');
    const commit = store.commit.bind(store);
    let commits = 0;
    store.commit = (changes, expected) =>
      isOfUpdates(changes) && ++commits === 2 ? Promise.reject(new Error('full')) : commit(changes, expected);
    expect(await way('owed')).toBe(Rcode.SERVFAIL);
    store.commit = commit;
    expect(await answered('owed')).toEqual(way === add ? [] : ['owed']);
    expect(await add('next')).toBe(Rcode.NOERROR);
    expect(await answered('old', 'owed', 'next')).toEqual(way === add ? ['old', 'owed', 'next'] : ['old', 'next']);
  }
});

it('when what could not be taken back fails once more with the next: it is taken back then, and the next is served', async () => {
  const { store } = whole.server;
  failOnce('install');
  const commit = store.commit.bind(store);
  let commits = 0;
  store.commit = (changes, expected) =>
    isOfUpdates(changes) && ++commits === 2 ? Promise.reject(new Error('full')) : commit(changes, expected);
  expect(await add('owed')).toBe(Rcode.SERVFAIL);
  store.commit = commit;
  failOnce('install');
  expect(await add('next')).toBe(Rcode.NOERROR);
  expect(await answered('owed', 'next')).toEqual(['next']);
});

it('when a reload failed', async () => {
  expect(await add('before')).toBe(Rcode.NOERROR);
  editFile(zone(), (text) => `${text}later: { type: A, value: 192.0.2.99 }\n`);
  failOnce('install');
  expect(await whole.server.reload()).toBe(false);
  editFile(zone(), (text) => `${text}broken: [\n`);
  expect(await add('after')).toBe(Rcode.NOERROR);
  expect(await answered('before', 'after')).toEqual(['before', 'after']);
  const [to] = whole.server.workers.addresses;
  expect((await asker.ask(to, 'later.example.net.', RRType.A)).addresses).toEqual([]);
  editFile(zone(), (text) => text.replace('broken: [\n', ''));
  expect(await whole.server.reload()).toBe(true);
  expect((await asker.ask(to, 'later.example.net.', RRType.A)).addresses).toEqual(['192.0.2.99']);
  expect(await answered('before', 'after')).toEqual(['before', 'after']);
});

/** Taken at once, so they are one group. @returns RCODEs */
function asGroup(...labels: readonly string[]): Promise<number[]> {
  const { updates } = whole.server;
  const replies = labels.map(
    (label, id) =>
      new Promise<number>((resolve) => {
        const message = plainUpdate(id, 'example.net.', { owner: ownerOf(label), text: 'x' });
        const from = { key: KEY.name, mac: new Uint8Array(32), edns: true, client: Uint8Array.of(127, 0, 0, 1) };
        updates.take({ message, ...from, ticket: id }, (reply) => resolve(reply[3] & 0xf));
      }),
  );
  return Promise.all(replies);
}

it('one that can not be judged is answered SERVFAIL alone, and told of; those of its group are served', async () => {
  const { updates } = whole.server;
  // Of one name everything fails.
  const stored = updates.stored.of(parseName('example.net.'));
  const { at } = stored;
  stored.at = (owner) => {
    if (Buffer.from(owner).includes('bad')) throw new Error('a fault of the test');
    return at.call(stored, owner);
  };
  expect(await asGroup('one', 'bad', 'two')).toEqual([Rcode.NOERROR, Rcode.SERVFAIL, Rcode.NOERROR]);
  expect(warnings).toEqual([
    expect.stringMatching(/^an update of acme\. \(127\.0\.0\.1\) could not be judged: Error: a fault of the test/),
  ]);
  stored.at = at;
  expect(await add('bad')).toBe(Rcode.NOERROR);
  expect(await answered('one', 'bad', 'two')).toEqual(['one', 'bad', 'two']);
});

describe('a group', () => {
  /** As if a record of that name could not be served. */
  function failFor(label: string): void {
    const { publisher } = whole.server;
    const { install } = publisher;
    publisher.install = (load, ...rest) => {
      const tables = new TableReader();
      tables.use(publisher.arenas.bases[load.use.base], publisher.arenas.heads[load.use.head]);
      const [apex, owner] = [parseName('example.net.'), parseName(ownerOf(label))];
      const hash = (name: Uint8Array): number => hashName(publisher.seed, name, 0, name.length);
      const zone = tables.findZone(hash(apex), apex, 0, apex.length);
      const isThere = tables.find(zone, hash(owner), owner, 0, owner.length) !== 0;
      return isThere ? Promise.reject(new Error('a fault of the test')) : install.call(publisher, load, ...rest);
    };
  }

  const labels = Array.from({ length: 20 }, (_, i) => `n${i}`);

  it('with one that can not be served is served but for that one', async () => {
    failFor('n13');
    const rcodes = await asGroup(...labels);
    expect(labels.filter((_, i) => rcodes[i] !== Rcode.NOERROR)).toEqual(['n13']);
    expect(rcodes[13]).toBe(Rcode.SERVFAIL);
    expect(await answered(...labels)).toEqual(labels.filter((label) => label !== 'n13'));
  });

  it('of which none can be served is given up soon, and updates go on when they can', async () => {
    const { publisher } = whole.server;
    const { install } = publisher;
    let tries = 0;
    publisher.install = () => {
      tries++;
      return Promise.reject(new Error('a fault of the test'));
    };
    expect(new Set(await asGroup(...labels))).toEqual(new Set([Rcode.SERVFAIL]));
    expect(tries).toBeLessThan(30);
    publisher.install = install;
    expect(await add('next')).toBe(Rcode.NOERROR);
    expect(await answered(...labels, 'next')).toEqual(['next']);
  });
});

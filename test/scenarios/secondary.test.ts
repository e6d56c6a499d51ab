/** Zones that come from other people's servers: transferred, followed within seconds, with steered names on top, and what is answered when the primary is gone. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { queryMessage, UdpClient } from '../support/ask.ts';
import { itNeeds } from '../support/needs.ts';
import { freePort, type Peer } from '../support/peers.ts';
import { type PrimaryKind, PrimaryServer } from '../support/primaries.ts';
import { secondary } from '../support/secondaries.ts';
import { remove, replaceFile, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';
import { type Updater, update, writeKey } from '../support/updater.ts';

const ZONE = 'example.com.';
const SOA = 6;
const SECRET = Buffer.alloc(32, 9).toString('base64');
const KEY = { key: 'xfr', secret: SECRET };
/** Long enough for a machine that does much else. */
const PATIENCE_MS = 60_000;
const run = promisify(execFile);

const places: Workplace[] = [];
const running: { stop(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
  for (const place of places.splice(0)) remove(place);
});

/** The zone as the primary has it. */
function zoneText(serial: number, extra = '', timers = '3600 600 86400'): string {
  return `$ORIGIN ${ZONE}
$TTL 300
@ SOA ns1 hostmaster ${serial} ${timers} 60
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.80
mail A 192.0.2.25
@ MX 10 mail
alias CNAME www
${Array.from({ length: 200 }, (_, i) => `host${i} TXT "number ${i}"`).join('\n')}
${extra}
`;
}

interface Rig {
  readonly place: Workplace;
  readonly port: number;
  readonly primary: number;
  start(): Promise<SteerdProcess>;
}

/** A place for steerd whose `example.com` comes from a port of its own. @param file the operator's, if there is one */
async function rig(file?: string, more = ''): Promise<Rig> {
  const place = workplace();
  places.push(place);
  const port = await freePort();
  const primary = await freePort();
  writeFileSync(join(place.folder, 'xfr.key'), `key "xfr" { algorithm hmac-sha256; secret "${SECRET}"; };\n`, {
    mode: 0o600,
  });
  writeFileSync(
    join(place.folder, 'steerd.yaml'),
    `tsig: { key_files: [./xfr.key] }
secondary: { zones: { example.com: { primaries: [{ address: '127.0.0.1:${primary}', key: xfr }] } } }
${more}
`,
  );
  if (file !== undefined) replaceFile(join(place.zones, 'example.com.yaml'), file);
  return {
    place,
    port,
    primary,
    async start() {
      const server = await SteerdProcess.start(place, { STEERD_LISTEN: `127.0.0.1:${port}` });
      running.push(server);
      return server;
    },
  };
}

async function primary(kind: PrimaryKind, { port, primary: at }: Rig, text: string): Promise<PrimaryServer> {
  const server = await PrimaryServer.start(kind, { zone: ZONE, secondary: port, ...KEY }, text, at);
  running.push(server);
  return server;
}

async function dig(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(port), '+time=5', ...args], {
    timeout: 20_000,
  }).catch((error: { stdout: string }) => error);
  return stdout;
}

async function short(port: number, name: string, type: string): Promise<string> {
  return (await dig(port, name, type, '+short')).trim();
}

async function serial(port: number): Promise<number> {
  return Number((await short(port, ZONE, 'SOA')).split(' ')[2]);
}

async function until<T>(what: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const value = await what();
    if (wanted(value) || Date.now() > end) return value;
    await new Promise((again) => setTimeout(again, 100));
  }
}

describe('a primary is followed', () => {
  for (const [kind, program] of [
    ['knot', 'knotd'],
    ['nsd', 'nsd'],
    ['bind', 'named'],
  ] as const) {
    itNeeds(program, 'dig')(`${kind}: the zone, then what changes`, async () => {
      const at = await rig();
      const from = await primary(kind, at, zoneText(1));
      const server = await at.start();
      expect(
        await until(
          () => short(at.port, 'www.example.com', 'A'),
          (a) => a !== '',
        ),
      ).toBe('192.0.2.80');
      const first = await server.logged('zone_arrived');
      expect(first).toMatchObject({ zone: ZONE, serial: 1, kind: 'whole' });
      for (const [name, type] of [
        [ZONE, 'NS'],
        [ZONE, 'MX'],
        ['alias.example.com', 'A'],
        ['host7.example.com', 'TXT'],
      ])
        expect(await short(at.port, name, type)).toBe(await short(at.primary, name, type));
      expect(await dig(at.port, 'nothing.example.com')).toContain('NXDOMAIN');

      const told = server.log.length;
      const began = Date.now();
      from.change(zoneText(2, 'new TXT "here"').replace('192.0.2.80', '192.0.2.81'));
      expect(
        await until(
          () => short(at.port, 'new.example.com', 'TXT'),
          (text) => text !== '',
        ),
      ).toBe('"here"');
      console.info(`${kind}: a change is answered ${Date.now() - began} ms after the primary was told of it`);
      expect(await short(at.port, 'www.example.com', 'A')).toBe('192.0.2.81');
      expect(await serial(at.port)).toBe(2);
      // NSD sends the zone again: it keeps changes it was sent, not those of its files.
      const kindOfTransfer = kind === 'nsd' ? 'whole' : 'changes';
      expect(await server.logged('zone_arrived', told)).toMatchObject({ before: 1, serial: 2, kind: kindOfTransfer });
    });
  }
});

const STEERED = `www:
  type: STEER
  ttl: 20
  service: web
  group: zurich
extra:
  type: TXT
  value: ours
`;

itNeeds('knotd', 'dig')('steered names stand on top, are moved, and reach a secondary of ours', async () => {
  const secondaryPort = await freePort();
  const at = await rig(
    STEERED,
    `transfer:
  allow: [{ zones: [example.com], networks: [127.0.0.1], keys: [xfr] }]
  notify: [{ zones: [example.com], to: ['127.0.0.1:${secondaryPort}'], key: xfr }]
  coalesce: 0.5`,
  );
  const from = await primary('knot', at, zoneText(1));
  const server = await at.start();
  await until(
    () => short(at.port, 'mail.example.com', 'A'),
    (a) => a !== '',
  );
  expect(await short(at.port, 'www.example.com', 'A')).toBe('203.0.113.64');
  expect(await short(at.port, 'extra.example.com', 'TXT')).toBe('"ours"');
  await server.logged('transferable');
  const peer: Peer = await secondary('nsd', { zone: ZONE, primary: at.port, ...KEY }, secondaryPort);
  running.push(peer);
  expect(await short(secondaryPort, 'www.example.com', 'A')).toBe('203.0.113.64');

  const before = await serial(at.port);
  const { status, stderr } = steerd(at.place, ['move', 'www.example.com', '--to', 'europe', '--reason', 'test']);
  expect([status, stderr]).toEqual([0, '']);
  const moved = await short(at.port, 'www.example.com', 'A');
  expect(moved).toBe('198.51.100.64');
  expect(
    await until(
      () => short(secondaryPort, 'www.example.com', 'A'),
      (a) => a === moved,
    ),
  ).toBe(moved);
  expect(
    await until(
      () => serial(at.port),
      (now) => now > before,
    ),
  ).toBeGreaterThan(before);

  // The primary's change comes through, and the move stays.
  from.change(zoneText(2, 'new TXT "here"'));
  expect(
    await until(
      () => short(secondaryPort, 'new.example.com', 'TXT'),
      (text) => text !== '',
    ),
  ).toBe('"here"');
  expect(await short(at.port, 'www.example.com', 'A')).toBe(moved);
  const both = async (): Promise<number[]> => [await serial(secondaryPort), await serial(at.port)];
  const [there, here] = await until(both, ([theirs, ours]) => theirs === ours);
  expect(there).toBe(here);
  const shown = steerd(at.place, ['secondary', 'status', 'example.com', '--json']);
  const [item] = (JSON.parse(shown.stdout) as { items: { serial: number; served: number; state: string }[] }).items;
  expect(item).toMatchObject({ serial: 2, state: 'current', served: await serial(at.port) });
});

itNeeds(
  'knotd',
  'dig',
  'nsupdate',
)('of a zone that was its own, what updates had made is kept, told, and back when it is again', async () => {
  const own = `'': [{ type: NS, value: ns1.example.com. }]\nns1: { type: A, value: 192.0.2.53 }\n`;
  const at = await rig(own);
  const settings = join(at.place.folder, 'steerd.yaml');
  const asSecondary = readFileSync(settings, 'utf8');
  const key = writeKey(at.place, 'acme');
  const updating = `tsig: { key_files: [./xfr.key, ${key}] }\nupdate: { allow: [{ keys: [acme] }] }\n`;
  writeFileSync(settings, updating);
  const before = await at.start();
  const by: Updater = { program: 'nsupdate', port: at.port, zone: ZONE, key: 'acme' };
  expect(await update(by, 'update add host7.example.com. 60 TXT "updated"')).toBe('NOERROR');
  expect(await update(by, 'update add only.example.com. 60 TXT "updated"')).toBe('NOERROR');
  await before.stop();
  running.splice(running.indexOf(before), 1);

  replaceFile(join(at.place.zones, 'example.com.yaml'), 'extra: { type: TXT, value: ours }\n');
  writeFileSync(settings, `${updating}${asSecondary.split('\n').slice(1).join('\n')}`);
  const from = await primary('knot', at, zoneText(1));
  const server = await at.start();
  expect(await server.logged('zone_warning')).toMatchObject({
    msg: expect.stringMatching(/example\.com\. comes from another server, which hides .* \(2 RRsets\)/),
  });
  expect(
    await until(
      () => short(at.port, 'host7.example.com', 'TXT'),
      (text) => text !== '',
    ),
  ).toBe('"number 7"');
  expect(await dig(at.port, 'only.example.com', 'TXT')).toContain('NXDOMAIN');
  expect(await update(by, 'update add more.example.com. 60 TXT "updated"')).toBe('NOTAUTH');
  const listed = steerd(at.place, ['updates', ZONE]).stdout;
  expect(listed.match(/no: the zone comes from another server/g)).toHaveLength(2);
  const exported = steerd(at.place, ['export', 'example.com']).stdout;
  expect(
    exported.match(/^; of dynamic updates .*, not answered \(the zone comes from another server\): /gm),
  ).toHaveLength(2);
  expect(exported).not.toMatch(/^(host7|only) /m);
  await server.stop();
  running.splice(running.indexOf(server), 1);
  await from.stop();
  running.splice(running.indexOf(from), 1);

  writeFileSync(settings, updating);
  replaceFile(join(at.place.zones, 'example.com.yaml'), own);
  await at.start();
  for (const name of ['host7', 'only']) expect(await short(at.port, `${name}.example.com`, 'TXT')).toBe('"updated"');
});

itNeeds('knotd', 'dig')('a zone of dnssec.zones is signed here', async () => {
  const at = await rig(STEERED, 'dnssec: { zones: { example.com: ecdsap256sha256 } }');
  await primary('knot', at, zoneText(1));
  await at.start();
  await until(
    () => short(at.port, 'mail.example.com', 'A'),
    (a) => a !== '',
  );
  for (const name of ['mail.example.com', 'www.example.com'])
    expect(await dig(at.port, name, 'A', '+dnssec')).toMatch(/\sRRSIG\s+A 13 3 /);
  expect(await dig(at.port, ZONE, 'DNSKEY', '+short')).toMatch(/^257 3 13 /);
});

itNeeds('named', 'dig')('without its primary a zone is answered, over a restart too, until it expires', async () => {
  const at = await rig();
  const timers = '2 1 6';
  const text = zoneText(7, '', timers);
  const from = await primary('bind', at, text);
  const server = await at.start();
  await until(
    () => short(at.port, 'www.example.com', 'A'),
    (a) => a !== '',
  );
  await from.stop();
  running.splice(running.indexOf(from), 1);
  await server.stop();
  running.splice(running.indexOf(server), 1);
  const again = await at.start();
  expect(await dig(at.port, 'www.example.com')).toMatch(/192\.0\.2\.80|SERVFAIL/);
  const expired = await until(
    () => dig(at.port, 'www.example.com'),
    (answer) => answer.includes('SERVFAIL'),
  );
  expect(expired).toMatch(/EDE: 24/);
  expect(await dig(at.port, '+tcp', 'nothing.example.com')).toContain('SERVFAIL');
  expect(await dig(at.port, 'www.example.net', 'A')).toContain('NOERROR');
  expect(await again.logged('secondary')).toBeDefined();
  const shown = steerd(at.place, ['secondary', 'status']);
  expect(shown.stdout).toMatch(/example\.com\. +expired/);
  await primary('bind', at, text);
  expect(
    await until(
      () => short(at.port, 'www.example.com', 'A'),
      (a) => a !== '',
    ),
  ).toBe('192.0.2.80');
  expect(await serial(at.port)).toBe(7);
});

it('a flood of notifications has the primary asked once a second at most, and once more after the last', async () => {
  const asked: number[] = [];
  const refuses = createServer((socket) => {
    asked.push(performance.now());
    socket.on('error', () => {});
    // REFUSED, by the same header.
    socket.on('data', (query: Buffer) => {
      const reply = Buffer.from(query);
      reply[4] = 0x80 | reply[4];
      reply[5] = 5;
      socket.end(reply);
    });
  });
  const at = await rig();
  writeFileSync(
    join(at.place.folder, 'steerd.yaml'),
    `secondary: { zones: { example.com: { primaries: [{ address: '127.0.0.1:${at.primary}' }] } } }\n`,
  );
  await new Promise<void>((resolve) => refuses.listen(at.primary, '127.0.0.1', resolve));
  const client = await UdpClient.open(4, '127.0.0.1');
  try {
    await at.start();
    await expect.poll(() => asked.length, { timeout: PATIENCE_MS }).toBeGreaterThan(0);
    const to = { host: '127.0.0.1', port: at.port };
    const began = performance.now();
    const first = asked.length;
    let accepted = 0;
    for (let id = 1; performance.now() - began < 4000; id++) {
      const notify = queryMessage(id, ZONE, SOA);
      notify[2] = 0x24;
      accepted += await client.send(to, notify, 1000).then(
        ({ rcode }) => (rcode === 0 ? 1 : 0),
        () => 0,
      );
    }
    const ended = performance.now();
    const times = (): number[] => asked.slice(first);
    await expect.poll(() => times().some((time) => time > ended), { timeout: PATIENCE_MS }).toBe(true);
    // Beside those that notifications lead to there are those of its own: after 2 s, 4 s and so on.
    const seconds = ((times().at(-1) ?? ended) - began) / 1000;
    console.info(`${accepted} notifications in ${Math.round(ended - began)} ms: asked ${times().length} times`);
    expect(accepted).toBeGreaterThan(20);
    expect(times().length).toBeLessThanOrEqual(seconds + 1 + Math.log2(seconds + 2) + 1);
  } finally {
    client.close();
    refuses.close();
  }
});

itNeeds('knotd', 'dig')('a retransfer stays wanted until the zone has come, over a restart too', async () => {
  const at = await rig();
  const text = zoneText(5, '', '2 1 3600');
  const from = await primary('knot', at, text);
  const server = await at.start();
  await until(
    () => short(at.port, 'www.example.com', 'A'),
    (a) => a !== '',
  );
  const state = async (): Promise<string> => steerd(at.place, ['secondary', 'status', 'example.com']).stdout;
  expect(await state()).not.toContain('wanted');
  await from.stop();
  running.splice(running.indexOf(from), 1);
  expect(steerd(at.place, ['secondary', 'retransfer', 'example.com']).status).toBe(0);
  const wanted = /failing, retransfer wanted/;
  expect(await until(state, (told) => wanted.test(told))).toMatch(wanted);
  await server.stop();
  running.splice(running.indexOf(server), 1);
  const again = await at.start();
  expect(await until(state, (told) => wanted.test(told))).toMatch(wanted);

  // The same serial, so without the wish nothing would be transferred.
  await primary('knot', at, text);
  expect(await again.logged('zone_arrived')).toMatchObject({ before: 5, serial: 5, kind: 'whole' });
  const isCurrent = (told: string): boolean => / current /.test(told) && !told.includes('wanted');
  expect(await until(state, isCurrent)).toSatisfy(isCurrent);
});

itNeeds('knotd', 'dig')('what came and could not be kept comes again, and is answered', async () => {
  const at = await rig();
  const from = await primary('knot', at, zoneText(1));
  const server = await at.start();
  await until(
    () => short(at.port, 'www.example.com', 'A'),
    (a) => a !== '',
  );
  // Nothing can be put in a folder's place.
  const images = join(at.place.state, 'secondary');
  const image = join(images, readdirSync(images).find((name) => name.endsWith('.image'))!);
  rmSync(image);
  mkdirSync(image);
  const told = server.log.length;
  from.change(zoneText(2, 'new TXT "here"'));
  await until(
    () => serial(at.primary),
    (now) => now === 2,
  );
  steerd(at.place, ['secondary', 'retransfer', 'example.com']);
  expect(await server.logged('zone_arrived', told)).toMatchObject({ serial: 2, problem: expect.any(String) });
  expect(await short(at.port, 'www.example.com', 'A')).toBe('192.0.2.80');
  rmdirSync(image);
  steerd(at.place, ['secondary', 'retransfer', 'example.com']);
  expect(
    await until(
      () => short(at.port, 'new.example.com', 'TXT'),
      (text) => text !== '',
    ),
  ).toBe('"here"');
  expect(await serial(at.port)).toBe(2);
});

/** Files edited while the server answers. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UdpClient } from '../support/ask.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const A = 1;
const SOA = 6;
const ANYCAST = '192.0.2.64';
const EUROPE = '198.51.100.64';

let place: Workplace;
let server: SteerdProcess;
let client: UdpClient;

async function start(env: Record<string, string> = {}, at = workplace()): Promise<void> {
  place = at;
  server = await SteerdProcess.start(place, env);
  client = await UdpClient.open();
}

afterEach(async () => {
  client.close();
  await server.stop();
  remove(place);
});

const address = async (name: string): Promise<string | undefined> =>
  (await client.ask(server.address, name, A)).addresses[0];

/** Asks until the answer is `wanted`. @returns milliseconds it took */
async function until(name: string, wanted: string | undefined): Promise<number> {
  const began = performance.now();
  for (;;) {
    const is = await address(name);
    if (is === wanted) return performance.now() - began;
    if (performance.now() - began > 60_000) throw new Error(`${name} is still ${is}, not ${wanted}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}

async function serial(zone: string): Promise<number> {
  const { message } = await client.ask(server.address, zone, SOA);
  return message.readUInt32BE(message.length - 20);
}

const net = (): string => join(place.zones, 'example.net.yaml');
const toEurope = (text: string): string => text.replace('service: web, group: anycast', 'service: web, group: europe');

describe('an edit', () => {
  it('moves a host under load: no query lost, every answer old or new, and never back', async () => {
    await start();
    const clients = await Promise.all(Array.from({ length: 8 }, () => UdpClient.open()));
    const seen: string[][] = clients.map(() => []);
    let stop = false;
    const asking = clients.map(async (c, i) => {
      while (!stop) seen[i].push((await c.ask(server.address, 'www.example.net', A)).addresses[0]);
    });
    /** Waits until every client has so many answers more. */
    const more = async (): Promise<void> => {
      const before = seen.map((answers) => answers.length);
      await expect.poll(() => seen.every((answers, i) => answers.length > before[i] + 20)).toBe(true);
    };
    await more();
    editFile(net(), toEurope);
    const took = await until('www.example.net', EUROPE);
    await more();
    stop = true;
    await Promise.all(asking);
    for (const c of clients) c.close();
    for (const answers of seen) {
      const first = answers.indexOf(EUROPE);
      expect(first).toBeGreaterThan(0);
      expect(new Set(answers.slice(0, first))).toEqual(new Set([ANYCAST]));
      expect(new Set(answers.slice(first))).toEqual(new Set([EUROPE]));
    }
    console.log(`${seen.flat().length} answers; new answer ${Math.round(took)} ms after the rename`);
    const loaded = await server.logged('loaded');
    expect(loaded.detail).toContain(
      '- www.example.net. 60 IN STEER web anycast\n  + www.example.net. 60 IN STEER web europe',
    );
  });

  it('is noticed when the file is written in place, and when the kubelet swaps a link', async () => {
    const at = workplace('network');
    const zone =
      "'': { type: NS, value: ns1 }\nns1: { type: A, value: 192.0.2.53 }\nwww: { type: STEER, service: web, group: anycast }\n";
    const files = { 'network.yaml': readFileSync(join(at.zones, 'network.yaml'), 'utf8'), 'kube.example.yaml': zone };
    // A ConfigMap volume: files are links into ..data, which is a link to a directory that is replaced.
    rmSync(join(at.zones, 'network.yaml'));
    const version = (n: number, content: Record<string, string>): void => {
      mkdirSync(join(at.zones, `..v${n}`));
      for (const [name, text] of Object.entries(content)) writeFileSync(join(at.zones, `..v${n}`, name), text);
      symlinkSync(`..v${n}`, join(at.zones, '..next'));
      renameSync(join(at.zones, '..next'), join(at.zones, '..data'));
    };
    version(1, files);
    for (const name of Object.keys(files)) symlinkSync(`..data/${name}`, join(at.zones, name));
    await start({}, at);
    expect(await address('www.kube.example')).toBe(ANYCAST);
    version(2, { ...files, 'kube.example.yaml': toEurope(zone) });
    await until('www.kube.example', EUROPE);
    writeFileSync(join(at.zones, '..v2', 'kube.example.yaml'), zone);
    // Written behind the links: that directory is not watched, but a signal is enough.
    server.signal('SIGHUP');
    await until('www.kube.example', ANYCAST);
    writeFileSync(join(at.zones, 'plain.example.yaml'), zone);
    await until('www.plain.example', ANYCAST);
    writeFileSync(join(at.zones, 'plain.example.yaml'), toEurope(zone));
    await until('www.plain.example', EUROPE);
  });

  it('adds and removes zones, and survives the whole directory being replaced', async () => {
    await start();
    const zone = "'': { type: NS, value: ns.example.net. }\nwww: { type: STEER, service: web, group: europe }\n";
    writeFileSync(join(place.zones, 'new.example.yaml'), zone);
    await until('www.new.example', EUROPE);
    rmSync(join(place.zones, 'new.example.yaml'));
    await until('www.new.example', undefined);
    expect((await client.ask(server.address, 'www.new.example', A)).rcode).toBe(5);
    const next = join(place.folder, 'next');
    mkdirSync(next);
    for (const name of ['network.yaml', 'example.net.yaml', 'example.org.zone']) {
      writeFileSync(join(next, name), toEurope(readFileSync(join(place.zones, name), 'utf8')));
    }
    renameSync(place.zones, join(place.folder, 'old'));
    renameSync(next, place.zones);
    await until('www.example.net', EUROPE);
    editFile(net(), (text) =>
      text.replace(
        'www:\n  - { type: STEER, service: web, group: europe',
        'www:\n  - { type: STEER, service: web, group: anycast',
      ),
    );
    await until('www.example.net', ANYCAST);
  });

  it('of the network gives names other addresses, without touching a zone', async () => {
    await start();
    const before = await serial('example.net');
    editFile(join(place.zones, 'network.yaml'), (text) => text.replace('{ vip: 64 }', '{ vip: 65 }'));
    await until('www.example.net', '192.0.2.65');
    expect(await serial('example.net')).toBe(before);
  });

  it('with a mistake changes nothing, is told with its place, and the repair is taken', async () => {
    await start();
    editFile(net(), (text) => `${toEurope(text)}broken: { type: STEER, service: web, group: zürich }\n`);
    const refused = await server.logged('reload_refused');
    const line = readFileSync(net(), 'utf8').split('\n').length - 1;
    expect(refused.detail).toMatch(new RegExp(`example\\.net\\.yaml:${line}:\\d+: error: .*zürich`));
    expect(await address('www.example.net')).toBe(ANYCAST);
    editFile(net(), (text) => text.replace(/^broken.*\n/m, ''));
    await until('www.example.net', EUROPE);
  });

  it('waits for SIGHUP without watching, and diff shows it beforehand', async () => {
    await start({ STEERD_RELOAD_WATCH: 'false' });
    expect(steerd(place, ['diff'])).toMatchObject({ status: 0, stdout: 'no changes\n' });
    editFile(net(), toEurope);
    const shown = steerd(place, ['diff']);
    expect(shown.stdout).toContain(
      '- www.example.net. 60 IN STEER web anycast\n  + www.example.net. 60 IN STEER web europe',
    );
    expect(shown.status).toBe(1);
    expect(JSON.parse(steerd(place, ['diff', '--json']).stdout)).toMatchObject({ ok: true, changes: { changed: 1 } });
    // Looking changes nothing.
    expect(await address('www.example.net')).toBe(ANYCAST);
    server.signal('SIGHUP');
    await until('www.example.net', EUROPE);
    expect(steerd(place, ['diff']).status).toBe(0);
    editFile(net(), (text) => `${text}www: { type: A, value: 192.0.2.1 }\n`);
    expect(steerd(place, ['diff'])).toMatchObject({ status: 2, stderr: expect.stringContaining('example.net.yaml:') });
  });

  it('grows the serial, which a restart without one keeps', async () => {
    await start();
    const first = await serial('example.net');
    const second = await serial('example.org');
    editFile(net(), toEurope);
    await until('www.example.net', EUROPE);
    const grown = await serial('example.net');
    expect(grown).toBeGreaterThan(first);
    await server.stop();
    server = await SteerdProcess.start(place);
    expect([await serial('example.net'), await serial('example.org')]).toEqual([grown, second]);
    await server.stop();
    editFile(join(place.zones, 'example.org.zone'), (text) => `${text}more IN A 192.0.2.9\n`);
    server = await SteerdProcess.start(place);
    expect([await serial('example.net'), (await serial('example.org')) > second]).toEqual([grown, true]);
  });
});

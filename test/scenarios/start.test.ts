/** Starting, and what keeps a server from it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UdpClient } from '../support/ask.ts';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const places: Workplace[] = [];
const servers: SteerdProcess[] = [];

function place(): Workplace {
  const made = workplace();
  places.push(made);
  return made;
}

async function start(at: Workplace, env: Record<string, string> = {}): Promise<SteerdProcess> {
  const server = await SteerdProcess.start(at, env);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const made of places.splice(0)) remove(made);
});

describe('a second server', () => {
  it('on the same state directory is refused, also after the first was killed and restarted', async () => {
    const at = place();
    const first = await start(at);
    await expect(start(at)).rejects.toThrow(`another steerd (process ${first.pid}) uses the state directory`);
    await first.kill();
    await start(at);
  });

  it('on the same port is refused, and the first goes on', async () => {
    const first = await start(place());
    const listen = `127.0.0.1:${first.address.port}`;
    await expect(start(place(), { STEERD_LISTEN: listen })).rejects.toThrow(
      `not started: UDP ${listen} is in use by another program`,
    );
    const client = await UdpClient.open();
    expect((await client.ask(first.address, 'www.example.net', 1)).addresses).toEqual(['192.0.2.64']);
    client.close();
  });
});

describe('a start', () => {
  it('says where its API is, where its first token, and three commands to try', async () => {
    const at = place();
    const program = join(import.meta.dirname, '../../bin/steerd.mjs');
    const env = {
      ...process.env,
      STEERD_ZONES: at.zones,
      STEERD_STATE_DIR: at.state,
      STEERD_LISTEN: '127.0.0.1:0',
      STEERD_API_LISTEN: '127.0.0.1:0',
    };
    const child = spawn(process.execPath, [program, 'serve'], { cwd: at.folder, env });
    let text = '';
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    try {
      const tried = [
        'try:',
        '  dig @127\\.0\\.0\\.1 -p \\d+ www\\.example\\.net \\+short',
        '  npm run -s steerd -- move www\\.example\\.net --to europe --reason demo',
        '  dig @127\\.0\\.0\\.1 -p \\d+ www\\.example\\.net \\+short',
      ];
      await expect.poll(() => text).toMatch(new RegExp(tried.join('\n')));
      expect(text).toMatch(/^API on http:\/\/127\.0\.0\.1:\d+ \(described at \/docs\)$/m);
      expect(text).toContain(`made a first operator token in ${join(at.state, 'operator.token')};`);
    } finally {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
  });

  it('keeps what is secret to its user', async () => {
    const at = place();
    await start(at);
    for (const file of ['hash-seed', 'serials.json', 'lock'])
      expect(statSync(join(at.state, file)).mode & 0o777, file).toBe(0o600);
    expect(statSync(at.state).mode & 0o777).toBe(0o700);
    const seed = readFileSync(join(at.state, 'hash-seed'), 'utf8');
    await servers.pop()?.stop();
    await start(at);
    expect(readFileSync(join(at.state, 'hash-seed'), 'utf8')).toBe(seed);
  });

  it.each([
    [
      'a state directory that is a file',
      (at: Workplace) => {
        writeFileSync(at.state, '');
        return {};
      },
      /not started: the state directory .* can't be used/,
    ],
    [
      'an address this machine does not have',
      () => ({ STEERD_LISTEN: '192.0.2.1:0' }),
      /this machine does not have the address 192\.0\.2\.1/,
    ],
    ['an unknown variable', () => ({ STEERD_LISEN: '127.0.0.1:0' }), /STEERD_LISEN.*STEERD_LISTEN/],
    [
      'a zones directory that is not there',
      (at: Workplace) => ({ STEERD_ZONES: join(at.folder, 'nowhere') }),
      /nowhere: error: can't be read/,
    ],
    ['a forced state of a group that is not there', () => ({ STEERD_STATES: 'paris=down' }), /there is no group paris/],
    [
      'a broken serials file',
      (at: Workplace) => {
        void at;
        return {};
      },
      undefined,
    ],
  ])('with %s', async (_what, prepare, refused) => {
    const at = place();
    const env = prepare(at);
    if (refused === undefined) {
      const server = await start(at, env);
      await server.stop();
      writeFileSync(join(at.state, 'serials.json'), '{ half');
      chmodSync(join(at.state, 'serials.json'), 0o600);
      await start(at, env);
    } else await expect(start(at, env)).rejects.toThrow(refused);
  });

  it('under forced states answers by them', async () => {
    const server = await start(place(), { STEERD_STATES: 'zurich=drained,web/anycast=down' });
    const client = await UdpClient.open();
    expect((await client.ask(server.address, 'shop.example.net', 28)).addresses).toEqual([
      '20010db8001800000000000000000064',
    ]);
    // Anycast is the top of the ladder: nothing to fall back to, so the declared answer stays.
    expect((await client.ask(server.address, 'www.example.net', 1)).addresses).toEqual(['192.0.2.64']);
    client.close();
  });

  it('survives a SIGHUP before it is ready', async () => {
    const at = place();
    const starting = start(at);
    const again = setInterval(() => servers[0]?.signal('SIGHUP'), 5);
    const server = await starting;
    clearInterval(again);
    const client = await UdpClient.open();
    expect((await client.ask(server.address, 'www.example.net', 1)).rcode).toBe(0);
    client.close();
  });
});

describe('the command line', () => {
  it.each([
    [['nonsense'], 2, 'there is no command nonsense'],
    [['check', '--nonsense'], 2, '--nonsense'],
    [['query'], 2, 'query takes a name'],
    [['export', 'no.such.zone'], 1, 'there is no zone no.such.zone.'],
    [['diff'], 2, 'no steerd runs with the state directory'],
    [['explain', '--offline', 'x', '--type', 'NOPE'], 2, '--type NOPE is no record type'],
  ])('%j ends with %i and says why', (args, status, message) => {
    const run = steerd(place(), args);
    expect(run.status).toBe(status);
    expect(run.stderr).toContain(message);
  });

  it('exports what it imports', () => {
    const at = place();
    const text = steerd(at, ['export', 'example.net']).stdout;
    writeFileSync(join(at.folder, 'net.zone'), text);
    expect(steerd(at, ['import', 'net.zone', '--zone', 'example.net', '--output', 'net.yaml'])).toMatchObject({
      status: 0,
    });
    const other = workplace('network');
    places.push(other);
    writeFileSync(join(other.zones, 'example.net.yaml'), readFileSync(join(at.folder, 'net.yaml')));
    const lines = (t: string): string[] =>
      t
        .split('\n')
        .map((l) => l.replaceAll(/\s+/g, ' ').trim())
        .sort();
    // Owners are left out where they repeat, so records are compared through a diff of the two directories.
    expect(steerd(at, ['diff', at.zones, other.zones]).stdout).toContain('0 changed, 0 added');
    expect(lines(steerd(other, ['export', 'example.net']).stdout).length).toBe(lines(text).length);
    expect(steerd(at, ['import', 'net.zone', '--zone', 'example.net', '--output', 'net.yaml']).stderr).toContain(
      '--force overwrites it',
    );
  });

  it('explains with reasons', () => {
    const at = place();
    expect(steerd(at, ['explain', '--offline', 'shop.example.net'], { STEERD_STATES: 'zurich=down' }).stdout).toContain(
      'zurich: ipv6 down (forced) -> switzerland: up (served by the failed site too)',
    );
    expect(steerd(at, ['explain', '--offline', 'blog.example.net', '--type', 'A']).stdout).toContain(
      'CNAME to www.example.net.',
    );
    const json = JSON.parse(
      steerd(at, ['explain', '--offline', 'x.apps.example.net', '--json', '--client', '192.0.2.9']).stdout,
    ) as { steps: unknown[] };
    expect(json.steps).toMatchObject([
      { result: 'steered', wildcard: '*.apps.example.net.', group: { ipv4: 'switzerland' } },
    ]);
  });

  it('asks with a client that is not ours, and is healthy', async () => {
    const at = place();
    const server = await start(at);
    const to = `127.0.0.1:${server.address.port}`;
    expect(steerd(at, ['query', 'shop.example.net', 'AAAA', '--server', to, '--short']).stdout.trim()).toMatch(
      /^2001:db8:19:(0:)*:?64$/,
    );
    expect(
      JSON.parse(steerd(at, ['query', 'blog.example.net', '--server', to, '--tcp', '--json']).stdout),
    ).toMatchObject({ rcode: 'NOERROR', authoritative: true });
    expect(steerd(at, ['query', 'nope.example.net', '--server', to])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('NXDOMAIN'),
    });
    expect(steerd(at, ['alive'], { STEERD_LISTEN: to })).toMatchObject({ status: 0, stdout: 'answers\n' });
    expect(JSON.parse(steerd(at, ['version', '--json']).stdout)).toMatchObject({ steerd: expect.any(String) });
  });
});

/** The commands that ask the API, as an operator types them. */
import { spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiCaller } from '../support/api.ts';
import { UdpClient } from '../support/ask.ts';
import {
  type Ended,
  editFile,
  remove,
  SteerdProcess,
  steerd,
  type Workplace,
  workplace,
} from '../support/steerd-process.ts';

const A = 1;
const WWW = 'www.example.net';

let place: Workplace;
let server: SteerdProcess;
let client: UdpClient;

beforeAll(async () => {
  place = workplace();
  editFile(
    join(place.zones, 'example.net.yaml'),
    (text) => `${text}quick: { type: STEER, service: web, group: anycast, ttl: 6 }\n`,
  );
  server = await SteerdProcess.start(place);
  client = await UdpClient.open();
});

afterAll(async () => {
  client.close();
  await server.stop();
  remove(place);
});

const run = (...args: string[]): Ended => steerd(place, args);
/** Output of a command that must succeed. */
function said(...args: string[]): string {
  const { status, stdout, stderr } = run(...args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}
const address = async (name = WWW) => (await client.ask(server.address, name, A)).addresses[0];

describe('moving', () => {
  it('finds the first token by itself, which nobody else may read', async () => {
    expect(statSync(join(place.state, 'operator.token')).mode & 0o777).toBe(0o600);
    expect(statSync(join(place.state, 'steerd.db')).mode & 0o777).toBe(0o600);
    const text = said('move', WWW, '--to', 'europe', '--reason', 'demo');
    expect(await address()).toBe('198.51.100.64');
    expect(text).toMatch(/^move 1: 1 host to europe\n/);
    expect(text).toMatch(/www\.example\.net +192\.0\.2\.64 -> 198\.51\.100\.64 +2001:db8:16::64 -> 2001:db8:17::64/);
    expect(text).toMatch(/moving: new answers are served; old ones run out by \d{4}-/);
  });

  it('shows hosts, one host, and why', () => {
    const hosts = said('hosts', '*.example.net');
    expect(hosts).toMatch(/^HOST +SERVICE +GROUP +A +AAAA +TTL/);
    expect(hosts).toMatch(/www\.example\.net +web +europe +198\.51\.100\.64 +2001:db8:17::64 +60 +moved from anycast/);
    expect(hosts).toMatch(/4 hosts$/m);
    expect(said('hosts', '--group', 'zurich')).toMatch(/shop.*\n1 host$/m);
    const host = said('host', WWW);
    expect(host).toMatch(/declared +anycast\n +now +europe/);
    expect(host).toContain('moved to europe by move 1 (operator: demo)');
    const explained = said('explain', 'blog.example.net');
    expect(explained).toMatch(/blog\.example\.net\. .*CNAME to www/);
    expect(explained).toContain('ipv4 moved to europe by move 1 (operator: demo)');
    expect(explained).toContain('A    198.51.100.64, TTL 60');
    // The files say what was declared.
    expect(said('explain', 'blog.example.net', '--offline')).toContain('A    192.0.2.64, TTL 60');
    expect(JSON.parse(said('hosts', '--json'))).toHaveLength(6);
    expect(JSON.parse(said('host', WWW, '--json'))).toMatchObject({ effective: { ipv4: 'europe' } });
    expect(JSON.parse(said('explain', WWW, '--json')).steps[0].families.ipv4.group).toBe('europe');
  });

  it('selects, tries out, and takes back', async () => {
    const dry = said(
      'move',
      '--glob',
      '*.net',
      '--from',
      'switzerland',
      '--to',
      'anycast',
      '--reason',
      'x',
      '--dry-run',
    );
    expect(dry).toMatch(/^dry run: would move 1 host to anycast\n/);
    expect(dry).toMatch(/nothing was changed; new answers would begin at once, and old ones run out by \d/);
    expect(await address('a.apps.example.net')).toBe('203.0.113.64');
    said('move', '--from', 'switzerland', '--to', 'anycast', '--reason', 'x', '--family', 'ipv4');
    expect(await address('a.apps.example.net')).toBe('192.0.2.64');
    const moves = said('moves');
    expect(moves).toMatch(/^MOVE +ASKED AT \(UTC\) +STATUS +KIND +HOSTS +TO +BY +REASON\n2 /);
    expect(said('moves', '2')).toContain('*.apps.example.net');
    expect(said('moves', '2', '--hosts')).toBe('*.apps.example.net\n');
    expect(said('revert', '2', '--reason', 'wrong')).toMatch(/^revert 3 of move 2: 1 host\n/);
    expect(await address('a.apps.example.net')).toBe('203.0.113.64');
    expect(said('revert', WWW, '--reason', 'enough')).toMatch(/^return 4: 1 host\n/);
    expect(await address()).toBe('192.0.2.64');
    expect(said('moves', '--status', 'reverted')).toMatch(/1 move$/m);
    const at = said(
      'move',
      WWW,
      '--to',
      'europe',
      '--reason',
      'later',
      '--at',
      '+1h',
      '--expires',
      '2h',
      '--hold',
      '0',
    );
    expect(at).toMatch(/pending: begins at/);
    said('revert', '5', '--reason', 'no');
  });

  it('watches until old answers have run out', async () => {
    // Pending and moving last six seconds each: several looks, also where one takes seconds.
    const prepared = ['--prepare-ttl', '6', '--watch'];
    const text = said('move', 'quick.example.net', '--to', 'europe', '--reason', 'x', ...prepared);
    expect(text).toMatch(/pending: a short TTL is served, new answers begin at/);
    expect(text).toMatch(/moving \[[#-]{24}\] +\d+ % +\d+ s left +/);
    expect(text).toMatch(/settling: old answers have run out; the old VIPs must serve until/);
    expect(await address('quick.example.net')).toBe('198.51.100.64');
    expect(said('moves', '6', '--watch')).toMatch(/^settling \[#{24}\] 100 %/);
  });

  it('says what was typed wrong', () => {
    for (const [args, message, status] of [
      [['move', WWW, '--to', 'europe'], /needs --to and --reason/, 2],
      [['move', '--to', 'europe', '--reason', 'x'], /takes host names, or --zone/, 2],
      [['move', WWW, '--glob', '*', '--to', 'europe', '--reason', 'x'], /one of both/, 2],
      [['move', WWW, '--to', 'mars', '--reason', 'x'], /there is no group mars; known: anycast, europe/, 1],
      [
        ['move', 'a.example.net', 'b.example.net', '--to', 'europe', '--reason', 'x'],
        /a\.example\.net is no steered host.*\n {2}b\.example\.net/,
        1,
      ],
      [['move', WWW, '--to', 'europe', '--reason', 'x', '--at', 'noon'], /--at noon: write a time/, 2],
      [['move', WWW, '--to', 'europe', '--reason', 'x', '--family', 'ipv5'], /families/, 1],
      [['revert', '77', '--reason', 'x'], /there is no move 77/, 1],
      [['revert', '77'], /and --reason/, 2],
      [['group', 'zurich', 'up'], /needs --reason/, 2],
      [['group', 'zurich', 'gone', '--reason', 'x'], /gone is no state/, 2],
      [['group', 'mars'], /there is no group mars/, 1],
      [['hosts', '--limit', '0'], /write a whole number/, 2],
      [['host', 'nobody.example.net'], /no steered host/, 1],
      [['token', 'create', 'x'], /needs --role/, 2],
      [['token', 'revoke', 'nobody'], /there is no token nobody in use/, 1],
      [['token'], /token takes list/, 2],
    ] as [string[], RegExp, number][]) {
      const ended = run(...args);
      expect(ended.stderr, args.join(' ')).toMatch(message);
      expect(ended.status, args.join(' ')).toBe(status);
    }
  });
});

describe('groups', () => {
  it('are listed, drained, and looked at before routes are withdrawn', async () => {
    expect(said('groups')).toMatch(/^GROUP +PARENT +IPV4 +IPV6 +FORCED +A ANSWERS +AAAA ANSWERS\nanycast/);
    expect(said('group', 'zurich', 'drain', '--reason', 'works', '--expires', '1h')).toMatch(
      /zurich is drained until .*: every answer follows it now/,
    );
    expect((await client.ask(server.address, 'shop.example.net', 28)).addresses[0]).toBe(
      '20010db8001800000000000000000064',
    );
    const shown = said('group', 'zurich');
    expect(shown).toMatch(/forced drained until .* \(operator: works\)/);
    expect(shown).toMatch(/its routes must stay:\n +ipv6: answers pointed at its VIPs lately.*\(until /);
    expect(said('services')).toMatch(/web +zurich +ipv6 +2001:db8:19::64 +drained \(forced\)/);
    said('group', 'zurich', 'auto', '--reason', 'done');
    said('group', 'zurich', 'down', '--service', 'web', '--family', 'ipv6', '--reason', 'x');
    expect(said('services')).toMatch(/zurich .* down \(forced\)/);
    said('group', 'zurich', 'auto', '--service', 'web', '--family', 'ipv6', '--reason', 'x');
    expect(said('services')).not.toMatch(/forced/);
  });
});

describe('who did what', () => {
  it('is in the audit trail', () => {
    const text = said('audit', '--limit', '100');
    expect(text).toMatch(/^TIME \(UTC\) +WHO +WHAT +ABOUT +WHY\n/);
    expect(text).toMatch(/operator +move +move 1: 1 host to europe +demo/);
    expect(text).toMatch(/operator +state +zurich drained +works/);
  });

  it('tokens are made by who may open the control socket', () => {
    const made = run('token', 'create', 'robot', '--role', 'viewer', '--expires', '1h');
    expect(made.stderr).toMatch(/token robot \(viewer\); it is shown this once/);
    const STEERD_TOKEN = made.stdout.trim();
    expect(steerd(place, ['hosts'], { STEERD_TOKEN }).status).toBe(0);
    const refused = steerd(place, ['move', WWW, '--to', 'europe', '--reason', 'x'], { STEERD_TOKEN });
    expect(refused.stderr).toMatch(/needs the role operator; the token robot has viewer/);
    expect(said('token', 'list')).toMatch(/robot +[0-9a-f]{8} +viewer +.* until /);
    expect(said('token', 'revoke', 'robot')).toBe('token robot is revoked\n');
    expect(steerd(place, ['hosts'], { STEERD_TOKEN }).stderr).toMatch(/token is not in use/);
    expect(said('audit')).toMatch(/local +token-revoke +robot/);
  });

  it('events come as they happen', async () => {
    const program = resolve(import.meta.dirname, '../../bin/steerd.mjs');
    const env = { ...process.env, STEERD_ZONES: place.zones, STEERD_STATE_DIR: place.state };
    const child = spawn(process.execPath, [program, 'events', '--json'], { cwd: place.folder, env });
    let text = '';
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    try {
      // Nothing tells when it has begun to listen, so there is something to hear until it is heard.
      const heard = async (): Promise<string> => {
        said('move', WWW, '--to', 'switzerland', '--reason', 'look');
        await new Promise((later) => setTimeout(later, 100));
        return text;
      };
      await expect.poll(heard).toMatch(/^\{"event":"move","data":\{.*"reason":"look"/m);
    } finally {
      child.kill();
    }
  });
});

describe('without a server', () => {
  it('events end with what happened when it stops', async () => {
    const other = workplace();
    const short = await SteerdProcess.start(other);
    const program = resolve(import.meta.dirname, '../../bin/steerd.mjs');
    const env = { ...process.env, STEERD_ZONES: other.zones, STEERD_STATE_DIR: other.state };
    const child = spawn(process.execPath, [program, 'events'], { cwd: other.folder, env });
    const ended = new Promise((done) => child.once('exit', done));
    const said = { text: '', error: '' };
    child.stdout.on('data', (piece: Buffer) => {
      said.text += piece.toString();
    });
    child.stderr.on('data', (piece: Buffer) => {
      said.error += piece.toString();
    });
    const moving = async (): Promise<string> => {
      // Many times, until somebody listens: guards would hold a host that moves so often.
      await ApiCaller.of(short, other).move({ hosts: [WWW], to: 'europe', force: true });
      return said.text;
    };
    await expect.poll(moving).toContain('move {');
    await short.stop();
    expect(await ended).toBe(1);
    expect(said.error).toMatch(/^steerd: the API at http:\/\/127\.0\.0\.1:\d+ was cut off: .+\n$/);
    remove(other);
  });

  it('commands say so', async () => {
    const other = workplace();
    try {
      const env = { STEERD_API_LISTEN: '127.0.0.1:1' };
      expect(steerd(other, ['hosts'], env).stderr).toMatch(
        /no answer from the API at http:\/\/127\.0\.0\.1:1: nothing listens there; is steerd running\?/,
      );
      expect(steerd(other, ['token', 'list'], env).stderr).toMatch(/no steerd runs with the state directory/);
      expect(steerd(other, ['hosts'], { STEERD_API_ENABLED: 'false' }).stderr).toMatch(/api\.enabled is false/);
    } finally {
      remove(other);
    }
  });

  it('a token that was lost is not made again, and its absence is told', async () => {
    await server.stop();
    rmSync(join(place.state, 'operator.token'));
    server = await SteerdProcess.start(place);
    expect(run('hosts').stderr).toMatch(/needs a token: set STEERD_TOKEN/);
    const { stdout } = run('token', 'create', 'second', '--role', 'operator');
    expect(steerd(place, ['hosts'], { STEERD_TOKEN: stdout.trim() }).status).toBe(0);
  });
});

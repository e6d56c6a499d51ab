/** Queries taken from an interface by XDP: answered as over sockets, and whatever is none of ours goes on to the kernel. */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, describe, expect } from 'vitest';
import { LOAD_ADDRESS, Namespaces, SERVER_ADDRESS, SERVER_ADDRESS6, SERVER_INTERFACE } from '../../bench/namespaces.ts';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, steerd, workplace } from '../support/steerd-process.ts';
import { UPDATE_SECRET, writeKey } from '../support/updater.ts';

const PROGRAM = resolve(import.meta.dirname, '../support/xdp-server.ts');
const ANYCAST = '192.0.2.64';
/** More than may wait at once, and than any machine answers in its first second. */
const FLOOD = 2000;
const run = promisify(execFile);

class XdpServer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(namespace: string, hosts: readonly string[], workers: number, proxies: readonly string[]) {
    const options = [hosts.join(','), String(workers), ...(proxies.length === 0 ? [] : [proxies.join(',')])];
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, PROGRAM, ...options], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#reader = createInterface({ input: this.#child.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the server ended');
    return JSON.parse(value) as T;
  }

  tell<T>(command: string): Promise<T> {
    this.#child.stdin!.write(`${command}\n`);
    return this.next<T>();
  }

  counts(): Promise<{ udp: number; ipv6: number; xdp: number; headers: number; parked: number; byWorker: number[] }> {
    return this.tell('counts');
  }

  async end(signal?: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((done) => this.#child.once('exit', done));
    if (signal === undefined) this.#child.stdin!.write('end\n');
    else this.#child.kill(signal);
    await ended;
  }
}

let namespaces: Namespaces | undefined;
let server: XdpServer | undefined;

async function start(
  hosts = [SERVER_ADDRESS, SERVER_ADDRESS6],
  workers = 1,
  queues = 1,
  proxies: readonly string[] = [],
): Promise<XdpServer> {
  namespaces = new Namespaces(queues);
  server = new XdpServer(namespaces.server, hosts, workers, proxies);
  const { interfaces } = await server.next<{ interfaces: unknown }>();
  expect(interfaces).toEqual([{ name: SERVER_INTERFACE, queues, native: true }]);
  return server;
}

function inLoad(...command: string[]): string {
  return execFileSync('ip', ['netns', 'exec', namespaces!.load, ...command], { encoding: 'utf8' });
}

function dig(...args: string[]): string {
  return inLoad('dig', ...args, '+tries=1', '+timeout=20').trim();
}

const isAttached = (): boolean =>
  execFileSync('ip', ['-n', namespaces!.server, 'link', 'show', SERVER_INTERFACE], { encoding: 'utf8' }).includes(
    'prog/xdp',
  );

afterEach(async () => {
  await server?.end();
  server = undefined;
  namespaces?.remove();
  namespaces = undefined;
});

describe('queries by XDP', () => {
  const it = itNeeds('ip', 'netns', 'dig');

  it('are answered over IPv4 and IPv6, with checksums the kernel accepts', async () => {
    await start();
    for (const address of [SERVER_ADDRESS, SERVER_ADDRESS6])
      expect(dig(`@${address}`, 'www.example.net', 'A', '+short', '+notcp')).toBe(ANYCAST);
    expect(await server!.counts()).toMatchObject({ udp: 2, xdp: 2 });
  });

  it('over TCP, to other ports and in fragments go on to the kernel', async () => {
    await start();
    expect(dig(`@${SERVER_ADDRESS}`, 'www.example.net', 'A', '+short', '+tcp')).toBe(ANYCAST);
    expect(() => dig(`@${SERVER_ADDRESS}`, '-p', '54', 'www.example.net', '+timeout=1')).toThrow();
    expect(await server!.counts()).toMatchObject({ udp: 0, xdp: 0 });
    // Two fragments: the padding makes the query longer than the way allows. The socket puts it together.
    execFileSync('ip', ['-n', namespaces!.load, 'link', 'set', 'vl', 'mtu', '400']);
    expect(dig(`@${SERVER_ADDRESS}`, 'www.example.net', 'A', '+short', '+notcp', '+padding=468')).toBe(ANYCAST);
    expect(await server!.counts()).toMatchObject({ udp: 1, xdp: 0 });
  });

  it('get no reply that is larger than the interface can send: they are told to ask again over TCP', async () => {
    await start();
    const asked = [`@${SERVER_ADDRESS}`, 'big.example.net', 'TXT', '+bufsize=4096', '+notcp'];
    expect(dig(...asked, '+ignore')).toMatch(/flags: qr aa( rd)? tc|flags:.* tc/);
    expect(dig(...asked.slice(0, 4), '+ignore', '+tcp')).toContain('ANSWER: 1');
  });

  itNeeds(
    'ip',
    'netns',
    'dig',
    'dnsperf',
  )('of many times more than there are frames all get their answer: every frame comes back', async () => {
    await start([SERVER_ADDRESS], 2, 2);
    const folder = mkdtempSync(join(tmpdir(), 'steerd-xdp-'));
    try {
      const questions = join(folder, 'questions');
      writeFileSync(questions, 'www.example.net A\nwww.example.net AAAA\nnone.example.net A\n');
      const options = ['-s', SERVER_ADDRESS, '-d', questions, '-n', '20000', '-c', '16', '-q', '32', '-t', '20'];
      const told = inLoad('dnsperf', ...options);
      expect(told).toContain('Queries completed:    60000 (100.00%)');
      const { udp, xdp, byWorker } = await server!.counts();
      expect([udp, xdp]).toEqual([60_000, 60_000]);
      // Each worker serves a queue; clients are spread over both.
      for (const count of byWorker) expect(count).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  itNeeds(
    'ip',
    'netns',
    'dig',
    'dnsperf',
  )('that wait for signatures keep their frames, and give them back', async () => {
    await start([SERVER_ADDRESS, SERVER_ADDRESS6]);
    for (const address of [SERVER_ADDRESS, SERVER_ADDRESS6])
      expect(dig(`@${address}`, `${address.length}.example.org`, 'A', '+dnssec', '+notcp')).toMatch(/RRSIG\s+NSEC/);
    const folder = mkdtempSync(join(tmpdir(), 'steerd-xdp-'));
    try {
      const questions = join(folder, 'questions');
      writeFileSync(questions, Array.from({ length: 6000 }, (_, i) => `name${i}.example.org A\n`).join(''));
      // More names than there are frames, fewer at once than may wait.
      const told = inLoad('dnsperf', '-s', SERVER_ADDRESS, '-d', questions, '-n', '1', '-q', '100', '-t', '20', '-D');
      expect(told).toContain('Queries completed:    6000 (100.00%)');
      const { udp, parked } = await server!.counts();
      expect(udp).toBe(6002);
      expect(parked).toBeGreaterThanOrEqual(6000);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  itNeeds(
    'ip',
    'netns',
    'kdig',
  )("of a proxy have a header in front, and are the clients', of either family over either", async () => {
    await start([SERVER_ADDRESS, SERVER_ADDRESS6], 1, 1, ['10.53.0.2/32', 'fd00:53::2/128']);
    const kdig = (address: string, ...proxy: string[]): string =>
      inLoad('kdig', `@${address}`, 'www.example.net', 'A', '+short', '+retry=0', '+timeout=20', ...proxy).trim();
    for (const address of [SERVER_ADDRESS, SERVER_ADDRESS6]) {
      expect(kdig(address, '+proxy=198.51.100.7#4000-203.0.113.1#53')).toBe(ANYCAST);
      expect(kdig(address, '+proxy=2001:db8:7::1#4000-2001:db8::1#53')).toBe(ANYCAST);
    }
    expect(await server!.counts()).toMatchObject({ udp: 4, ipv6: 2, xdp: 4, headers: 4 });
    const bare = ['dig', `@${SERVER_ADDRESS}`, 'www.example.net', '+notcp', '+tries=1', '+timeout=1'];
    expect(() => inLoad(...bare)).toThrow();
    expect(await server!.counts()).toMatchObject({ xdp: 5, headers: 4 });
  });

  it('are answered again after a worker died, by its replacement', async () => {
    await start();
    const ask = () => dig(`@${SERVER_ADDRESS}`, 'www.example.net', 'A', '+short', '+notcp');
    for (let round = 1; round <= 3; round++) {
      expect(ask()).toBe(ANYCAST);
      expect(await server!.tell('kill 0')).toEqual({ restarts: new Array(round).fill('udp-0') });
    }
    expect(ask()).toBe(ANYCAST);
    expect(await server!.counts()).toMatchObject({ udp: 4, xdp: 4 });
  });

  it.each([undefined, 'SIGKILL'] as const)("are the kernel's again when the server has ended (%s)", async (signal) => {
    await start();
    expect(isAttached()).toBe(true);
    await server!.end(signal);
    for (let i = 0; i < 500 && isAttached(); i++) await new Promise((done) => setTimeout(done, 10));
    expect(isAttached()).toBe(false);
  });
});

describe('a server that is to use XDP', () => {
  const it = itNeeds('ip', 'netns', 'dig');

  it('says which interface it serves, counts, and names what keeps it from starting', async () => {
    namespaces = new Namespaces();
    const place = workplace();
    const inside = ['ip', 'netns', 'exec', namespaces.server];
    const env = { STEERD_LISTEN: `${SERVER_ADDRESS}:53`, STEERD_XDP: SERVER_INTERFACE };
    const running = await SteerdProcess.start(place, env, inside);
    const other = workplace();
    try {
      expect(dig(`@${SERVER_ADDRESS}`, 'www.example.net', 'A', '+short', '+notcp')).toBe(ANYCAST);
      const metrics = execFileSync(
        inside[0],
        [...inside.slice(1), 'curl', '-s', `http://127.0.0.1:${running.api[0].port}/metrics`],
        {
          encoding: 'utf8',
        },
      );
      expect(metrics).toContain('steerd_xdp_queries_total 1');
      expect(metrics).toContain(`steerd_xdp_lost_total{interface="${SERVER_INTERFACE}"} 0`);
      const refused = await SteerdProcess.start(other, { ...env, STEERD_LISTEN: '127.0.0.2:53' }, inside).catch(
        (error: Error) => error.message,
      );
      expect(refused).toContain(`another program uses XDP there`);
    } finally {
      await running.stop();
      remove(place);
      remove(other);
    }
  });

  itNeeds(
    'ip',
    'netns',
    'nsupdate',
  )('refuses dynamic updates, which it could not answer later, and takes them over TCP', async () => {
    namespaces = new Namespaces();
    const place = workplace();
    writeKey(place, 'acme');
    writeFileSync(
      join(place.folder, 'steerd.yaml'),
      'tsig: { key_files: [./acme.key] }\nupdate: { allow: [{ keys: [acme] }] }\n',
    );
    const env = { STEERD_LISTEN: `${SERVER_ADDRESS}:53`, STEERD_XDP: SERVER_INTERFACE };
    const running = await SteerdProcess.start(place, env, ['ip', 'netns', 'exec', namespaces.server]);
    try {
      const send = (...options: readonly string[]): string => {
        const program = ['netns', 'exec', namespaces!.load, 'nsupdate', '-y', `hmac-sha256:acme:${UPDATE_SECRET}`];
        const input = `server ${SERVER_ADDRESS}\nzone example.net.\nupdate add up.example.net. 60 TXT x\nsend\n`;
        const { stdout, stderr } = spawnSync('ip', [...program, ...options], { input, encoding: 'utf8' });
        return stdout + stderr;
      };
      expect(send()).toContain('REFUSED');
      expect(send('-v')).toBe('');
      expect(dig(`@${SERVER_ADDRESS}`, 'up.example.net', 'TXT', '+short', '+notcp')).toBe('"x"');
    } finally {
      await running.stop();
      remove(place);
    }
  });

  itNeeds(
    'ip',
    'netns',
    'dig',
    'curl',
    'dnsperf',
  )(
    'limits networks but for clients with cookies, keeps zones to whom they are for, and signs, all at once',
    async () => {
      namespaces = new Namespaces();
      const [BUSY, OTHER] = [LOAD_ADDRESS, '10.53.7.2'];
      execFileSync('ip', ['-n', namespaces.load, 'addr', 'add', `${OTHER}/32`, 'dev', 'vl']);
      const place = workplace();
      const inside = ['ip', 'netns', 'exec', namespaces.server];
      const running = await SteerdProcess.start(
        place,
        {
          STEERD_LISTEN: `${SERVER_ADDRESS}:53,[${SERVER_ADDRESS6}]:53`,
          STEERD_XDP: SERVER_INTERFACE,
          STEERD_RATE_LIMIT_ENABLED: 'true',
          STEERD_RATE_LIMIT_ANSWERS: '1',
          STEERD_RATE_LIMIT_NEGATIVE: '1',
          STEERD_RATE_LIMIT_ERRORS: '0',
          STEERD_RATE_LIMIT_SLIP: '1',
          STEERD_ACCESS: JSON.stringify([{ zones: ['example.org'], networks: [`${BUSY}/32`] }]),
          STEERD_DNSSEC_ZONES: 'example.net=ecdsap256sha256',
        },
        inside,
      );
      let sent = 0;
      const parts = (text: string): string[] => text.split(/(?=;; Got answer:)/).slice(1);
      /** Asks for all of these in turn. @returns a part of dig's output each */
      const ask = (from: string, names: readonly string[], ...options: string[]): string[] => {
        sent += names.length;
        const file = join(place.folder, 'names');
        writeFileSync(file, names.map((name) => `${name}\n`).join(''));
        const told = parts(dig(`@${SERVER_ADDRESS}`, '-b', from, '+notcp', '+ignore', ...options, '-f', file));
        expect(told.length).toBe(names.length);
        return told;
      };
      const isTruncated = (told: string): boolean => /flags: qr aa( rd)? tc/.test(told);
      const many = (name: string): string[] => new Array<string>(50).fill(name);
      const cold = (what: string): string[] => Array.from({ length: 20 }, (_, i) => `${what}${i}.example.net`);
      try {
        // One a second of a network, and its neighbour none for that.
        const limited = ask(BUSY, many('www.example.net'), '+nocookie').filter(isTruncated).length;
        expect(limited).toBeGreaterThan(0);
        expect(ask(OTHER, ['www.example.net'], '+nocookie')[0]).toContain(ANYCAST);
        // Who has shown where it is has no limit.
        const [, cookie] = /COOKIE: ([0-9a-f]{48})/.exec(ask(BUSY, ['www.example.net'], '+cookie')[0])!;
        const known = ask(BUSY, many('www.example.net'), `+cookie=${cookie}`);
        expect(known.filter((told) => !told.includes(ANYCAST))).toEqual([]);
        // Another's cookie is none.
        ask(OTHER, ['www.example.net'], `+cookie=${cookie}`);

        // What waits for a signer is who it was when it is answered.
        const proof = /RRSIG\s+NSEC 13/;
        const signed = ask(BUSY, cold('known'), '+dnssec', `+cookie=${cookie}`);
        expect(signed.filter((told) => !proof.test(told))).toEqual([]);
        const unknown = ask(BUSY, cold('unknown'), '+dnssec', '+nocookie');
        const unknownLimited = unknown.filter(isTruncated).length;
        expect(unknownLimited).toBeGreaterThan(0);
        expect(unknown.filter((told) => !isTruncated(told) && !proof.test(told))).toEqual([]);
        expect(ask(OTHER, ['other.example.net'], '+dnssec', '+nocookie')[0]).toMatch(proof);
        sent++;
        expect(dig(`@${SERVER_ADDRESS6}`, 'six.example.net', '+dnssec', '+notcp', '+nocookie')).toMatch(proof);

        expect(ask(BUSY, ['example.org SOA'], `+cookie=${cookie}`)[0]).toContain('status: NOERROR');
        const refused = ask(OTHER, many('example.org'), '+dnssec', '+nocookie');
        expect(refused.filter((told) => !/status: REFUSED[\s\S]*EDE: 18 \(Prohibited\)/.test(told))).toEqual([]);

        // While many of a network's wait at once, another's that waits is answered.
        const others = join(place.folder, 'others');
        writeFileSync(others, Array.from({ length: FLOOD }, (_, i) => `flood${i}.example.net A\n`).join(''));
        const options = ['-s', SERVER_ADDRESS, '-a', BUSY, '-d', others, '-n', '1', '-q', '100', '-t', '20', '-D'];
        const flood = run('ip', ['netns', 'exec', namespaces.load, 'dnsperf', ...options]);
        sent += FLOOD;
        const [, own] = /COOKIE: ([0-9a-f]{48})/.exec(ask(OTHER, ['own.example.net'], '+cookie')[0])!;
        expect(ask(OTHER, cold('amid'), '+dnssec', `+cookie=${own}`).filter((told) => !proof.test(told))).toEqual([]);
        expect((await flood).stdout).toContain(`Queries completed:    ${FLOOD} (100.00%)`);

        const url = `http://127.0.0.1:${running.api[0].port}/metrics`;
        const { stdout: metrics } = await run(inside[0], [...inside.slice(1), 'curl', '-s', url]);
        const metric = (name: string): number => Number(metrics.split(`\n${name} `)[1]?.split('\n')[0]);
        const truncated = (kind: string): number =>
          metric(`steerd_rate_limited_total{kind="${kind}",result="truncated"}`);
        // None was left to the sockets.
        expect(metric('steerd_xdp_queries_total')).toBe(sent);
        expect(truncated('answers')).toBeGreaterThanOrEqual(limited);
        expect(truncated('negative')).toBeGreaterThan(unknownLimited + FLOOD / 2);
        expect(metric('steerd_cookies_total{cookie="valid"}')).toBe(50 + 20 + 1 + 20);
        expect(metric('steerd_parked_total')).toBeGreaterThanOrEqual(FLOOD + 62);
        expect(metric('steerd_parked_dropped_total')).toBe(0);
      } finally {
        await running.stop();
        remove(place);
      }
    },
  );

  it('names an interface that is not there, and refuses wildcards', () => {
    const place = workplace();
    try {
      const { status, stderr } = steerd(place, ['serve'], { STEERD_XDP: 'nothere0' });
      expect([status, stderr]).toEqual([1, expect.stringContaining('xdp: this machine has no interface "nothere0"')]);
      const wild = steerd(place, ['serve'], { STEERD_XDP: 'lo', STEERD_LISTEN: '0.0.0.0:5300' });
      expect([wild.status, wild.stderr]).toEqual([1, expect.stringContaining('listen has the wildcard 0.0.0.0')]);
      const dgram = steerd(place, ['serve'], { STEERD_XDP: 'lo', STEERD_TRANSPORT: 'dgram' });
      expect([dgram.status, dgram.stderr]).toEqual([1, expect.stringContaining('transport is dgram')]);
    } finally {
      remove(place);
    }
  });
});

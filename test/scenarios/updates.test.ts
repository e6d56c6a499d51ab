/** Dynamic updates by nsupdate and knsupdate, as ACME clients and external-dns send them, beside an operator who edits files. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { itNeeds } from '../support/needs.ts';
import { freePort } from '../support/peers.ts';
import {
  editFile,
  remove,
  replaceFile,
  SteerdProcess,
  steerd,
  type Workplace,
  workplace,
} from '../support/steerd-process.ts';
import { short, type Updater, update, writeKey } from '../support/updater.ts';

const ZONE = 'example.net.';
const run = promisify(execFile);

let place: Workplace;
let server: SteerdProcess;
let listen: string;
const start = (): Promise<SteerdProcess> => SteerdProcess.start(place, { STEERD_LISTEN: listen });

beforeAll(async () => {
  place = workplace();
  for (const key of ['acme', 'external-dns', 'xfr']) writeKey(place, key);
  writeFileSync(
    join(place.folder, 'steerd.yaml'),
    `
tsig: { key_files: [./acme.key, ./external-dns.key, ./xfr.key] }
transfer: { allow: [{ keys: [external-dns] }], coalesce: 0 }
update:
  allow:
    - { keys: [acme], names: ['_acme-challenge.*'], types: [TXT] }
    - { zones: [example.net], keys: [external-dns], types: [A, AAAA, CNAME, TXT] }
  per_name: 4
`,
  );
  listen = `127.0.0.1:${await freePort()}`;
  server = await start();
});

afterAll(async () => {
  await server.stop();
  remove(place);
});

const by = (key: string | undefined, program: Updater['program'] = 'nsupdate', tcp = false): Updater => ({
  program,
  port: server.address.port,
  zone: ZONE,
  key,
  tcp,
});
const answers = (name: string, type: string): Promise<string[]> => short(server.address.port, name, type);

async function soa(): Promise<number> {
  return Number((await answers(ZONE, 'SOA'))[0].split(' ')[2]);
}

describe.each(['nsupdate', 'knsupdate'] as const)('%s', (program) => {
  const needs = itNeeds('dig', program);

  needs('proves names to ACME: several TXT at one name, then none', async () => {
    const name = `_acme-challenge.${program}.${ZONE}`;
    const before = await soa();
    expect(await update(by('acme', program), `update add ${name} 60 TXT "one"`)).toBe('NOERROR');
    // Answered by everybody when the update is: nothing is waited for.
    expect(await answers(name, 'TXT')).toEqual(['"one"']);
    expect(await update(by('acme', program, true), `update add ${name} 60 TXT "two"`)).toBe('NOERROR');
    expect(await answers(name, 'TXT')).toEqual(['"one"', '"two"']);
    expect(await update(by('acme', program), `update delete ${name} TXT "one"`)).toBe('NOERROR');
    expect(await answers(name, 'TXT')).toEqual(['"two"']);
    expect(await update(by('acme', program), `update delete ${name} TXT`)).toBe('NOERROR');
    expect(await answers(name, 'TXT')).toEqual([]);
    expect((await soa()) - before).toBeGreaterThan(3);
    const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(server.address.port), `${program}.${ZONE}`, 'TXT']);
    expect(stdout).toContain('status: NXDOMAIN');
  });

  needs('keeps records as external-dns does, with its registry beside them, and reads them back', async () => {
    const app = `app-${program}.${ZONE}`;
    const lines = [
      `update add ${app} 300 A 192.0.2.80`,
      `update add ${app} 300 AAAA 2001:db8::80`,
      `update add a-${app} 300 TXT "heritage=external-dns,external-dns/owner=k8s"`,
      `update add alias-${app} 300 CNAME ${app}`,
    ];
    expect(await update(by('external-dns', program), ...lines)).toBe('NOERROR');
    expect(await answers(`alias-${app}`, 'A')).toEqual(['192.0.2.80', app]);
    const change = [`update delete ${app} A 192.0.2.80`, `update add ${app} 300 A 192.0.2.81`];
    expect(await update(by('external-dns', program), ...change)).toBe('NOERROR');
    expect(await answers(app, 'A')).toEqual(['192.0.2.81']);
    expect(await answers(app, 'AAAA')).toEqual(['2001:db8::80']);
    const all = [`${app} A`, `${app} AAAA`, `a-${app} TXT`, `alias-${app} CNAME`];
    expect(await update(by('external-dns', program), ...all.map((set) => `update delete ${set}`))).toBe('NOERROR');
    expect(await answers(`alias-${app}`, 'A')).toEqual([]);
  });

  needs('holds to what must be so before', async () => {
    const name = `prereq-${program}.${ZONE}`;
    const add = `update add ${name} 60 TXT "x"`;
    expect(await update(by('external-dns', program), `prereq yxdomain ${name}`, add)).toBe('NXDOMAIN');
    expect(await update(by('external-dns', program), 'prereq nxdomain www.example.net.', add)).toBe('YXDOMAIN');
    expect(await update(by('external-dns', program), `prereq yxrrset ${name} TXT`, add)).toBe('NXRRSET');
    expect(await answers(name, 'TXT')).toEqual([]);
    expect(await update(by('external-dns', program), `prereq nxdomain ${name}`, add)).toBe('NOERROR');
    expect(await update(by('external-dns', program), `prereq nxrrset ${name} TXT`, add)).toBe('YXRRSET');
    expect(await update(by('external-dns', program), `update delete ${name}`)).toBe('NOERROR');
  });
});

describe('what may not be', () => {
  itNeeds('nsupdate', 'dig')('is refused, all of it', async () => {
    const good = 'update add fine.example.net. 60 TXT "x"';
    // Without a key, with another name or type than the key may have, of another zone.
    expect(await update(by(undefined), good)).toBe('REFUSED');
    expect(await update(by('xfr'), good)).toBe('REFUSED');
    expect(await update(by('acme'), 'update add _acme-challenge.x.example.net. 60 TXT "x"', good)).toBe('REFUSED');
    expect(await update(by('acme'), 'update add _acme-challenge.x.example.net. 60 CAA 0 issue "x"')).toBe('REFUSED');
    expect(await update({ ...by('acme'), zone: 'nope.example.' }, 'update add nope.example. 60 TXT x')).toBe('NOTAUTH');
    expect(await update(by('acme'), 'update add _acme-challenge.other.example. 60 TXT x')).toBe('NOTZONE');
    // What files have is the operator's: steered hosts, their records, the zone itself.
    expect(await update(by('external-dns'), good, 'update add www.example.net. 60 A 192.0.2.1')).toBe('REFUSED');
    expect(await update(by('external-dns'), 'update delete blog.example.net. CNAME')).toBe('REFUSED');
    expect(await update(by('external-dns'), 'update delete www.example.net. A')).toBe('REFUSED');
    expect(await update(by('external-dns'), 'update add blog.example.net. 60 TXT x')).toBe('REFUSED');
    expect(await update(by('external-dns'), 'update add example.net. 60 NS ns.example.org.')).toBe('REFUSED');
    const many = Array.from({ length: 5 }, (_, i) => `update add many.example.net. 60 TXT "${i}"`);
    expect(await update(by('external-dns'), ...many)).toBe('REFUSED');
    expect(await answers('fine.example.net.', 'TXT')).toEqual([]);
    expect(await answers('_acme-challenge.x.example.net.', 'TXT')).toEqual([]);
  });
});

describe('an operator who edits files', () => {
  itNeeds('nsupdate', 'dig')('wins, and finds what was hidden when the edit is taken back', async () => {
    expect(await update(by('external-dns'), 'update add both.example.net. 60 A 192.0.2.7')).toBe('NOERROR');
    const file = join(place.zones, 'example.net.yaml');
    editFile(file, (text) => `${text}both: { type: CNAME, value: blog.example.net. }\n`);
    await expect.poll(() => answers('both.example.net.', 'CNAME'), { timeout: 60_000 }).toEqual(['blog.example.net.']);
    const told = steerd(place, ['updates', ZONE]).stdout;
    expect(told).toMatch(/both\.example\.net\. +60 +A +192\.0\.2\.7/);
    expect(told).toMatch(/no: both\.example\.net\. CNAME \(.*example\.net\.yaml:\d+\)/);
    const exported = steerd(place, ['export', 'example.net']).stdout;
    expect(exported).toMatch(
      /^; of dynamic updates \(external-dns\. .*\), hidden by both\.example\.net\. CNAME of the file: both/m,
    );
    expect(exported).not.toMatch(/^both +.* A +192\.0\.2\.7$/m);
    editFile(file, (text) => text.replace(/both: .*\n/, ''));
    await expect.poll(() => answers('both.example.net.', 'A'), { timeout: 60_000 }).toEqual(['192.0.2.7']);
  });

  itNeeds('nsupdate', 'dig')('holds up no update with a broken file', async () => {
    const file = join(place.zones, 'example.net.yaml');
    const good = readFileSync(file, 'utf8');
    const from = server.log.length;
    replaceFile(file, `${good}broken: [\n`);
    await server.logged('reload_refused', from);
    expect(await update(by('acme'), 'update add _acme-challenge.meanwhile.example.net. 60 TXT "x"')).toBe('NOERROR');
    expect(await answers('_acme-challenge.meanwhile.example.net.', 'TXT')).toEqual(['"x"']);
    replaceFile(file, good);
    expect(await update(by('acme'), 'update delete _acme-challenge.meanwhile.example.net. TXT')).toBe('NOERROR');
  });

  itNeeds('nsupdate', 'dig')('finds all updates after a restart', async () => {
    expect(await update(by('external-dns'), 'update add stays.example.net. 60 A 192.0.2.8')).toBe('NOERROR');
    const serial = await soa();
    // Stopped before, it may have given the serial to a transfer that was never made, and would then need another.
    const isTransferred = () => server.log.some(({ msg }) => msg.endsWith(`is transferred with serial ${serial}`));
    await expect.poll(isTransferred, { timeout: 60_000 }).toBe(true);
    await server.stop();
    server = await start();
    expect(await answers('stays.example.net.', 'A')).toEqual(['192.0.2.8']);
    expect(await soa()).toBe(serial);
    expect(steerd(place, ['check']).status).toBe(0);
    expect(steerd(place, ['export', 'example.net']).stdout).toMatch(/^stays +60 IN A +192\.0\.2\.8$/m);
    expect(steerd(place, ['export', 'example.net', '--files-only']).stdout).not.toContain('stays');
  });

  itNeeds('nsupdate', 'dig')('removes what updates have made, and finds in the audit trail who made what', async () => {
    expect(await update(by('external-dns'), 'update add gone.example.net. 60 A 192.0.2.9')).toBe('NOERROR');
    const removed = steerd(place, ['updates', 'remove', ZONE, 'gone.example.net', '--reason', 'a test']);
    expect(removed.stdout).toContain('1 RRsets of updates removed');
    expect(await answers('gone.example.net.', 'A')).toEqual([]);
    const again = steerd(place, ['updates', 'remove', ZONE, 'gone.example.net', '--reason', 'a test']);
    expect(again.status).toBe(1);
    const audit = steerd(place, ['audit']).stdout;
    expect(audit).toMatch(/tsig:external-dns\. +update +example\.net\. +set /);
    const [{ host, port }] = server.api;
    const metrics = await (await fetch(`http://${host}:${port}/metrics`)).text();
    expect(metrics).toMatch(/\nsteerd_updates_total\{result="accepted"\} [1-9]/);
    expect(metrics).toMatch(/\nsteerd_updates_total\{result="failed"\} 0\n/);
    expect(metrics).toContain('\nsteerd_updates_hidden 0\n');
    expect(audit).toMatch(/update-remove +1 RRsets of example\.net\. gone\.example\.net\. +a test/);
  });
});

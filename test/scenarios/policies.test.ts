/** Policies of network.yaml in a running server: what names are answered, what is decided when states change, and what was answered before. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiCaller } from '../support/api.ts';
import { UdpClient } from '../support/ask.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const A = 1;
const AAAA = 28;
const HOSTS = 300;
const POLICIES = `
  split: { choice: { split: europe, percent: 20 } }
  shares: { choice: { weighted: { europe: 3, switzerland: 1 } } }
  root4: { ipv4: shared }
  v6only: { ipv4: none }
  fail: { last_resort: servfail }
  six: { last_resort: { ipv6: nodata } }
`;

let place: Workplace;
let server: SteerdProcess;
let client: UdpClient;
let api: ApiCaller;

beforeAll(async () => {
  place = workplace();
  editFile(join(place.zones, 'network.yaml'), (text) => text.replace(/\n(?=\s*default: \{ ttl: 60 \})/, POLICIES));
  const steer = (name: string, policy: string, group = 'zurich'): string =>
    `${name}: { type: STEER, service: web, group: ${group}, policy: ${policy} }\n`;
  const many = Array.from({ length: HOSTS }, (_, i) => steer(`s${i}`, 'split') + steer(`w${i}`, 'shares', 'anycast'));
  const few = ['root4', 'v6only', 'fail', 'six'].map((policy) => steer(policy, policy));
  writeFileSync(
    join(place.zones, 'policy.example.yaml'),
    `---\n'': { type: NS, value: ns1.example.net. }\n${[...many, ...few].join('')}`,
  );
  server = await SteerdProcess.start(place);
  client = await UdpClient.open();
  api = ApiCaller.of(server, place);
});

afterAll(async () => {
  client.close();
  await server.stop();
  remove(place);
});

async function ask(name: string, type: number): Promise<string> {
  const { addresses, rcode } = await client.ask(server.address, `${name}.policy.example`, type, { edns: 1232 });
  if (rcode !== 0) return `RCODE ${rcode}`;
  return addresses[0] ?? 'none';
}

const force = (group: string, state: string): Promise<{ status: number }> =>
  api.ask('PUT', `/v1/groups/${group}/state`, { state, reason: 'test' });

/** Hosts by the address they are answered with. */
async function counted(letter: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < HOSTS; i++) {
    const address = await ask(`${letter}${i}`, AAAA);
    counts[address] = (counts[address] ?? 0) + 1;
  }
  return counts;
}
const v6 = (group: number): string => `20010db8${group.toString(16).padStart(4, '0')}00000000000000000064`.slice(0, 32);
const EUROPE = v6(0x17);
const SWITZERLAND = v6(0x18);
const ZURICH = v6(0x19);

describe('policies', () => {
  it('share hosts out, and a failing share alone goes elsewhere', async () => {
    const split = await counted('s');
    // 20 % of 300, give or take what chance does.
    expect(Object.keys(split).sort()).toEqual([EUROPE, ZURICH]);
    expect(Math.abs(split[EUROPE] - HOSTS * 0.2)).toBeLessThan(HOSTS * 0.08);
    const shares = await counted('w');
    expect(Math.abs(shares[EUROPE] - HOSTS * 0.75)).toBeLessThan(HOSTS * 0.08);
    expect(shares[EUROPE] + shares[SWITZERLAND]).toBe(HOSTS);
    await force('switzerland', 'down');
    expect(await counted('w')).toEqual({ [EUROPE]: HOSTS });
    await force('switzerland', 'auto');
    expect(await counted('w')).toEqual(shares);
  });

  it('say whose share a host is in, and what the others go by', async () => {
    const { body } = await api.get('/v1/explain?name=w0.policy.example&type=AAAA');
    const { ipv6 } = body.steps[0].families;
    expect(body.generation).toBeGreaterThan(0);
    expect(ipv6).toMatchObject({ choice: 'weighted', bucket: expect.any(Number) });
    expect(ipv6.shares.map(({ start, why }: { start: string; why: string }) => [start, why])).toEqual([
      ['europe', 'europe: ipv6 up'],
      ['switzerland', 'switzerland: ipv6 up'],
    ]);
    const text = steerd(place, ['explain', 'w0.policy.example', '--type', 'AAAA']).stdout;
    expect(text).toMatch(/\n +7[45]\.\d+ % begin in europe; europe: ipv6 up\n +2[45]\.\d+ % begin in switzerland; /);
    expect(text).toContain((await ask('w0', AAAA)) === EUROPE ? '2001:db8:17::64' : '2001:db8:18::64');
  });

  it('hold IPv4 to broader groups, or leave it out', async () => {
    expect([await ask('root4', A), await ask('root4', AAAA)]).toEqual(['192.0.2.64', ZURICH]);
    expect([await ask('v6only', A), await ask('v6only', AAAA)]).toEqual(['none', ZURICH]);
  });

  it('say what is answered when nothing is usable', async () => {
    const groups = ['zurich', 'switzerland', 'europe', 'anycast'];
    for (const group of groups) await force(group, 'down');
    expect([await ask('fail', A), await ask('fail', AAAA)]).toEqual(['RCODE 2', 'RCODE 2']);
    expect([await ask('six', A), await ask('six', AAAA)]).toEqual(['203.0.113.64', 'none']);
    expect(await ask('s0', A)).not.toBe('none');
    const { message } = await client.ask(server.address, 'fail.policy.example', A, { edns: 1232 });
    // An OPT with an Extended DNS Error (RFC 8914) is the last record.
    expect(message.subarray(-6).readUInt16BE(0)).toBe(15);
    for (const group of groups) await force(group, 'auto');
    expect(await ask('fail', AAAA)).toBe(ZURICH);
  });

  it('give way to an operator who moves a host', async () => {
    const moved = ['s0', 's1', 's2', 's3'].map((name) => `${name}.policy.example`);
    const { id } = await api.move({ hosts: moved, to: 'switzerland' });
    for (let i = 0; i < 4; i++) expect(await ask(`s${i}`, AAAA)).toBe(SWITZERLAND);
    await api.ask('POST', `/v1/moves/${id}/revert`, { reason: 'test' });
    expect(await ask('s0', AAAA)).not.toBe(SWITZERLAND);
  });
});

describe('decisions', () => {
  const mine = (d: { policy: string; group: string; family: string }): boolean =>
    d.policy === 'root4' && d.group === 'zurich' && d.family === 'ipv6';

  it('are kept with their cause, and tell what was answered before', async () => {
    const start = new Date().toISOString();
    await force('zurich', 'drained');
    const during = new Date(Date.now() + 1).toISOString();
    await new Promise((later) => setTimeout(later, 5));
    await force('zurich', 'auto');
    await expect
      .poll(async () => (await api.get('/v1/decisions?limit=1000')).body.items.filter(mine).length)
      .toBeGreaterThan(1);
    const { items } = (await api.get('/v1/decisions?limit=1000')).body;
    expect(items.filter(mine).slice(0, 2)).toMatchObject([
      { before: 'switzerland', after: 'zurich', cause: 'zurich: up' },
      { before: 'zurich', after: 'switzerland', cause: 'zurich: ipv6 drained (forced) -> switzerland: up' },
    ]);
    const past = async (at: string): Promise<unknown> => {
      const { body } = await api.get(`/v1/explain?name=root4.policy.example&at=${at}`);
      return body.past;
    };
    expect(await past(during)).toMatchObject({ ipv6: { group: 'zurich', answered: 'switzerland' } });
    expect(await past(start)).toMatchObject({ ipv6: { answered: 'zurich' }, ipv4: { answered: 'anycast' } });
    const text = steerd(place, ['explain', 'root4.policy.example', '--at', during]);
    expect(text.stdout).toMatch(/\(UTC\), root4\.policy\.example\.:\n.*A +anycast[\s\S]*AAAA switzerland, since /);
    const listed = steerd(place, ['decisions', '--limit', '200']);
    expect(listed.stdout).toMatch(/^TIME \(UTC\) +SERVICE +GROUP +FAMILY +BEFORE +AFTER +WHY\n/);
    expect(listed.stdout).toMatch(
      /web +zurich +ipv6 +zurich +switzerland +zurich: ipv6 drained \(forced\) -> switzerland: up/,
    );
  });

  it('know of a move that was made since', async () => {
    const before = new Date().toISOString();
    await new Promise((later) => setTimeout(later, 5));
    const { id } = await api.move({ hosts: ['root4.policy.example'], to: 'europe' });
    const after = new Date(Date.now() + 1).toISOString();
    await new Promise((later) => setTimeout(later, 5));
    const at = async (time: string): Promise<{ ipv6: object }> =>
      (await api.get(`/v1/explain?name=root4.policy.example&at=${time}`)).body.past;
    expect((await at(before)).ipv6).toMatchObject({ group: 'zurich', answered: 'zurich' });
    expect((await at(after)).ipv6).toMatchObject({ group: 'europe', move: id, answered: 'europe' });
    for (const [query, detail] of [
      ['name=root4.policy.example&at=2999-01-01T00:00:00Z', /future/],
      ['name=policy.example&at=2026-01-01T00:00:00Z', /no steered host/],
    ] as const) {
      const refused = await api.get(`/v1/explain?${query}`);
      expect([refused.status, refused.body.code]).toEqual([400, 'invalid']);
      expect(refused.body.detail).toMatch(detail);
    }
  });

  it('are made when a policy is edited', async () => {
    editFile(join(place.zones, 'network.yaml'), (text) =>
      text.replace('root4: { ipv4: shared }', 'root4: { ipv4: { at_least: europe } }'),
    );
    await expect.poll(() => ask('fail', A)).toBe('203.0.113.64');
    await expect
      .poll(async () =>
        (await api.get('/v1/decisions?limit=1000')).body.items.some(
          (d: { policy: string; after: string; before: string }) =>
            d.policy === 'root4' && d.before === 'anycast' && d.after === 'europe',
        ),
      )
      .toBe(true);
  });
});

/**
 * How long until a target that fails is no longer answered with, by real nginx that fail in every way there is. Times are printed; how fast a machine is that runs the tests
 * is not what is tested. The bars are 5 s with defaults and 1 s with an interval of 250 ms.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ADDRESSES, certificate, HealthRig } from '../support/health-rig.ts';
import { itNeeds } from '../support/needs.ts';
import type { Nginx } from '../support/nginx.ts';

interface Fault {
  readonly what: string;
  fail(nginx: Nginx): Promise<void> | void;
  mend(nginx: Nginx): Promise<void> | void;
  readonly cause: RegExp;
}

const faults: readonly Fault[] = [
  { what: 'killed', fail: (n) => n.kill(), mend: (n) => n.run(), cause: /connection (refused|reset|closed)/ },
  { what: 'stopped', fail: (n) => n.signal('SIGSTOP'), mend: (n) => n.signal('SIGCONT'), cause: /no answer within/ },
  { what: 'answers 500', fail: (n) => n.set('broken', true), mend: (n) => n.set('broken', false), cause: /status 500/ },
  {
    what: 'resets',
    fail: (n) => n.set('reset', true),
    mend: (n) => n.set('reset', false),
    cause: /connection (reset|closed)/,
  },
  { what: 'hangs', fail: (n) => n.set('hang', true), mend: (n) => n.set('hang', false), cause: /no answer within/ },
];

const seen: string[] = [];

async function through(
  rig: HealthRig,
  family: 'ipv4' | 'ipv6',
  { what, fail, mend, cause }: Fault,
  with_: string,
): Promise<void> {
  const nginx = rig.targets.zurich[family];
  const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
  await rig.answeredBy('zurich', family);
  await fail(nginx);
  const down = await rig.answeredBy('all', family);
  expect((await rig.health())[`zurich/${family}`]).toMatchObject({
    state: 'down',
    cause: expect.stringMatching(cause),
  });
  // Families never fail each other.
  expect((await rig.answers())[other]).toBe(ADDRESSES.zurich[other]);
  await mend(nginx);
  const up = await rig.answeredBy('zurich', family);
  seen.push(`${with_}: ${what} (${family}): new answer after ${Math.round(down)} ms, back after ${Math.round(up)} ms`);
}

describe('a target that fails is left', () => {
  itNeeds('nginx')(
    'with defaults',
    async () => {
      const rig = await HealthRig.start();
      try {
        await through(rig, 'ipv4', faults[0], 'defaults');
        await through(rig, 'ipv6', faults[1], 'defaults');
      } finally {
        await rig.stop();
      }
      console.log(seen.splice(0).join('\n'));
    },
    120_000,
  );

  itNeeds('nginx')(
    'with an interval of 250 ms, however it fails',
    async () => {
      // One fault follows upon another, and each recovery is to be seen.
      const more = 'guards: { damping: { enabled: false } }';
      const rig = await HealthRig.start({ check: 'interval: 250ms', more });
      try {
        for (const fault of faults) await through(rig, 'ipv4', fault, 'interval 250 ms');
        for (const fault of faults.slice(0, 2)) await through(rig, 'ipv6', fault, 'interval 250 ms');
      } finally {
        await rig.stop();
      }
      console.log(seen.splice(0).join('\n'));
    },
    180_000,
  );

  itNeeds('nginx', 'openssl')(
    'with a certificate that has expired, and is warned of one that will',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'steerd-certificates-'));
      const good = certificate(folder, 'www.example.net', 5);
      const rig = await HealthRig.start({
        type: 'https',
        check: 'host: www.example.net, interval: 250ms, timeout: 250ms, fall: 3',
        tls: good,
        env: { NODE_EXTRA_CA_CERTS: good.ca },
      });
      try {
        await rig.answeredBy('zurich', 'ipv4');
        const warnings = rig.server.log.filter(({ msg }) => /certificate ends in [45] days/.test(msg));
        expect(warnings.length).toBeGreaterThan(0);
        // In the same files.
        certificate(folder, 'www.example.net', -1);
        await rig.targets.zurich.ipv4.kill();
        await rig.targets.zurich.ipv4.run();
        await rig.answeredBy('all', 'ipv4');
        expect((await rig.health())['zurich/ipv4'].cause).toBe('https: certificate has expired');
      } finally {
        await rig.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

/** Listening on the wildcard addresses of a machine with several, as an anycast host is: dig believes only replies from the address it asked. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { itNeeds, missing } from '../support/needs.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

const ns = `steerd-wild-${process.pid}`;
const ADDRESSES = ['127.0.0.1', '10.53.1.1', '10.53.1.2', '192.0.2.53', '::1', 'fd00:53::1', '2001:db8::53'];
const place = workplace();
let server: SteerdProcess | undefined;

beforeAll(async () => {
  if (missing('ip', 'netns', 'dig').length > 0) return;
  const ip = (...args: string[]): void => void execFileSync('ip', args);
  ip('netns', 'add', ns);
  ip('-n', ns, 'link', 'set', 'lo', 'up');
  // Service addresses stand on loopback, as VIPs announced by BGP do.
  ip('-n', ns, 'addr', 'add', '10.53.1.1/24', 'dev', 'lo');
  ip('-n', ns, 'addr', 'add', '10.53.1.2/24', 'dev', 'lo');
  ip('-n', ns, 'addr', 'add', '192.0.2.53/32', 'dev', 'lo');
  ip('-n', ns, 'addr', 'add', 'fd00:53::1/64', 'dev', 'lo', 'nodad');
  ip('-n', ns, 'addr', 'add', '2001:db8::53/128', 'dev', 'lo', 'nodad');
});

afterAll(async () => {
  remove(place);
  if (missing('ip', 'netns', 'dig').length === 0) execFileSync('ip', ['netns', 'del', ns]);
});

describe.each(['batched', 'dgram'] as const)('wildcard listening over %s', (transport) => {
  itNeeds(
    'ip',
    'netns',
    'dig',
  )('answers from each address that is asked, UDP and TCP', async () => {
    const env = { STEERD_LISTEN: '0.0.0.0:53,[::]:53', STEERD_TRANSPORT: transport, STEERD_WORKERS: '2' };
    server = await SteerdProcess.start(place, env, ['ip', 'netns', 'exec', ns]);
    try {
      for (const address of ADDRESSES) {
        for (const how of ['+notcp', '+tcp']) {
          const out = execFileSync(
            'ip',
            [
              'netns',
              'exec',
              ns,
              'dig',
              `@${address}`,
              'www.example.net',
              'A',
              '+short',
              '+tries=1',
              '+timeout=20',
              how,
            ],
            { encoding: 'utf8' },
          );
          expect([address, how, out.trim()]).toEqual([address, how, '192.0.2.64']);
        }
      }
    } finally {
      await server.stop();
    }
  });
});

/** A store that can't be written any more while the server runs, as when a file system is remounted read-only after errors. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ApiCaller } from '../support/api.ts';
import { UdpClient } from '../support/ask.ts';
import { itNeeds } from '../support/needs.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

itNeeds('chattr', 'netns')(
  'refuses moves with a clear error, answers on, and takes moves again afterwards',
  async () => {
    const place = workplace();
    const server = await SteerdProcess.start(place);
    const client = await UdpClient.open();
    const address = async () => (await client.ask(server.address, 'www.example.net', 1)).addresses[0];
    // Files open for writing keep a mount from becoming read-only by hand; what can't be changed refuses writes all the same.
    const immutable = (sign: '+' | '-') => {
      const files = ['steerd.db', 'steerd.db-wal'].map((name) => join(place.state, name)).filter((f) => existsSync(f));
      execFileSync('chattr', [`${sign}i`, ...files]);
    };
    try {
      const api = ApiCaller.of(server, place);
      const move = () => api.ask('POST', '/v1/moves', { hosts: ['www.example.net'], to: 'europe', reason: 'x' });
      immutable('+');
      try {
        const refused = await move();
        expect([refused.status, refused.body.code]).toEqual([503, 'store-unavailable']);
        expect(refused.body.detail).toMatch(/^nothing was changed: .*steerd\.db can't be written: E/);
        expect(await address()).toBe('192.0.2.64');
        expect((await api.get('/v1/moves')).body.items).toEqual([]);
        expect((await api.get('/metrics')).body).toMatch(/^steerd_store_failures_total 1$/m);
        expect((await api.get('/readyz')).status).toBe(200);
      } finally {
        immutable('-');
      }
      expect((await move()).status).toBe(200);
      expect(await address()).toBe('198.51.100.64');
    } finally {
      client.close();
      await server.stop();
      remove(place);
    }
  },
);

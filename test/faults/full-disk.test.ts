/** A state directory on a disk that is full: refused at the start, survived later. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { ApiCaller } from '../support/api.ts';
import { UdpClient } from '../support/ask.ts';
import { itNeeds } from '../support/needs.ts';
import { editFile, remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

let place: Workplace;
let mounted = false;

beforeEach(() => {
  place = workplace();
});

/** A file system of a few pages. Root is needed, as for network namespaces. */
function tinyDisk(): void {
  mkdirSync(place.state, { mode: 0o700, recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=0700', 'tmpfs', place.state]);
  mounted = true;
}

function fill(): void {
  try {
    writeFileSync(join(place.state, 'filler'), Buffer.alloc(1024 * 1024));
  } catch {
    // Full, which is what is wanted.
  }
}

afterEach(() => {
  if (mounted) execFileSync('umount', [place.state]);
  mounted = false;
  remove(place);
});

describe('a full disk', () => {
  itNeeds('netns')('keeps a server from starting, with a message', async () => {
    tinyDisk();
    fill();
    await expect(SteerdProcess.start(place)).rejects.toThrow(/not started: .*can't be (written|used): ENOSPC/);
  });

  itNeeds('netns')('later costs serials, not answers: an edit is still served, and the log says so', async () => {
    tinyDisk();
    const server = await SteerdProcess.start(place);
    const client = await UdpClient.open();
    try {
      fill();
      editFile(join(place.zones, 'example.net.yaml'), (text) =>
        text.replace('service: web, group: anycast', 'service: web, group: europe'),
      );
      const said = (): string => server.log.map(({ msg }) => msg).join('\n');
      await expect
        .poll(said)
        .toMatch(/serials\.json can't be written: .*ENOSPC.*; serials may step back after a restart/);
      expect((await client.ask(server.address, 'www.example.net', 1)).addresses).toEqual(['198.51.100.64']);
      rmSync(join(place.state, 'filler'));
    } finally {
      client.close();
      await server.stop();
    }
  });

  itNeeds('netns')('refuses a move, which changes nothing, and takes it when there is room again', async () => {
    tinyDisk();
    const server = await SteerdProcess.start(place);
    const client = await UdpClient.open();
    const address = async () => (await client.ask(server.address, 'www.example.net', 1)).addresses[0];
    try {
      const api = ApiCaller.of(server, place);
      const move = (reason: string) =>
        api.ask('POST', '/v1/moves', { hosts: ['www.example.net'], to: 'europe', reason: reason.padEnd(500, '.') });
      fill();
      // What little room the log of the database still has is used up first.
      let refused = await move('first');
      for (let i = 0; refused.status === 200 && i < 100; i++) {
        await api.ask('POST', `/v1/moves/${refused.body.id}/revert`, { reason: 'back' });
        refused = await move(`${i}`);
      }
      expect([refused.status, refused.body.code]).toEqual([503, 'store-unavailable']);
      expect(refused.body.detail).toMatch(
        /^nothing was changed: the disk of .*steerd\.db is full; make room and try again$/,
      );
      const before = (await api.get('/v1/hosts/www.example.net')).body;
      expect([await address()]).toEqual(before.a);
      const known = (await api.get('/v1/moves')).body.items.length;
      rmSync(join(place.state, 'filler'));
      expect((await move('now')).status).toBe(200);
      expect(await address()).toBe('198.51.100.64');
      expect((await api.get('/v1/moves')).body.items.length).toBe(known + 1);
    } finally {
      client.close();
      await server.stop();
    }
  });
});

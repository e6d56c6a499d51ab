/** A state directory on a disk that is full: refused at the start, survived later. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import { UdpClient } from '../support/ask.ts';
import { itNeeds } from '../support/needs.ts';
import { editFile, remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

const place = workplace();
let mounted = false;

/** A file system of a few pages. Root is needed, as for network namespaces. */
function tinyDisk(): void {
  mkdirSync(place.state, { mode: 0o700, recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k,mode=0700', 'tmpfs', place.state]);
  mounted = true;
}

function fill(): void {
  try {
    writeFileSync(join(place.state, 'filler'), Buffer.alloc(64 * 1024));
  } catch {
    // Full, which is what is wanted.
  }
}

afterEach(() => {
  if (mounted) execFileSync('umount', [place.state]);
  mounted = false;
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
      const warning = await server.logged('warning');
      expect(warning.msg).toMatch(/serials\.json can't be written: .*ENOSPC.*; serials may step back after a restart/);
      expect((await client.ask(server.address, 'www.example.net', 1)).addresses).toEqual(['198.51.100.64']);
      rmSync(join(place.state, 'filler'));
    } finally {
      client.close();
      await server.stop();
    }
    if (mounted) execFileSync('umount', [place.state]);
    mounted = false;
    remove(place);
  });
});

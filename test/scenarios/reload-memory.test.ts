/** The memory of tables that were replaced is given back, and never that of those answered from. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadLibc } from '../../src/transport/libc.ts';
import { UdpClient } from '../support/ask.ts';
import { replaceFile } from '../support/steerd-process.ts';
import { WholeServer } from '../support/whole-server.ts';

const A = 1;
const GROUPS = ['anycast', 'europe', 'switzerland'] as const;
const ADDRESS = { anycast: '192.0.2.64', europe: '198.51.100.64', switzerland: '203.0.113.64' } as const;
/** More than an overlay holds, so that each change of all makes a new base. */
const HOSTS = 3000;

let whole: WholeServer;
let client: UdpClient;

afterEach(async () => {
  client.close();
  await whole.stop();
});

function write(group: string): void {
  const hosts = Array.from({ length: HOSTS }, (_, i) => `host${i} 60 IN STEER web ${group}\n`);
  replaceFile(join(whole.zones, 'example.org.zone'), `$TTL 60\n@ NS ns1\nns1 A 192.0.2.53\n${hosts.join('')}`);
}

/** Words of each base that are not zero, its header's among them. */
function written(): number[] {
  return whole.server.publisher.arenas.bases.map(({ slots, nodes, data }) => {
    for (const column of [slots, nodes, data]) column.refresh();
    return [slots, nodes, data].reduce((sum, { u32 }) => sum + u32.reduce((n, word) => n + Number(word !== 0), 0), 0);
  });
}

describe.skipIf(loadLibc() === undefined)('a reload', () => {
  it('leaves the memory of one base, while it is answered from', async () => {
    whole = await WholeServer.start();
    client = await UdpClient.open();
    const { server } = whole;
    const [address] = server.workers.addresses;
    for (let i = 0; i < 6; i++) {
      const group = GROUPS[i % GROUPS.length];
      const before = server.publisher.served?.base as number;
      write(group);
      expect(await server.reload()).toBe(true);
      const now = server.publisher.served?.base as number;
      expect(now).not.toBe(before);
      await expect.poll(() => written()[before]).toBe(0);
      expect(written()[now]).toBeGreaterThan(HOSTS);
      for (const host of [0, HOSTS - 1])
        expect((await client.ask(address, `host${host}.example.org`, A)).addresses).toEqual([ADDRESS[group]]);
    }
  });

  it('that changes nothing, is refused, or is only asked for, leaves none of what it read', async () => {
    whole = await WholeServer.start();
    client = await UdpClient.open();
    const { server } = whole;
    write('anycast');
    await server.reload();
    const served = server.publisher.served?.base as number;
    const idle = 1 - served;
    for (const read of [
      () => server.reload(true),
      () => {
        write('nowhere');
        return server.reload();
      },
      () => {
        write('europe');
        return server.preview();
      },
    ]) {
      await read();
      await expect.poll(() => written()[idle]).toBe(0);
      expect(server.publisher.served?.base).toBe(served);
      const [address] = server.workers.addresses;
      expect((await client.ask(address, 'host7.example.org', A)).addresses).toEqual([ADDRESS.anycast]);
    }
  });
});

/** A server that was told to end while it read zone files started another thread to read them, and never ended. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { remove, replaceFile, SteerdProcess, workplace } from '../support/steerd-process.ts';

const zone = (hosts: number): string => `@ NS ns1\nns1 A 192.0.2.53\n$GENERATE 1-${hosts} host$ STEER web anycast\n`;

it('a server told to end amid a reload ends', async () => {
  const place = workplace('network');
  const file = join(place.zones, 'big.example.zone');
  writeFileSync(file, zone(2));
  const server = await SteerdProcess.start(place, { STEERD_RELOAD_SETTLE: '1ms' });
  try {
    // Long enough to be read that the end comes before it is.
    replaceFile(file, zone(1_000_000));
    await new Promise((later) => setTimeout(later, 300));
    expect(await server.stop()).toBe(0);
    expect(server.log.map(({ event }) => event)).not.toContain('loaded');
  } finally {
    await server.kill();
    remove(place);
  }
});

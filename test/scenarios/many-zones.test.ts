/** Twelve thousand small zones in one directory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UdpClient } from '../support/ask.ts';
import { editFile, remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

const ZONES = 12_000;
const A = 1;

it(`serves ${ZONES} zones, and one edited among them`, async () => {
  const place = workplace('network');
  for (let i = 0; i < ZONES; i++) {
    writeFileSync(
      join(place.zones, `zone${i}.example.yaml`),
      `'': { type: NS, value: ns.other.example. }\nwww: { type: STEER, service: web, group: anycast }\nmail: { type: A, value: 192.0.2.25 }\n`,
    );
  }
  const server = await SteerdProcess.start(place);
  const client = await UdpClient.open();
  try {
    for (const i of [0, 1, 6000, 7777, ZONES - 1]) {
      expect((await client.ask(server.address, `www.zone${i}.example`, A)).addresses).toEqual(['192.0.2.64']);
      expect((await client.ask(server.address, `nope.zone${i}.example`, A)).rcode).toBe(3);
    }
    expect((await client.ask(server.address, `www.zone${ZONES}.example`, A)).rcode).toBe(5);
    editFile(join(place.zones, 'zone7777.example.yaml'), (text) => text.replace('anycast', 'europe'));
    const began = performance.now();
    const edited = async () => (await client.ask(server.address, 'www.zone7777.example', A)).addresses[0];
    await expect.poll(edited).toBe('198.51.100.64');
    const took = Math.round(performance.now() - began);
    const resident = Math.round(
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024,
    );
    console.log(`${ZONES} zones: ready in ${server.milliseconds} ms, one edited in ${took} ms, ${resident} MiB`);
    expect((await client.ask(server.address, 'www.zone7776.example', A)).addresses).toEqual(['192.0.2.64']);
  } finally {
    client.close();
    await server.stop();
    remove(place);
  }
});

/** Where one worker could not listen, the server neither started nor ended: it waited for the end of threads that had ended. So did `transport: dgram` with two stream workers. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { askTcp, queryMessage } from '../support/ask.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

it('a TCP port that another program has ends the start, with its name', async () => {
  const place = workplace();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  try {
    const env = { STEERD_TRANSPORT: 'dgram', STEERD_LISTEN: `127.0.0.1:${port}`, STEERD_STREAM_WORKERS: '2' };
    await expect(SteerdProcess.start(place, env)).rejects.toThrow(
      new RegExp(`ended with 1: [^]*not started: TCP 127\\.0\\.0\\.1:${port} is in use by another program`),
    );
  } finally {
    other.close();
    remove(place);
  }
});

it('stream workers share an address without batched calls too', async () => {
  const place = workplace();
  const server = await SteerdProcess.start(place, { STEERD_TRANSPORT: 'dgram', STEERD_STREAM_WORKERS: '3' });
  try {
    const [{ addresses }] = await askTcp(server.address, [queryMessage(1, 'www.example.net', 1)]);
    expect(addresses).toEqual(['192.0.2.64']);
  } finally {
    await server.stop();
    remove(place);
  }
});

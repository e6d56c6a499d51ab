/**
 * UDP through node:dgram, for machines without koffi's C library calls: one packet a call, the same responder. Node can't say which of our
 * addresses was asked, so a wildcard address is listened on as each of the machine's addresses (those it has at start).
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { SAMPLE_EVERY } from '../answer/service-time.ts';
import type { Unwrapped } from './proxied-datagram.ts';
import { isWildcard, type ListenAddress, type Listener } from './socket-address.ts';
import type { WayBack } from './udp-loop.ts';

/** What a burst may queue while the thread is busy; the system's limit (net.core.rmem_max) holds. */
const SOCKET_BUFFER = 512 << 10;

type Peer = Pick<RemoteInfo, 'address' | 'port'>;

export interface DatagramHandler {
  /** Takes off what a proxy has put in front of a message from an address; only where there are proxies. */
  unwrap?(message: Uint8Array, from: string): Unwrapped;
  /** Answers a message of a client in place. @param back sends a reply that comes later @returns the reply's octets, 0 for none */
  answer(message: Uint8Array, length: number, client: Unwrapped['client'], back: WayBack): number;
  /** Whether the message given to `answer` last waits for a signature: then what answers it again is given to `wait`. */
  isAwaiting(): boolean;
  wait(client: Unwrapped['client'], again: () => void): void;
  unsent(count: number): void;
  /** The address of a client, now and then. */
  peer(client: Unwrapped['client']): void;
  /** How long a message was in our hands, from its receive until its reply was the kernel's; every SAMPLE_EVERYth message. */
  served(milliseconds: number): void;
}

/** The addresses a wildcard stands for; any other address stands for itself. */
export function expandWildcard(address: Listener): Listener[] {
  if (!isWildcard(address)) return [address];
  const ipv6 = address.host.includes(':');
  const hosts = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((i) => (i.family === 'IPv6') === ipv6 && !(ipv6 && i.scopeid !== 0))
    .map((i) => i.address);
  return [...new Set(hosts)].map((host) => ({ ...address, host }));
}

/**
 * Opens an address. Call only in the thread that answers.
 * @returns the socket and the port it got
 */
export async function openDatagram(
  address: ListenAddress,
  udpSize: number,
  reusePort: boolean,
  handler: DatagramHandler,
): Promise<{ socket: Socket; port: number }> {
  const ipv6 = address.host.includes(':');
  const socket = createSocket({
    type: ipv6 ? 'udp6' : 'udp4',
    ipv6Only: ipv6,
    reusePort,
    recvBufferSize: SOCKET_BUFFER,
  });
  const buffer = new Uint8Array(udpSize + 1);
  let messages = 0;
  let untilTimed: number = SAMPLE_EVERY;
  socket.on('message', (received, peer) => {
    const timed = --untilTimed <= 0;
    const began = timed ? performance.now() : 0;
    const { message, client } = handler.unwrap?.(received, peer.address) ?? { message: received, client: peer.address };
    if ((messages++ & 0xff) === 0) handler.peer(client);
    // Too long for the buffer: something was cut off, and what is left can't be judged.
    const whole = message.length <= udpSize;
    if (whole) buffer.set(message);
    const length = handler.answer(buffer, whole ? message.length : 0, client, wayBack(peer));
    if (length === 0 && handler.isAwaiting()) {
      const waiting = buffer.slice(0, message.length);
      handler.wait(client, () => again(waiting, client, peer));
      return;
    }
    // Without a reply there is no end of its service; the next message is timed instead.
    if (length === 0) return;
    if (timed) untilTimed = SAMPLE_EVERY;
    reply(length, peer, timed ? began : undefined);
  });
  /** Sends the reply in the buffer. @param began when its message was received, if it is timed */
  const reply = (length: number, peer: Peer, began?: number): void => {
    // A copy: send() keeps the octets until the kernel has taken them.
    socket.send(buffer.slice(0, length), peer.port, peer.address, (error) => {
      if (error !== null) handler.unsent(1);
      else if (began !== undefined) handler.served(performance.now() - began);
    });
  };
  const wayBack =
    ({ port, address }: Peer): WayBack =>
    (late) =>
      socket.send(late, port, address, (error) => {
        if (error !== null) handler.unsent(1);
      });
  const again = (message: Uint8Array, client: Unwrapped['client'], peer: Peer): void => {
    buffer.set(message);
    const length = handler.answer(buffer, message.length, client, wayBack(peer));
    if (length > 0) reply(length, peer);
    else if (handler.isAwaiting()) handler.wait(client, () => again(message, client, peer));
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port: address.port, address: address.host, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  // After start an error concerns one packet (an ICMP reply, say), not the server.
  socket.on('error', () => handler.unsent(1));
  return { socket, port: socket.address().port };
}

/**
 * Opens the listening sockets, on the main thread: UDP one per worker and address, TCP one per address. They belong to the main thread, so
 * a worker that dies can be replaced on them.
 */
import { Errno, type Libc } from './libc.ts';
import { Room } from './receive-room.ts';
import {
  formatListen,
  fromSockaddr,
  isWildcard,
  type ListenAddress,
  type Listener,
  SOCKADDR_SIZE,
  toSockaddr,
} from './socket-address.ts';

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const SOCK_NONBLOCK = 0x800;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;
const SO_SNDBUF = 7;
const SO_REUSEPORT = 15;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IP_MTU_DISCOVER = 10;
const IPPROTO_IPV6 = 41;
const IPV6_MTU_DISCOVER = 23;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_NOTSENT_LOWAT = 25;
/** Ignore path MTU news for this socket: forged ones must not make us fragment (as NSD and Knot set it). */
const PMTUDISC_OMIT = 5;
/** Of what is to be sent: the kernel doubles it. */
const SEND_BUFFER = 512 << 10;
const BACKLOG = 1024;
/** What the kernel holds of a connection's answers before it takes no more, beside those on their way: a client that doesn't read holds no more than this. */
const UNSENT = 128 << 10;
/** Port 0 asks for any port; UDP and TCP shall get the same, so a taken pair is tried again. */
const PORT_TRIES = 50;

/** An address with its sockets. */
export interface OpenAddress {
  /** With the port that was really bound. */
  readonly address: Listener;
  readonly wildcard: boolean;
  /** By worker. */
  readonly udp: readonly number[];
  readonly tcp: number;
}

/** Why an address can't be listened on, in the operator's words. */
export class ListenError extends Error {
  readonly address: ListenAddress;
  constructor(address: ListenAddress, message: string) {
    super(message);
    this.name = 'ListenError';
    this.address = address;
  }
}

/**
 * Opens UDP sockets for `workers` workers and one TCP socket.
 * @throws ListenError
 */
export function openAddress(libc: Libc, wanted: Listener, workers: number): OpenAddress {
  for (let attempt = 1; ; attempt++) {
    const opened: number[] = [];
    try {
      // SO_REUSEPORT would let us join another server's port and share its traffic unnoticed: ask without it first.
      const probe = openUdp(libc, wanted, false);
      opened.push(probe);
      const address = { ...wanted, port: wanted.port === 0 ? nameOf(libc, probe).port : wanted.port };
      libc.close(probe);
      opened.pop();
      const udp: number[] = [];
      for (let w = 0; w < workers; w++) {
        // One worker has the port to itself; SO_REUSEPORT would only make the kernel choose among one.
        const fd = openUdp(libc, address, workers > 1);
        opened.push(fd);
        udp.push(fd);
      }
      const tcp = openTcp(libc, address);
      return { address, wildcard: isWildcard(address), udp, tcp };
    } catch (error) {
      for (const fd of opened) libc.close(fd);
      if (wanted.port !== 0 || attempt === PORT_TRIES) throw error;
    }
  }
}

export function closeAddress(libc: Libc, address: OpenAddress): void {
  for (const fd of address.udp) libc.close(fd);
  libc.close(address.tcp);
}

function openUdp(libc: Libc, address: ListenAddress, reusePort: boolean): number {
  const fd = open(libc, address, SOCK_DGRAM | SOCK_CLOEXEC);
  const ipv6 = address.host.includes(':');
  if (reusePort) set(libc, fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (isWildcard(address)) {
    if (ipv6) set(libc, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    else set(libc, fd, IPPROTO_IP, IP_PKTINFO, 1);
  }
  set(libc, fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, PMTUDISC_OMIT);
  setBuffer(libc, fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
  setReceiveBuffer(libc, fd, Room.AMPLE);
  bind(libc, fd, address, 'UDP');
  return fd;
}

function openTcp(libc: Libc, address: ListenAddress): number {
  const fd = open(libc, address, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
  set(libc, fd, SOL_SOCKET, SO_REUSEADDR, 1);
  // Connections inherit both. Answers go out together, so waiting for more (Nagle) would only delay them.
  set(libc, fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(libc, fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT);
  bind(libc, fd, address, 'TCP');
  if (libc.listen(fd, BACKLOG) < 0) {
    const errno = libc.errno();
    libc.close(fd);
    throw refusal(address, 'TCP', errno);
  }
  return fd;
}

function open(libc: Libc, address: ListenAddress, type: number): number {
  const ipv6 = address.host.includes(':');
  const fd = libc.socket(ipv6 ? 10 : 2, type, 0);
  if (fd < 0) throw refusal(address, type & SOCK_STREAM ? 'TCP' : 'UDP', libc.errno());
  // So that [::] and 0.0.0.0 can both be listened on.
  if (ipv6) set(libc, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

function bind(libc: Libc, fd: number, address: ListenAddress, transport: 'UDP' | 'TCP'): void {
  const sockaddr = toSockaddr(address);
  if (libc.bind(fd, sockaddr, sockaddr.length) === 0) return;
  const errno = libc.errno();
  libc.close(fd);
  throw refusal(address, transport, errno);
}

/** Sets how much a socket may hold of what was received (receive-room.ts). */
export function setReceiveBuffer(libc: Libc, fd: number, octets: number): void {
  setBuffer(libc, fd, SO_RCVBUFFORCE, SO_RCVBUF, octets);
}

/** The FORCE variants pass net.core.rmem_max and wmem_max and need CAP_NET_ADMIN; without it the limit is the system's. */
function setBuffer(libc: Libc, fd: number, force: number, plain: number, octets: number): void {
  if (set(libc, fd, SOL_SOCKET, force, octets) < 0) set(libc, fd, SOL_SOCKET, plain, octets);
}

function set(libc: Libc, fd: number, level: number, name: number, value: number): number {
  const buffer = new Uint8Array(new ArrayBuffer(4));
  new DataView(buffer.buffer).setInt32(0, value, true);
  return libc.setsockopt(fd, level, name, buffer, 4);
}

function nameOf(libc: Libc, fd: number): ListenAddress {
  const sockaddr = new Uint8Array(new ArrayBuffer(SOCKADDR_SIZE));
  const length = new Uint8Array(new ArrayBuffer(4));
  length[0] = SOCKADDR_SIZE;
  libc.getsockname(fd, sockaddr, length);
  return fromSockaddr(sockaddr);
}

/**
 * The refusal of one address, said so that an operator knows what to do.
 * @param setting the one that names the address
 */
export function refusal(
  address: ListenAddress,
  transport: 'UDP' | 'TCP',
  errno: number,
  setting = 'listen',
): ListenError {
  const where = `${transport} ${formatListen(address)}`;
  switch (errno) {
    case Errno.EADDRINUSE:
      return new ListenError(
        address,
        `${where} is in use by another program, perhaps another steerd; stop it or change ${setting}:`,
      );
    case Errno.EACCES:
      return new ListenError(
        address,
        `${where} may not be opened by this user: ports below 1024 need CAP_NET_BIND_SERVICE (see "Port 53 without root" in README.md)`,
      );
    case Errno.EADDRNOTAVAIL:
      return new ListenError(
        address,
        `${where} can't be opened: this machine does not have the address ${address.host}`,
      );
    case Errno.EAFNOSUPPORT:
      return new ListenError(address, `${where} can't be opened: this machine has no IPv6; remove it from ${setting}:`);
    default:
      return new ListenError(address, `${where} can't be opened: error ${errno}`);
  }
}

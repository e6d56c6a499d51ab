/**
 * The C library's socket calls, through koffi. Linux with glibc on a 64-bit little-endian machine; elsewhere `loadLibc` gives undefined and node's
 * own sockets are used. All calls are synchronous and block their thread, so only socket set-up runs on the main thread.
 */
import { createRequire } from 'node:module';
import { endianness } from 'node:os';

type Pointer = Uint8Array | null;

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Pointer, length: number): number;
  listen(fd: number, backlog: number): number;
  close(fd: number): number;
  dup(fd: number): number;
  setsockopt(fd: number, level: number, name: number, value: Pointer, length: number): number;
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  poll(fds: Pointer, count: number, timeout: number): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: Pointer): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  flock(fd: number, operation: number): number;
  /** Error number of this thread's last call. */
  errno(): number;
  /** The address of a buffer's first octet. The buffer must own its ArrayBuffer and stay referenced while the address is used. */
  address(buffer: Uint8Array): bigint;
}

export const Errno = { EINTR: 4, EAGAIN: 11, EACCES: 13, EADDRINUSE: 98, EADDRNOTAVAIL: 99, EAFNOSUPPORT: 97 } as const;

interface Koffi {
  load(name: string): { func(declaration: string): (...args: unknown[]) => number };
  errno(): number;
  address(buffer: Uint8Array): bigint;
}

let loaded: Libc | undefined | null = null;

/** The calls, or undefined where they can't be had (musl, macOS, Windows, a machine koffi has no binary for). */
export function loadLibc(): Libc | undefined {
  if (loaded === null) loaded = tryLoad();
  return loaded;
}

function tryLoad(): Libc | undefined {
  if (process.platform !== 'linux' || endianness() !== 'LE' || !['x64', 'arm64'].includes(process.arch))
    return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const libc = koffi.load('libc.so.6');
    return {
      socket: libc.func('int socket(int, int, int)'),
      bind: libc.func('int bind(int, void *, uint32_t)'),
      listen: libc.func('int listen(int, int)'),
      close: libc.func('int close(int)'),
      dup: libc.func('int dup(int)'),
      setsockopt: libc.func('int setsockopt(int, int, int, void *, uint32_t)'),
      getsockname: libc.func('int getsockname(int, void *, void *)'),
      poll: libc.func('int poll(void *, uint64_t, int)'),
      recvmmsg: libc.func('int recvmmsg(int, void *, uint32_t, int, void *)'),
      sendmmsg: libc.func('int sendmmsg(int, void *, uint32_t, int)'),
      flock: libc.func('int flock(int, int)'),
      errno: () => koffi.errno(),
      address: (buffer) => koffi.address(buffer),
    };
  } catch {
    // No binary for this machine, or no glibc under that name.
    return undefined;
  }
}

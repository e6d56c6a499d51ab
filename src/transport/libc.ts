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
  setsockopt(fd: number, level: number, name: number, value: Pointer, length: number): number;
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  poll(fds: Pointer, count: number, timeout: number): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: Pointer): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  flock(fd: number, operation: number): number;
  sched_yield(): number;
  getsockopt(fd: number, level: number, name: number, value: Pointer, length: Pointer): number;
  sendto(fd: number, octets: Pointer, count: number, flags: number, address: Pointer, length: number): number;
  /** @returns the memory's address; all ones when it failed */
  mmap(at: null, octets: number, protection: number, flags: number, fd: number, offset: number): bigint | null;
  munmap(memory: bigint, octets: number): number;
  madvise(memory: number, octets: number, advice: number): number;
  /** A system call of three arguments. */
  syscall(number: number, first: number, second: Pointer, third: number): number;
  /** Index of an interface, 0 if there is none of that name. */
  if_nametoindex(name: string): number;
  eventfd(initial: number, flags: number): number;
  read(fd: number, to: Pointer, count: number): number;
  write(fd: number, from: Pointer, count: number): number;
  // For streams. Buffers are given by address (`pointer`), so that a call may begin anywhere in one without making a view of it.
  accept4(fd: number, address: number, length: number, flags: number): number;
  recv(fd: number, to: number, length: number, flags: number): number;
  send(fd: number, from: number, length: number, flags: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_wait(epoll: number, events: number, count: number, timeout: number): number;
  /** `address` as a number: addresses of this machine fit. */
  pointer(buffer: Uint8Array): number;
  /** Error number of this thread's last call. */
  errno(): number;
  /** The address of a buffer's first octet. The buffer must own its ArrayBuffer and stay referenced while the address is used. */
  address(buffer: Uint8Array): bigint;
  /** Memory outside of node, as a buffer. It must stay mapped for as long as the buffer is used. */
  view(memory: bigint, octets: number): ArrayBuffer;
}

export const Errno = {
  EINTR: 4,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  ENFILE: 23,
  EMFILE: 24,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENOBUFS: 105,
} as const;

interface Koffi {
  // A function returns what its declaration says: a number, or a pointer.
  load(name: string): { func<T = number>(declaration: string): (...args: unknown[]) => T };
  errno(): number;
  address(buffer: Uint8Array): bigint;
  view(memory: bigint, octets: number): ArrayBuffer;
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
      setsockopt: libc.func('int setsockopt(int, int, int, void *, uint32_t)'),
      getsockname: libc.func('int getsockname(int, void *, void *)'),
      poll: libc.func('int poll(void *, uint64_t, int)'),
      recvmmsg: libc.func('int recvmmsg(int, void *, uint32_t, int, void *)'),
      sendmmsg: libc.func('int sendmmsg(int, void *, uint32_t, int)'),
      flock: libc.func('int flock(int, int)'),
      sched_yield: libc.func('int sched_yield()'),
      getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
      sendto: libc.func('int64_t sendto(int, void *, uint64_t, int, void *, uint32_t)'),
      mmap: libc.func<bigint | null>('void *mmap(void *, uint64_t, int, int, int, int64_t)'),
      munmap: libc.func('int munmap(void *, uint64_t)'),
      madvise: libc.func('int madvise(uintptr_t, uint64_t, int)'),
      syscall: libc.func('int64_t syscall(int64_t, int64_t, void *, uint64_t)'),
      if_nametoindex: libc.func('uint32_t if_nametoindex(str)'),
      eventfd: libc.func('int eventfd(uint32_t, int)'),
      read: libc.func('int64_t read(int, void *, uint64_t)'),
      write: libc.func('int64_t write(int, void *, uint64_t)'),
      accept4: libc.func('int accept4(int, uintptr_t, uintptr_t, int)'),
      recv: libc.func('int recv(int, uintptr_t, uint64_t, int)'),
      send: libc.func('int send(int, uintptr_t, uint64_t, int)'),
      epoll_create1: libc.func('int epoll_create1(int)'),
      epoll_ctl: libc.func('int epoll_ctl(int, int, int, uintptr_t)'),
      epoll_wait: libc.func('int epoll_wait(int, uintptr_t, int, int)'),
      pointer: (buffer) => Number(koffi.address(buffer)),
      errno: () => koffi.errno(),
      address: (buffer) => koffi.address(buffer),
      view: (memory, octets) => koffi.view(memory, octets),
    };
  } catch {
    // No binary for this machine, or no glibc under that name.
    return undefined;
  }
}

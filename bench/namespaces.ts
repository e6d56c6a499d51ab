/** Two network namespaces joined by a veth pair, made for one run and removed after it: packets never leave them. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { LoadPlace } from './xdp-load.ts';

export const SERVER_ADDRESS = '10.53.0.1';
export const LOAD_ADDRESS = '10.53.0.2';
export const SERVER_ADDRESS6 = 'fd00:53::1';
const LOAD_ADDRESS6 = 'fd00:53::2';
export const SERVER_INTERFACE = 'vs';
const LOAD_INTERFACE = 'vl';

/** Of a run's two namespaces, before `s` or `l` and the number of its process. */
const PREFIX = 'steerd-bench-';

/** Removes what runs that were killed have left: namespaces whose process is no more, and the servers and loads in them. */
export function removeLeftNamespaces(): void {
  const list = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [, name, pid] of list.matchAll(new RegExp(`^(${PREFIX}[sl](\\d+))\\b`, 'gm'))) {
    if (existsSync(`/proc/${pid}`)) continue;
    const inside = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).split('\n').filter(Boolean);
    for (const left of inside) endLeft(Number(left));
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    } catch {
      // Another run was faster.
    }
  }
}

function endLeft(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export class Namespaces {
  readonly server = `${PREFIX}s${process.pid}`;
  readonly load = `${PREFIX}l${process.pid}`;
  /** For a load of our own (xdp-load.ts). */
  readonly loadPlace: LoadPlace;

  /** @param queues of each end: what the server's interface spreads queries over */
  constructor(queues = 1) {
    const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    removeLeftNamespaces();
    ip('netns', 'add', this.server);
    ip('netns', 'add', this.load);
    const many = ['numrxqueues', String(queues), 'numtxqueues', String(queues)];
    const [server, load] = [
      [SERVER_INTERFACE, 'netns', this.server],
      [LOAD_INTERFACE, 'netns', this.load],
    ];
    ip('link', 'add', ...server, ...many, 'type', 'veth', 'peer', 'name', ...load, ...many);
    for (const [ns, dev, ipv4, ipv6] of [
      [this.server, SERVER_INTERFACE, SERVER_ADDRESS, SERVER_ADDRESS6],
      [this.load, LOAD_INTERFACE, LOAD_ADDRESS, LOAD_ADDRESS6],
    ]) {
      ip('-n', ns, 'addr', 'add', `${ipv4}/24`, 'dev', dev);
      // Without waiting for somebody else who has the address.
      ip('-n', ns, 'addr', 'add', `${ipv6}/64`, 'dev', dev, 'nodad');
      ip('-n', ns, 'link', 'set', 'lo', 'up');
      ip('-n', ns, 'link', 'set', dev, 'up');
    }
    // The machine's own may pace by timers (BBR), which costs as much CPU as answering does; Reno is in every kernel and open to every namespace.
    for (const ns of [this.server, this.load])
      ip('netns', 'exec', ns, 'sysctl', '-qw', 'net.ipv4.tcp_congestion_control=reno');
    // kxdpgun invents source addresses; replies to them need a way back.
    ip('-n', this.server, 'route', 'add', 'default', 'via', LOAD_ADDRESS);
    // And a neighbour entry each, so that the first packets don't wait for ARP.
    const mac = (ns: string, dev: string): string =>
      execFileSync('ip', ['-n', ns, '-o', 'link', 'show', dev], { encoding: 'utf8' }).match(/link\/ether (\S+)/)![1];
    this.loadPlace = {
      interface: LOAD_INTERFACE,
      from: [LOAD_ADDRESS],
      to: SERVER_ADDRESS,
      mac: mac(this.server, SERVER_INTERFACE),
    };
    ip(
      '-n',
      this.server,
      'neigh',
      'replace',
      LOAD_ADDRESS,
      'lladdr',
      mac(this.load, LOAD_INTERFACE),
      'dev',
      SERVER_INTERFACE,
    );
    ip('-n', this.load, 'neigh', 'replace', SERVER_ADDRESS, 'lladdr', this.loadPlace.mac, 'dev', LOAD_INTERFACE);
  }

  /** Takes away what a server may have left at its interface: Knot leaves its XDP program there. */
  clear(): void {
    execFileSync('ip', ['-n', this.server, 'link', 'set', SERVER_INTERFACE, 'xdp', 'off'], { stdio: 'ignore' });
  }

  remove(): void {
    for (const ns of [this.server, this.load]) {
      try {
        execFileSync('ip', ['netns', 'del', ns], { stdio: 'ignore' });
      } catch {
        // Gone already.
      }
    }
  }
}

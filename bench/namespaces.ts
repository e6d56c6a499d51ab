/** Two network namespaces joined by a veth pair, made for one run and removed after it: packets never leave them. */
import { execFileSync } from 'node:child_process';

export const SERVER_ADDRESS = '10.53.0.1';
export const LOAD_ADDRESS = '10.53.0.2';

export class Namespaces {
  readonly server = `steerd-bench-s${process.pid}`;
  readonly load = `steerd-bench-l${process.pid}`;

  constructor() {
    const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    ip('netns', 'add', this.server);
    ip('netns', 'add', this.load);
    ip('link', 'add', 'vs', 'netns', this.server, 'type', 'veth', 'peer', 'name', 'vl', 'netns', this.load);
    for (const [ns, dev, address] of [
      [this.server, 'vs', SERVER_ADDRESS],
      [this.load, 'vl', LOAD_ADDRESS],
    ]) {
      ip('-n', ns, 'addr', 'add', `${address}/24`, 'dev', dev);
      ip('-n', ns, 'link', 'set', 'lo', 'up');
      ip('-n', ns, 'link', 'set', dev, 'up');
    }
    // kxdpgun invents source addresses; replies to them need a way back.
    ip('-n', this.server, 'route', 'add', 'default', 'via', LOAD_ADDRESS);
    // And a neighbour entry each, so that the first packets don't wait for ARP.
    const mac = (ns: string, dev: string): string =>
      execFileSync('ip', ['-n', ns, '-o', 'link', 'show', dev], { encoding: 'utf8' }).match(/link\/ether (\S+)/)![1];
    ip('-n', this.server, 'neigh', 'replace', LOAD_ADDRESS, 'lladdr', mac(this.load, 'vl'), 'dev', 'vs');
    ip('-n', this.load, 'neigh', 'replace', SERVER_ADDRESS, 'lladdr', mac(this.server, 'vs'), 'dev', 'vl');
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

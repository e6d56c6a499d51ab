/** DNS over TCP (RFC 7766) through node:net, for machines without koffi's C library calls (batched-tcp.ts does the same through them). */
import type { PrefixSet } from '../net/prefix-set.ts';
import { FramedStreams } from './framed-streams.ts';
import { SigningTurns } from './signing-turns.ts';
import type { Listener } from './socket-address.ts';
import type { StreamHandler, TcpLimits } from './stream.ts';
import { type Guest, StreamGate } from './stream-gate.ts';

export class TcpListener {
  readonly #gate: StreamGate;
  readonly #streams: FramedStreams;

  /** @param proxies whose connections begin with a header (proxy-header.ts) */
  constructor(limits: TcpLimits, handler: StreamHandler, proxies?: PrefixSet) {
    this.#gate = new StreamGate(limits, handler, proxies);
    this.#streams = new FramedStreams(limits, handler, this.#gate, new SigningTurns(handler));
  }

  /** @param reusePort share the address with others who say so. @returns the port */
  listen(address: Listener, reusePort: boolean): Promise<number> {
    const serve = (guest: Guest): void => this.#streams.serve(guest, guest.socket);
    return this.#gate.listen(address, reusePort, (guest) => this.#gate.tell(guest, guest.socket, () => serve(guest)));
  }

  close(): void {
    this.#gate.close();
  }
}

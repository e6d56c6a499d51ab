/** DNS over TCP (RFC 7766) through node:net, for machines without koffi's C library calls (batched-tcp.ts does the same through them). */
import { FramedStreams } from './framed-streams.ts';
import type { ListenAddress } from './socket-address.ts';
import type { StreamHandler, TcpLimits } from './stream.ts';
import { StreamGate } from './stream-gate.ts';

export class TcpListener {
  readonly #gate: StreamGate;
  readonly #streams: FramedStreams;

  constructor(limits: TcpLimits, handler: StreamHandler) {
    this.#gate = new StreamGate(limits, handler);
    this.#streams = new FramedStreams(limits, handler, this.#gate);
  }

  /** @param reusePort share the address with others who say so. @returns the port */
  listen(address: ListenAddress, reusePort: boolean): Promise<number> {
    return this.#gate.listen(address, reusePort, (guest) => this.#streams.serve(guest, guest.socket));
  }

  close(): void {
    this.#gate.close();
  }
}

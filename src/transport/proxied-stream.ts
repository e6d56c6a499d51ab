/** The header of a proxy in front of one of node's streams: it is read off, and what is behind it stays in the stream for whoever reads on. */
import type { Socket } from 'node:net';
import { INCOMPLETE, PROXY_FIXED, proxyHeader } from './proxy-header.ts';

/**
 * @param stream nobody has read from, nor has it flow
 * @param taken  called once: with the whole header, or with undefined where there is none. Not called when the stream breaks off, which closes it
 */
export function takeHeader(stream: Socket, taken: (header: Uint8Array | undefined) => void): void {
  let header = new Uint8Array(0);
  const finish = (result: Uint8Array | undefined): void => {
    stream.off('readable', read);
    stream.off('end', end);
    taken(result);
  };
  // A header that does not come whole is not waited for: the stream may be half open.
  const end = (): void => void stream.destroy();
  const read = (): void => {
    for (;;) {
      // First what tells how long the header is, then the rest of it.
      const wanted = header.length === 0 ? PROXY_FIXED : ((header[14] << 8) | header[15]) + PROXY_FIXED - header.length;
      const piece: Uint8Array | null = stream.read(wanted);
      if (piece === null) return;
      header = Uint8Array.from([...header, ...piece]);
      const octets = proxyHeader(header, 0, header.length);
      if (octets === INCOMPLETE && piece.length === wanted) continue;
      finish(octets > 0 ? header : undefined);
      return;
    }
  };
  stream.on('readable', read);
  stream.on('end', end);
}

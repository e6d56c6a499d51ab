/** The server's side of TLS on connections that were let in. */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';

/** What a worker needs to speak TLS; handed to it, and again when it changes. */
export interface TlsMaterial {
  /** Certificate chain and private key in PEM. */
  readonly cert: string;
  readonly key: string;
  /** Encrypts session tickets, 48 octets: the same in every worker, so that a session begun with one is resumed by another (RFC 5077 §4). */
  readonly ticketKey: Uint8Array;
}

/** @throws Error when certificate and key don't go together, or can't be read */
export function makeContext({ cert, key, ticketKey }: TlsMaterial): SecureContext {
  return createSecureContext({
    cert,
    key,
    ticketKeys: Buffer.from(ticketKey),
    sessionIdContext: 'steerd',
    // RFC 7858 §3.2 and RFC 8484 §5 leave it to TLS's own rules: RFC 9325 §3.1.1.
    minVersion: 'TLSv1.2',
    // A handshake in the middle costs us much and the client nothing.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
}

/**
 * Begins TLS on a connection. A handshake that fails ends it.
 * @param protocols by ALPN; a client that offers others is turned away, one that offers none is not
 * @param secured   called when the handshake is over
 */
export function beginTls(
  socket: Socket,
  context: SecureContext,
  protocols: readonly string[],
  secured: (stream: TLSSocket) => void,
): void {
  const stream = new TLSSocket(socket, {
    isServer: true,
    secureContext: context,
    ALPNProtocols: [...protocols],
    requestCert: false,
    rejectUnauthorized: false,
  });
  const end = (): void => {
    socket.destroy();
  };
  stream.on('error', end);
  stream.on('close', end);
  stream.once('secure', () => {
    // Node says so only of sockets that its own tls.Server made, and HTTP/2 waits for it.
    Object.assign(stream, { secureConnecting: false });
    secured(stream);
  });
}

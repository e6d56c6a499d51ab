/**
 * A request over a connection of its own to the target's address: whoever answers there is asked for `host`, and no name is looked up. Redirects are an answer like any
 * other.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Client, type Dispatcher } from 'undici';
import type { HttpProbe } from '../check.ts';
import { type Aim, type Done, errorText, isOurs, type Run } from './probe.ts';

/** Octets of a body that are looked at. */
const MOST_BODY = 65_536;
const DAY_MS = 86_400_000;

export const http: Run<HttpProbe> = (probe, aim, done) => {
  let socket: Socket | undefined;
  let warning: string | undefined;
  let ended = false;
  const { address, port } = aim;
  const authority = probe.host ?? (isIP(address) === 6 ? `[${address}]` : address);
  const client = new Client(`${probe.type}://${authority}${probe.host?.includes(':') ? '' : `:${port}`}`, {
    // The scheduler keeps the time of the whole; undici's own timers would be two more for each probe.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
    connect: (_options, connected) => {
      socket = open(probe, aim, (error) => {
        if (error !== undefined) return connected(error, null);
        const end = certificateEnd(socket);
        if (end !== undefined) {
          const days = Math.floor((end - Date.now()) / DAY_MS);
          if (days < probe.expiryWarning) warning = `its certificate ends in ${days} days`;
        }
        connected(null, socket as Socket);
      });
    },
  });
  const finish: Done = (result, cause) => {
    if (ended) return;
    ended = true;
    done(result, cause, warning);
    // Later, since undici is amid its own callback.
    setImmediate(close);
  };
  const close = (): void => {
    ended = true;
    void client.destroy().catch(() => undefined);
    socket?.destroy();
  };
  client.dispatch(
    {
      method: probe.method as Dispatcher.HttpMethod,
      path: probe.path,
      headers: { host: authority, 'user-agent': 'steerd', ...probe.headers },
      reset: true,
    },
    reader(probe, finish),
  );
  return close;
};

function reader(probe: HttpProbe, done: Done): Dispatcher.DispatchHandler {
  let code = 0;
  let seen = 0;
  let text = '';
  const conclude = (): void => done(...judged(probe, code, text));
  return {
    onRequestStart() {},
    onResponseStart(_controller, statusCode) {
      // 1xx come before the answer.
      if (statusCode >= 200) code = statusCode;
    },
    onResponseData(_controller, piece) {
      seen += piece.length;
      if (probe.body !== undefined && text.length < MOST_BODY) text += piece.toString('latin1');
      if (seen >= MOST_BODY) conclude();
    },
    onResponseEnd: conclude,
    onResponseError(_controller, error) {
      if (isOurs(error)) done('none', errorText(error));
      else done('failed', probe.type === 'https' ? tlsText(error) : errorText(error));
    },
  };
}

function judged({ status, body }: HttpProbe, code: number, text: string): ['ok' | 'failed', string] {
  if (!status.some(([from, to]) => code >= from && code <= to)) {
    const redirected = code >= 300 && code < 400 ? ' (redirects are not followed)' : '';
    return ['failed', `status ${code}${redirected}`];
  }
  if (body !== undefined && !text.includes(body)) return ['failed', `status ${code}, but the body lacks the text`];
  return ['ok', `status ${code}`];
}

function open(probe: HttpProbe, { address, port }: Aim, opened: (error?: Error) => void): Socket {
  const socket =
    probe.type === 'http'
      ? connect({ host: address, port })
      : connectTls({
          host: address,
          port,
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: probe.verify,
          // A name in TLS is never an address (RFC 6066 §3).
          ...(probe.host === undefined ? {} : { servername: hostName(probe.host) }),
        });
  socket.setNoDelay(true);
  let told = false;
  socket.once(probe.type === 'http' ? 'connect' : 'secureConnect', () => {
    if (!told) opened();
    told = true;
  });
  // For as long as it lives: what comes after undici has let go of it must not end the thread.
  socket.on('error', (error) => {
    if (!told) opened(error);
    told = true;
  });
  socket.once('close', () => {
    if (!told) opened(new Error('connection closed'));
    told = true;
  });
  return socket;
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '');
}

function certificateEnd(socket: Socket | undefined): number | undefined {
  if (socket === undefined || !('getPeerCertificate' in socket)) return undefined;
  const end = Date.parse((socket as TLSSocket).getPeerCertificate().valid_to);
  return Number.isNaN(end) ? undefined : end;
}

function tlsText(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'CERT_HAS_EXPIRED') return 'certificate has expired';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'certificate is for another name';
  if (code?.includes('CERT') === true || code?.includes('ISSUER') === true || code?.includes('SIGNATURE') === true)
    return `certificate not accepted: ${error.message}`;
  return errorText(error);
}

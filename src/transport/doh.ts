/**
 * DNS over HTTPS (RFC 8484) on HTTP/2: GET with the message in `?dns=`, POST with it as the body. One path, one media type, no compression, no push.
 *
 * A client holds no more than HELD octets of bodies we wait for and of answers it doesn't take; what is asked beyond that is answered with 503.
 */
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { freshness } from '../answer/freshness.ts';
import { SAMPLE_EVERY } from '../answer/service-time.ts';
import type { SigningTurns } from './signing-turns.ts';
import { MAX_MESSAGE, type StreamHandler, type TcpLimits } from './stream.ts';
import type { Guest, StreamGate } from './stream-gate.ts';

const {
  HTTP2_HEADER_ALLOW,
  HTTP2_HEADER_CACHE_CONTROL,
  HTTP2_HEADER_CONTENT_LENGTH,
  HTTP2_HEADER_CONTENT_TYPE,
  HTTP2_HEADER_STATUS,
} = constants;

/** RFC 8484 §6. */
const MEDIA_TYPE = 'application/dns-message';
/** base64url without padding (RFC 8484 §6, RFC 4648 §5). */
const BASE64URL = /^[A-Za-z0-9_-]+$/;
/** Octets of a request's headers: the largest useful query in base64url, and what browsers add. */
const MAX_HEADERS = 16 << 10;
const MAX_HEADER_PAIRS = 64;
/** Octets of a connection's bodies and answers that are held at once. */
const HELD = 256 << 10;
/** In place of a status. */
const ANSWERED = 0;
/** Megabytes node's session may take beside that, for frames and header tables. */
const SESSION_MEGABYTES = 1;
/** Broken frames, and streams refused, after which a session is ended: nobody who means well needs as many. */
const MOST_OFFENCES = 20;

export interface DohHandler extends StreamHandler {
  /** Whether the message answered last holds for this client alone, as a shared cache must know. */
  readonly isTailored: boolean;
}

/** A connection, and the octets held for it. */
interface Connection {
  readonly guest: Guest;
  readonly session: ServerHttp2Session;
  held: number;
}

export class Doh {
  readonly #limits: TcpLimits;
  readonly #path: string;
  readonly #handler: DohHandler;
  readonly #gate: StreamGate;
  readonly #turns: SigningTurns;
  readonly #buffer = new Uint8Array(MAX_MESSAGE);
  /** Messages until one is timed. */
  #untilTimed: number = SAMPLE_EVERY;

  /** @param path of the requests' URLs, e.g. `/dns-query` */
  constructor(limits: TcpLimits, path: string, handler: DohHandler, gate: StreamGate, turns: SigningTurns) {
    this.#turns = turns;
    this.#limits = limits;
    this.#path = path;
    this.#handler = handler;
    this.#gate = gate;
  }

  /** Answers what comes over a connection, whose ALPN was `h2`, until one of both sides ends it. */
  serve(guest: Guest, stream: TLSSocket): void {
    const session = performServerHandshake(stream, {
      settings: { enablePush: false, maxConcurrentStreams: this.#limits.maxPipelined, maxHeaderListSize: MAX_HEADERS },
      maxHeaderListPairs: MAX_HEADER_PAIRS,
      maxSessionMemory: SESSION_MEGABYTES,
      maxSessionInvalidFrames: MOST_OFFENCES,
      maxSessionRejectedStreams: MOST_OFFENCES,
    });
    const connection: Connection = { guest, session, held: 0 };
    session.on('stream', (request, headers) => {
      // A client that takes back its request: nothing is left to do.
      request.on('error', () => {});
      fail(request, this.#request(connection, request, headers));
    });
    session.on('error', () => guest.socket.destroy());
    session.on('close', () => guest.socket.destroy());
    // The socket may be half open; HTTP/2 has no use for that (RFC 9113 §5.4.1).
    stream.on('end', () => session.destroy());
  }

  /** @returns the status to refuse the request with, or ANSWERED when it is or will be answered otherwise */
  #request(connection: Connection, request: ServerHttp2Stream, headers: IncomingHttpHeaders): number {
    const url = String(headers[':path'] ?? '');
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    if (path !== this.#path) return 404;
    if (connection.held > HELD) return 503;
    switch (headers[':method']) {
      case 'GET': {
        const text = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)).get('dns');
        if (text === null || !BASE64URL.test(text)) return 400;
        request.resume();
        return this.#answer(connection, request, Buffer.from(text, 'base64url'));
      }
      case 'POST':
        if (mediaTypeOf(headers) !== MEDIA_TYPE) return 415;
        if (Number(headers[HTTP2_HEADER_CONTENT_LENGTH] ?? 0) > MAX_MESSAGE) return 413;
        this.#body(connection, request);
        return ANSWERED;
      default:
        return 405;
    }
  }

  #body(connection: Connection, request: ServerHttp2Stream): void {
    const pieces: Buffer[] = [];
    let octets = 0;
    request.on('data', (piece: Buffer) => {
      if (isOver(request)) return;
      octets += piece.length;
      connection.held += piece.length;
      pieces.push(piece);
      if (octets <= MAX_MESSAGE && connection.held <= HELD) return;
      pieces.length = 0;
      fail(request, octets > MAX_MESSAGE ? 413 : 503);
    });
    request.on('end', () => {
      if (isOver(request)) return;
      fail(request, this.#answer(connection, request, Buffer.concat(pieces)));
    });
    request.on('close', () => {
      connection.held -= octets;
    });
  }

  /** @returns as #request */
  #answer(connection: Connection, request: ServerHttp2Stream, message: Uint8Array): number {
    const { guest } = connection;
    const handler = this.#handler;
    const timed = --this.#untilTimed <= 0;
    const began = timed ? performance.now() : 0;
    this.#buffer.set(message);
    handler.received();
    const octets = handler.answer(this.#buffer, 0, message.length, guest.ipv6, guest.address);
    handler.idle();
    this.#gate.touch(guest);
    if (octets === 0 && handler.isAwaiting()) {
      const waiting = Uint8Array.from(message);
      this.#turns.add(() => {
        if (!isOver(request)) fail(request, this.#answer(connection, request, waiting));
      });
      return ANSWERED;
    }
    if (octets === 0 && handler.later((late) => this.#reply(connection, request, late, 'no-store'))) return ANSWERED;
    // What must not be answered at all over other transports is no query.
    if (octets === 0) return 400;
    const reply = Buffer.from(this.#buffer.subarray(0, octets));
    const age = `max-age=${freshness(reply, octets)}`;
    // A cache that is shared would answer those whom the listener doesn't.
    const isPrivate = handler.isTailored || guest.allow !== undefined;
    this.#reply(connection, request, reply, isPrivate ? `private, ${age}` : age);
    if (timed) {
      this.#untilTimed = SAMPLE_EVERY;
      handler.served(performance.now() - began);
    }
    return ANSWERED;
  }

  /** @param caching what a cache may do with it */
  #reply(connection: Connection, request: ServerHttp2Stream, reply: Uint8Array, caching: string): void {
    if (isOver(request)) return;
    connection.held += reply.length;
    request.on('close', () => {
      connection.held -= reply.length;
    });
    request.respond({
      [HTTP2_HEADER_STATUS]: 200,
      [HTTP2_HEADER_CONTENT_TYPE]: MEDIA_TYPE,
      [HTTP2_HEADER_CONTENT_LENGTH]: reply.length,
      [HTTP2_HEADER_CACHE_CONTROL]: caching,
    });
    request.end(reply);
  }
}

/** Whether there is nothing more to say: it was said, or the client has taken its request back. */
function isOver(request: ServerHttp2Stream): boolean {
  return request.headersSent || request.closed || request.destroyed;
}

/** Ends a request that gets no DNS message. */
function fail(request: ServerHttp2Stream, status: number): void {
  if (status === ANSWERED || isOver(request)) return;
  const allow = status === 405 ? { [HTTP2_HEADER_ALLOW]: 'GET, POST' } : {};
  request.respond({ [HTTP2_HEADER_STATUS]: status, [HTTP2_HEADER_CONTENT_LENGTH]: 0, ...allow }, { endStream: true });
  // What else the client sends is thrown away; it is closed if that doesn't end.
  request.resume();
}

/** Without parameters, in lower case (RFC 9110 §8.3.1). */
function mediaTypeOf(headers: IncomingHttpHeaders): string {
  return String(headers[HTTP2_HEADER_CONTENT_TYPE] ?? '')
    .split(';')[0]
    .trim()
    .toLowerCase();
}

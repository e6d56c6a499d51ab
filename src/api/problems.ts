/** Every error as problem details (RFC 9457). */
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { Problem, type ProblemCode, type ProblemDetail } from '../control/moves/problem.ts';
import { StoreError } from '../store/store.ts';

const STATUS: Readonly<Record<ProblemCode, number>> = {
  invalid: 400,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'idempotency-mismatch': 422,
  'unknown-group': 422,
  'unknown-service': 422,
  'no-address': 422,
  'no-hosts': 422,
  guarded: 409,
  'too-many-kinds': 422,
  'store-unavailable': 503,
};

/** Titles of the statuses there are (RFC 9110 §15, RFC 6585). */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const MEDIA_TYPE = 'application/problem+json';

/** Node's names of what is wrong before there is a request. */
const CLIENT_ERRORS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the header of the request is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
};

/** An error that is about HTTP, not about steering. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Told {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemDetail[];
}

/** Makes every error of an instance, unknown paths too, problem details. @param failed told of errors that are ours */
export function tellProblems(app: FastifyInstance, failed: (error: Error) => void): void {
  app.setErrorHandler((error, _request, reply) => {
    const told = toldOf(error as Error);
    if (told.status === 500) failed(error as Error);
    send(reply, told);
  });
  app.setNotFoundHandler((request, reply) =>
    send(reply, {
      status: 404,
      code: 'no-such-path',
      detail: `there is no ${request.method} ${request.url.split('?')[0]}`,
    }),
  );
}

/** For fastify's `frameworkErrors`: what it refuses before it looks for a route, a URL that is none, say. */
export function tellFrameworkProblem(error: Error, _request: unknown, reply: unknown): void {
  send(reply as FastifyReply, toldOf(error));
}

/** For a listener's `clientError`: what is no HTTP, too long, or too slow never becomes a request. */
export function tellClientProblem(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, detail] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'this is no HTTP request'];
  const text = JSON.stringify(bodyOf({ status, code: 'invalid', detail }));
  socket.end(
    `HTTP/1.1 ${status} ${TITLES[status]}\r\nContent-Type: ${MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

function send(reply: FastifyReply, told: Told): void {
  // Serialized here: a route's schemas of replies are for what succeeds.
  void reply.code(told.status).type(MEDIA_TYPE).serializer(JSON.stringify).send(bodyOf(told));
}

function bodyOf({ status, code, detail, errors }: Told): object {
  const body = { type: `urn:steerd:problem:${code}`, title: TITLES[status] ?? 'Error', status, detail, code };
  return errors === undefined || errors.length === 0 ? body : { ...body, errors };
}

function toldOf(error: Error & { statusCode?: number; code?: string }): Told {
  if (error instanceof Problem)
    return { status: STATUS[error.code], code: error.code, detail: error.message, errors: error.details };
  if (error instanceof HttpError) return { status: error.status, code: error.code, detail: error.message };
  if (error instanceof StoreError) return { status: 503, code: 'store-unavailable', detail: error.message };
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(({ instancePath, message }) => ({
      about: instancePath.replace(/^\//, '').replaceAll('/', '.') || (error.validationContext ?? 'request'),
      message: message ?? 'is not valid',
    }));
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    return { status: 400, code: 'invalid', detail: `${errors[0].about}: ${errors[0].message}${more}`, errors };
  }
  const status = error.statusCode ?? 500;
  if (status === 429) return { status, code: 'rate-limited', detail: error.message };
  if (status === 413) return { status, code: 'too-large', detail: 'the request is larger than api.body_limit allows' };
  if (status === 415) return { status, code: 'media-type', detail: 'send JSON, with content-type: application/json' };
  if (status >= 400 && status < 500) return { status, code: 'invalid', detail: error.message };
  return { status: 500, code: 'internal', detail: 'a fault in the server; its log says more' };
}

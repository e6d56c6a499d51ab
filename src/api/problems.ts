/** Every error as problem details (RFC 9457). */
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
  'too-many-kinds': 422,
  'store-unavailable': 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
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

function send(reply: FastifyReply, { status, code, detail, errors }: Told): void {
  const body = { type: `urn:steerd:problem:${code}`, title: TITLES[status] ?? 'Error', status, detail, code };
  const full = errors === undefined || errors.length === 0 ? body : { ...body, errors };
  // Serialized here: a route's schemas of replies are for what succeeds.
  void reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(full);
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

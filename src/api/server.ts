/** The HTTP API: fastify with its plugins, and one listener an address. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { fastify } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { formatListen, type ListenAddress } from '../transport/socket-address.ts';
import { authenticator } from './auth.ts';
import type { ApiContext } from './context.ts';
import type { Api } from './plugin.ts';
import { tellClientProblem, tellFrameworkProblem, tellProblems } from './problems.ts';
import { feedRoutes } from './routes/feeds.ts';
import { groupRoutes } from './routes/groups.ts';
import { guardRoutes } from './routes/guards.ts';
import { healthRoutes } from './routes/health.ts';
import { hostRoutes } from './routes/hosts.ts';
import { ipamRoutes } from './routes/ipam.ts';
import { moveRoutes } from './routes/moves.ts';
import { operationRoutes } from './routes/operations.ts';
import { publicRoutes } from './routes/public.ts';
import { secondaryRoutes } from './routes/secondary.ts';
import { updateRoutes } from './routes/updates.ts';
import { whatIfRoutes } from './routes/whatif.ts';

export interface ApiOptions {
  readonly listen: readonly ListenAddress[];
  /** Files in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa: string | undefined };
  /** Octets. */
  readonly bodyLimit: number;
  /** Requests a minute of one client address. */
  readonly rateLimit: number;
  /** Told of faults that are ours. */
  readonly failed: (error: Error) => void;
}

/** The API can't be opened. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Of each address that is listened on. DNS over TCP needs descriptors too. */
const MOST_CONNECTIONS = 1024;

export class ApiServer {
  readonly #app: Api;
  readonly #options: ApiOptions;
  readonly #local: string;
  readonly #listeners: (HttpServer | HttpsServer)[] = [];
  #addresses: ListenAddress[] = [];

  private constructor(app: Api, options: ApiOptions, local: string) {
    this.#app = app;
    this.#options = options;
    this.#local = local;
  }

  /** Listens on all addresses. @throws ApiError, with everything closed again */
  static async open(context: ApiContext, options: ApiOptions): Promise<ApiServer> {
    const local = randomBytes(32).toString('base64url');
    const server = new ApiServer(await makeApp(context, options, local), options, local);
    try {
      for (const address of options.listen) server.#addresses.push(await server.#listen(address));
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** The addresses listened on, with their real ports. */
  get addresses(): readonly ListenAddress[] {
    return this.#addresses;
  }

  /** A request of this machine's administrator, who came through the control socket. */
  async local(method: string, path: string, body: unknown): Promise<{ status: number; body: unknown }> {
    const reply = await this.#app.inject({
      method: method as 'GET',
      url: path,
      headers: { authorization: `Bearer ${this.#local}` },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    return { status: reply.statusCode, body: reply.json() as unknown };
  }

  /** Reads the TLS files again: certificates are renewed without a restart. @throws ApiError; what was read before stays */
  renewTls(): void {
    const context = this.#tls();
    for (const listener of this.#listeners)
      if ('setSecureContext' in listener && context !== undefined) listener.setSecureContext(context);
  }

  async close(): Promise<void> {
    for (const listener of this.#listeners) {
      listener.close();
      listener.closeAllConnections();
    }
    await this.#app.close();
  }

  async #listen(address: ListenAddress): Promise<ListenAddress> {
    const handler = (request: IncomingMessage, response: ServerResponse): void => this.#app.routing(request, response);
    const tls = this.#tls();
    const listener = tls === undefined ? createServer(handler) : createTlsServer(tls, handler);
    listener.requestTimeout = REQUEST_TIMEOUT_MS;
    listener.headersTimeout = HEADERS_TIMEOUT_MS;
    listener.maxConnections = MOST_CONNECTIONS;
    listener.on('clientError', tellClientProblem);
    await new Promise<void>((resolve, reject) => {
      listener.once('error', (error: NodeJS.ErrnoException) => reject(new ApiError(whyNot(address, error))));
      listener.listen({ host: address.host, port: address.port, ipv6Only: true }, resolve);
    });
    this.#listeners.push(listener);
    return { host: address.host, port: (listener.address() as { port: number }).port };
  }

  #tls(): { cert: Buffer; key: Buffer; ca?: Buffer; requestCert?: boolean; minVersion: 'TLSv1.2' } | undefined {
    const { tls } = this.#options;
    if (tls === undefined) return undefined;
    const read = (setting: string, file: string): Buffer => {
      try {
        return readFileSync(file);
      } catch (error) {
        throw new ApiError(`${setting}: ${file} can't be read: ${(error as Error).message}`);
      }
    };
    const pair = {
      cert: read('api.tls_cert', tls.cert),
      key: read('api.tls_key', tls.key),
      minVersion: 'TLSv1.2',
    } as const;
    // With an authority of clients, those without a certificate are refused in the handshake.
    const clients =
      tls.clientCa === undefined ? {} : { ca: read('api.tls_client_ca', tls.clientCa), requestCert: true };
    try {
      createSecureContext({ ...pair, ...clients });
    } catch (error) {
      throw new ApiError(`api.tls_cert and api.tls_key can't be used: ${(error as Error).message}`);
    }
    return { ...pair, ...clients };
  }
}

function whyNot(address: ListenAddress, error: NodeJS.ErrnoException): string {
  const where = `the API can't listen on ${formatListen(address)}`;
  if (error.code === 'EADDRINUSE')
    return `${where}: another program does; set api.listen (STEERD_API_LISTEN), or api.enabled: false`;
  return `${where}: ${error.message}`;
}

async function makeApp(context: ApiContext, options: ApiOptions, local: string): Promise<Api> {
  const app = fastify({
    bodyLimit: options.bodyLimit,
    exposeHeadRoutes: false,
    frameworkErrors: tellFrameworkProblem,
    routerOptions: { maxParamLength: 1024 },
    // A request's strings become what their schema says, no more: "1" is not 1 in a body.
    ajv: { customOptions: { coerceTypes: false } },
  }).withTypeProvider<ZodTypeProvider>();
  // JSON only: what a browser's form may send to another site is refused.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  tellProblems(app, options.failed);
  // On every request, before anything else looks at it: who has no token, or asks for nothing there is, is counted too.
  await app.register(rateLimit, {
    global: false,
    max: options.rateLimit,
    timeWindow: '1 minute',
    // Probes of health must not fail because somebody else asks a lot.
    allowList: (request) =>
      request.url === '/healthz' || request.url === '/readyz' || request.headers.authorization === `Bearer ${local}`,
  });
  app.addHook('onRequest', app.rateLimit());
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'steerd',
        description: 'Moves hosts between groups of VIPs. Errors are problem details (RFC 9457).',
        version: context.version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { persistAuthorization: false } });
  await app.register(async (scope) => {
    publicRoutes(scope.withTypeProvider<ZodTypeProvider>(), context, () => app.swagger());
  });
  await app.register(
    async (scope) => {
      const api = scope.withTypeProvider<ZodTypeProvider>();
      api.decorateRequest('principal');
      api.addHook('onRequest', authenticator(context.tokens, local));
      api.addHook('onRoute', (route) => {
        const role = route.config?.role;
        if (role === undefined) throw new Error(`${String(route.method)} ${route.url} asks for no role`);
        route.schema = {
          ...route.schema,
          description: [`Role: ${role}.`, route.schema?.description ?? ''].join(' ').trim(),
          'x-role': role,
        } as object;
      });
      hostRoutes(api, context);
      moveRoutes(api, context);
      groupRoutes(api, context);
      guardRoutes(api, context);
      healthRoutes(api, context);
      feedRoutes(api, context);
      ipamRoutes(api, context);
      whatIfRoutes(api, context);
      secondaryRoutes(api, context);
      updateRoutes(api, context);
      operationRoutes(api, context);
    },
    { prefix: '/v1' },
  );
  await app.ready();
  return app;
}

import type { Server } from '../control/server.ts';
import type { Role, Tokens } from '../control/tokens.ts';
import type { EventStream } from './event-stream.ts';

/** What the routes work with. */
export interface ApiContext {
  readonly server: Server;
  readonly tokens: Tokens;
  readonly events: EventStream;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  readonly version: string;
}

/** Who asks. */
export interface Principal {
  /** Of the token: what idempotency keys belong to. */
  readonly id: string;
  /** The author in records and the audit trail. */
  readonly name: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role a route asks for. */
    role?: Role;
  }
  interface FastifyRequest {
    principal: Principal;
  }
}

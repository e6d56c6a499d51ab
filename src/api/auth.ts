/** Bearer tokens (RFC 6750) and the roles routes ask for. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mayAct, type Tokens } from '../control/tokens.ts';
import type { Principal } from './context.ts';
import { HttpError } from './problems.ts';

/** Who came through the control socket. */
export const LOCAL = 'local';
const HINT = 'give one as "Authorization: Bearer …"; steerd token makes them';

/**
 * Checks each request's token against its route's role.
 * @param local the secret by which this process itself asks for who may open its control socket: an admin
 */
export function authenticator(tokens: Tokens, local: string) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const text = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const principal = text === undefined ? undefined : principalOf(tokens, local, text);
    if (principal === undefined) {
      void reply.header('www-authenticate', 'Bearer realm="steerd"');
      throw new HttpError(
        401,
        'no-token',
        text === undefined ? `this needs a token: ${HINT}` : `this token is not in use: ${HINT}`,
      );
    }
    const { role = 'admin' } = request.routeOptions.config;
    if (!mayAct(principal.role, role))
      throw new HttpError(
        403,
        'role',
        `this needs the role ${role}; the token ${principal.name} has ${principal.role}`,
      );
    request.principal = principal;
  };
}

function principalOf(tokens: Tokens, local: string, text: string): Principal | undefined {
  const given = Buffer.from(text);
  const own = Buffer.from(local);
  if (given.length === own.length && timingSafeEqual(given, own)) return { id: LOCAL, name: LOCAL, role: 'admin' };
  return tokens.check(text, Date.now());
}

/** A connection is made, and closed again. */
import { connect } from 'node:net';
import type { TcpProbe } from '../check.ts';
import { errorText, isOurs, type Run } from './probe.ts';

export const tcp: Run<TcpProbe> = (_, { address, port }, done) => {
  const socket = connect({ host: address, port });
  socket.once('connect', () => {
    done('ok', 'connected');
    socket.destroy();
  });
  socket.once('error', (error) => done(isOurs(error) ? 'none' : 'failed', errorText(error)));
  return () => void socket.destroy();
};

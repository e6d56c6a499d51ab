/** `steerd alive`: whether the server of this configuration answers; for a container's HEALTHCHECK. */
import { createSocket } from 'node:dgram';
import { isWildcard } from '../transport/socket-address.ts';
import { type Command, CommandError, parse, print, printJson } from './command.ts';
import { readSettings } from './settings.ts';

const TIMEOUT_MS = 2000;

export const alive: Command = {
  name: 'alive',
  synopsis: '[--config FILE] [--json]',
  summary: 'Asks the server on its first listen address; exit status 0 if it answers at all.',
  help: '',
  async run(args) {
    const { values } = parse(args, { config: { type: 'string' }, json: { type: 'boolean', default: false } });
    const [first] = readSettings(values.config).listen;
    const ipv6 = first.host.includes(':');
    const host = isWildcard(first) ? (ipv6 ? '::1' : '127.0.0.1') : first.host;
    // version.bind CH TXT: any reply will do, a refusal too.
    const message = Buffer.from('0001000000010000000000000776657273696f6e0462696e640000100003', 'hex');
    message.writeUInt16BE(Math.floor(Math.random() * 0xffff), 0);
    const socket = createSocket(ipv6 ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(
          () => reject(new CommandError(`no answer from ${host} port ${first.port}`)),
          TIMEOUT_MS,
        );
        socket.on('error', (error) => reject(new CommandError(error.message)));
        socket.on('message', (reply) => {
          if (reply.length < 12 || reply.readUInt16BE(0) !== message.readUInt16BE(0)) return;
          clearTimeout(late);
          resolve();
        });
        socket.send(message, first.port, host);
      });
    } finally {
      socket.close();
    }
    if (values.json) printJson({ answers: true, host, port: first.port });
    else print('answers');
    return 0;
  },
};

/** `steerd query`: asks a server, with dns2 as its client, so that what is shown was decoded by code that is not ours. */
import { parseAddress } from '../net/address.ts';
import { type Command, CommandError, parse, print, printJson, UsageError } from './command.ts';

/** What of dns2's answer is shown. */
interface Reply {
  header: { rcode: number; aa: number; tc: number };
  answers: Record<string, unknown>[];
  authorities: Record<string, unknown>[];
  additionals: Record<string, unknown>[];
  errors: { message: string }[];
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN'];

export const query: Command = {
  name: 'query',
  synopsis: 'NAME [TYPE] [--server ADDRESS[:PORT]] [--tcp] [--client ADDRESS] [--short] [--json]',
  summary: 'Asks a DNS server (default: the one on 127.0.0.1:5300) and prints the answer.',
  help: '  --server  address and port, [::1]:5300 for IPv6\n  --tcp     over TCP\n  --client  sends an EDNS Client Subnet of this IPv4 address\n  --short   the data of the answer section only\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      server: { type: 'string', default: '127.0.0.1:5300' },
      tcp: { type: 'boolean', default: false },
      client: { type: 'string' },
      short: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const [name, type = 'A'] = positionals;
    if (name === undefined || positionals.length > 2)
      throw new UsageError('query takes a name and a type, e.g. query www.example.net AAAA');
    const { host, port } = parseServer(values.server);
    const { default: dns2 } = await import('dns2');
    const { Packet } = dns2;
    const wanted = type.toUpperCase();
    if (!(wanted in Packet.TYPE)) throw new UsageError(`the DNS client knows no type ${type}`);
    const options = {
      dns: host,
      port,
      timeout: 3000,
      retryOverTCP: true,
      socketType: host.includes(':') ? 'udp6' : 'udp4',
    } as const;
    const ask = values.tcp ? dns2.TCPClient({ dns: host, port }) : dns2.UDPClient(options);
    let reply: Reply;
    try {
      const packet = await ask(name, wanted as 'A', Packet.CLASS.IN, { recursive: false, clientIp: values.client });
      reply = packet as unknown as Reply;
    } catch (error) {
      throw new CommandError(`no answer from ${values.server}: ${(error as Error).message}`);
    }
    const typeName = (n: unknown): string => Object.entries(Packet.TYPE).find(([, v]) => v === n)?.[0] ?? `TYPE${n}`;
    const line = (r: Record<string, unknown>): string => `${r.name}. ${r.ttl} IN ${typeName(r.type)} ${rdataText(r)}`;
    const rcode = RCODES[reply.header.rcode] ?? `RCODE${reply.header.rcode}`;
    if (values.json) {
      const { header, answers, authorities, additionals } = reply;
      printJson({
        rcode,
        authoritative: header.aa === 1,
        truncated: header.tc === 1,
        answers,
        authorities,
        additionals,
      });
    } else if (values.short) {
      for (const r of reply.answers) print(rdataText(r));
    } else {
      print(`${rcode}${reply.header.aa === 1 ? ', authoritative' : ''}, from ${values.server}`);
      for (const [title, records] of [
        ['answer', reply.answers],
        ['authority', reply.authorities],
        ['additional', reply.additionals.filter((r) => r.type !== Packet.TYPE.EDNS)],
      ] as const) {
        if (records.length > 0) print(`${title}:`);
        for (const r of records) print(`  ${line(r)}`);
      }
    }
    for (const error of reply.errors)
      process.stderr.write(`steerd: the answer could not be read whole: ${error.message}\n`);
    return rcode === 'NOERROR' ? 0 : 1;
  },
};

/** `127.0.0.1`, `127.0.0.1:53`, `::1`, `[::1]:5300`; without a port, 53. */
export function parseServer(text: string): { host: string; port: number } {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(text);
  const plain = /^([^:]+)(?::(\d+))?$/.exec(text);
  const match = bracketed ?? plain;
  const host = match === null ? text : match[1];
  const port = Number(match?.[2] ?? 53);
  if (parseAddress(host) === undefined || port < 1 || port > 65535) {
    throw new UsageError(`${text} is no server address; write 127.0.0.1:5300 or [::1]:5300`);
  }
  return { host, port };
}

/** The record's data: every field dns2 decoded beside the head. */
function rdataText(record: Record<string, unknown>): string {
  const { name: _name, type: _type, class: _class, ttl: _ttl, ...data } = record;
  return Object.values(data)
    .map((value) =>
      Buffer.isBuffer(value)
        ? value.toString('hex')
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value),
    )
    .join(' ');
}

/** Server-sent events (HTML standard, "Server-sent events") over a hijacked reply. */
import type { FastifyReply } from 'fastify';
import type { EventStream, StreamEvent } from './event-stream.ts';
import { HttpError } from './problems.ts';

const MOST_LISTENERS = 100;
/** A listener who doesn't read is cut off when so many octets wait. It can come back with Last-Event-ID. */
const MOST_WAITING = 1024 * 1024;
/** A comment now and then, so that what lies between doesn't close the connection. */
const HEARTBEAT_MS = 15_000;

/**
 * Sends what comes, and what came after `last`, until the client goes or may not listen any more.
 * @param mayListen asked before each event, and now and then
 */
export function serveEvents(
  events: EventStream,
  last: number | undefined,
  mayListen: () => boolean,
  reply: FastifyReply,
): void {
  if (events.listenerCount('event') >= MOST_LISTENERS)
    throw new HttpError(503, 'too-many-listeners', `${MOST_LISTENERS} clients listen already`);
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const write = (text: string): void => {
    if (!mayListen() || raw.writableLength > MOST_WAITING) raw.destroy();
    else raw.write(text);
  };
  const send = ({ id, type, data }: StreamEvent): void =>
    write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  write(': steerd events\n\n');
  if (last !== undefined) for (const event of events.since(last)) send(event);
  events.on('event', send);
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
  raw.on('close', () => {
    clearInterval(heartbeat);
    events.off('event', send);
  });
}

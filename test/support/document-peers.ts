/** Documents that feeds read, as a file and behind HTTP, and the ways in which these fail. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '../../src/feeds/document.ts';
import type { Feed, Pace, Tell } from '../../src/feeds/feed.ts';
import type { FeedPeer, Trouble } from './feed-contract.ts';

/** What a test puts into documents. */
export interface Documents<T> {
  open(place: Place, pace: Pace, tell: Tell<T>): Feed<T>;
  text(which: 1 | 2): string;
  /** A document that is well-formed and says nothing. */
  readonly empty: string;
  which(data: T): 1 | 2 | undefined;
  readonly isLive?: boolean;
}

/** How each can fail. */
export const FILE_TROUBLES: readonly Trouble[] = ['gone', 'garbage', 'cut', 'huge', 'empty'];
export const URL_TROUBLES: readonly Trouble[] = [...FILE_TROUBLES, 'hang'];

/** More than any of these feeds takes in a test: `open` is to allow less. */
export const HUGE = 1 << 20;
const HUGE_TEXT = `{"filler":"${'x'.repeat(HUGE)}`;

export async function filePeer<T>({ open, text, empty, which }: Documents<T>): Promise<FeedPeer<T>> {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-feed-'));
  const file = join(folder, 'document.json');
  const put = (content: string): void => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };
  const bad: Partial<Record<Trouble, string>> = {
    garbage: '<html>no such thing</html>',
    cut: text(2).slice(0, -20),
    huge: HUGE_TEXT,
    empty,
  };
  return {
    open: (pace, tell) => open({ file }, pace, tell),
    say: async (said) => put(text(said)),
    which,
    fail: async (how) => {
      if (how === 'gone') rmSync(file, { force: true });
      else put(bad[how]!);
    },
    connections: async () => 0,
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

const SECRET = 'hunter2-very-secret';

export async function urlPeer<T>({ open, text, empty, which, isLive = false }: Documents<T>): Promise<FeedPeer<T>> {
  let state: Trouble | 1 | 2 = 'gone';
  const folder = mkdtempSync(join(tmpdir(), 'steerd-feed-'));
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, `${SECRET}\n`);
  const endless = (reply: ServerResponse): void => {
    reply.on('error', () => undefined);
    const more = (): void => {
      while (!reply.destroyed && reply.write('{"filler":"'.padEnd(65536, 'x'))) {}
    };
    reply.on('drain', more);
    more();
  };
  const server = createServer((request, reply) => {
    if (request.headers.authorization !== `Bearer ${SECRET}`) return void reply.writeHead(401).end(SECRET);
    if (state === 'hang') return;
    if (state === 'gone') return void reply.writeHead(503).end('out of order');
    if (state === 'huge') return endless(reply);
    if (state === 'garbage') return void reply.end('<html>no such thing</html>');
    if (state === 'empty') return void reply.end(empty);
    const content = text(state === 'cut' ? 2 : state);
    if (state === 'cut') {
      reply.writeHead(200, { 'content-length': content.length });
      reply.write(content.slice(0, -20), () => reply.destroy());
      return;
    }
    const tag = `"${state}"`;
    if (request.headers['if-none-match'] === tag) return void reply.writeHead(304).end();
    reply.writeHead(200, { etag: tag }).end(content);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/document.json`;
  return {
    open: (pace, tell) => open({ url, credentials: { secret: { file: secretFile } } }, pace, tell),
    say: async (said) => void (state = said),
    which,
    fail: async (how) => void (state = how),
    connections: () => new Promise((done) => server.getConnections((_error, count) => done(count))),
    secret: SECRET,
    isLive,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

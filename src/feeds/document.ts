/** A document of a feed: a file, or what a URL gives. Read in pieces and with a bound; not read again while it is the same. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { authorization, type Credentials } from './credentials.ts';
import { FeedError } from './feed.ts';

export type Place = { readonly file: string } | { readonly url: string; readonly credentials?: Credentials };

/** One reading of a document. */
export interface OpenDocument {
  /** @throws FeedError when it is larger than it may be, or changes while it is read */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Unix milliseconds: when it was last changed, if anybody says so. */
  readonly changedAt: number | undefined;
}

/** Octets of an error's body that are told. */
const TOLD = 200;

export class DocumentReader {
  readonly #place: Place;
  readonly #most: number;
  readonly #isLive: boolean;
  /** Connections are kept between attempts, and closed with the feed. */
  readonly #agent: Agent | undefined;
  /** What the last whole reading was known by. */
  #known: Readonly<Record<string, string>> | undefined;

  /** @param most octets @param isLive what is read is of the moment, and read again though it may look the same */
  constructor(place: Place, most: number, isLive = false) {
    this.#place = place;
    this.#isLive = isLive;
    this.#most = most;
    this.#agent = 'url' in place ? new Agent({ headersTimeout: 0, bodyTimeout: 0, pipelining: 1 }) : undefined;
  }

  /**
   * @param take reads the pieces to their end; what it throws leaves the document unread
   * @returns undefined when it is the one that was read last
   */
  async read<T>(signal: AbortSignal, take: (document: OpenDocument) => Promise<T>): Promise<T | undefined> {
    return 'file' in this.#place
      ? this.#readFile(this.#place.file, signal, take)
      : this.#readUrl(this.#place, signal, take);
  }

  async close(): Promise<void> {
    await this.#agent?.destroy();
  }

  async #readFile<T>(
    file: string,
    signal: AbortSignal,
    take: (document: OpenDocument) => Promise<T>,
  ): Promise<T | undefined> {
    const { stamp, changedAt } = await look(file);
    if (stamp === this.#known?.['stamp']) return undefined;
    const stream = createReadStream(file, { signal, highWaterMark: 1 << 18 });
    const taken = await take({ pieces: bounded(stream, this.#most), changedAt });
    // Who writes in place is caught amid it: the end would be that of another document.
    if ((await look(file)).stamp !== stamp) throw new FeedError(`${file} changed while it was read`);
    this.#known = { stamp };
    return taken;
  }

  async #readUrl<T>(
    { url, credentials }: Extract<Place, { url: string }>,
    signal: AbortSignal,
    take: (document: OpenDocument) => Promise<T>,
  ): Promise<T | undefined> {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: this.#agent,
      signal,
      headers: {
        'user-agent': 'steerd',
        accept: 'application/json',
        ...this.#known,
        ...(credentials === undefined ? {} : { authorization: await authorization(credentials) }),
      },
    });
    try {
      if (statusCode === 304 && this.#known !== undefined) {
        // Read to its end, so that the connection serves again.
        await body.dump();
        return undefined;
      }
      if (statusCode !== 200) throw new FeedError(`status ${statusCode}${await why(statusCode, body)}`);
      const changed = Date.parse(one(headers['last-modified']) ?? '');
      const changedAt = Number.isNaN(changed) ? undefined : changed;
      const taken = await take({ pieces: bounded(body, this.#most), changedAt });
      const tag = one(headers['etag']);
      const last = one(headers['last-modified']);
      if (this.#isLive) return taken;
      this.#known =
        tag !== undefined ? { 'if-none-match': tag } : last !== undefined ? { 'if-modified-since': last } : undefined;
      return taken;
    } finally {
      // What is left unread must not hold the connection; that it is cut off then is no news.
      body.on('error', () => undefined);
      if (!body.readableEnded) body.destroy();
    }
  }
}

/** All of a document as text, for those that are small. */
export async function textOf({ pieces }: OpenDocument): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new TextDecoder().decode(Buffer.concat(all));
}

/** A document as JSON. @throws FeedError */
export async function jsonOf(document: OpenDocument): Promise<unknown> {
  const text = await textOf(document);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FeedError(`it is no JSON: ${(error as Error).message}`);
  }
}

async function* bounded(pieces: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let octets = 0;
  for await (const piece of pieces) {
    octets += piece.length;
    if (octets > most) throw new FeedError(`it is larger than ${most} octets`);
    yield piece;
  }
}

/** Differs when the file may have: inode (renames), size and times. */
async function look(file: string): Promise<{ stamp: string; changedAt: number }> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = await stat(file, { bigint: true });
    return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(':'), changedAt: Number(mtimeMs) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FeedError(code === 'ENOENT' ? `there is no file ${file}` : `${file} can't be read: ${message}`);
  }
}

/** What a server says to an error, or where it would send us. */
async function why(status: number, body: AsyncIterable<Uint8Array>): Promise<string> {
  if (status >= 300 && status < 400) return ' (redirects are not followed)';
  let text = '';
  try {
    for await (const piece of body) {
      text += Buffer.from(piece).toString('latin1');
      if (text.length > TOLD) break;
    }
  } catch {
    // The status says enough.
  }
  const line = text
    .slice(0, TOLD)
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return line === '' ? '' : `: ${line}`;
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

/** Feeds of network.yaml as the model of `feeds/`. */
import { isIPv4, isIPv6 } from 'node:net';
import { isAbsolute, join } from 'node:path';
import type { Credentials } from '../feeds/credentials.ts';
import type { Place } from '../feeds/document.ts';
import type { FeedsModel, RpkiFeed, Timing } from '../feeds/model.ts';
import type { RtrCache } from '../feeds/rpki/rtr/rtr-feed.ts';
import type { DocumentFile, FeedsFile } from './network-feeds-schema.ts';
import type { NetworkFile } from './network-schema.ts';
import type { Reporter } from './reporter.ts';
import { VARIABLE_PREFIX } from './setting-keys.ts';
import type { Path } from './yaml-load.ts';

/** All feeds of the file. @param folder relative paths start there */
export function buildFeeds(file: NetworkFile, folder: string, reporter: Reporter): FeedsModel {
  const builder = new FeedBuilder(folder, reporter);
  const { rpki, announcements, load, catchment } = file.feeds;
  if (rpki !== undefined && file.origin_as === undefined)
    builder.mistake(
      'missing-key',
      ['feeds', 'rpki'],
      'it can not be told whether prefixes are valid without the AS number that originates them',
      'add origin_as: … at the top of the file',
      true,
    );
  if (load !== undefined && Object.keys(file.links).length === 0)
    builder.mistake(
      'missing-key',
      ['feeds', 'load'],
      'there are no links whose load it could be',
      'add links: … at the top of the file, e.g. links: { zrh-transit: { site: zrh, capacity: 10G } }',
      true,
    );
  const at = (kind: string): Path => ['feeds', kind];
  return {
    ...(rpki && { rpki: { timing: builder.timing(rpki, at('rpki')), from: builder.rpki(rpki, at('rpki')) } }),
    ...(announcements && {
      announcements: {
        timing: builder.timing(announcements, at('announcements')),
        from: builder.document(announcements, at('announcements')),
      },
    }),
    ...(load && {
      load: {
        timing: builder.timing(load, at('load')),
        from: builder.url(load.url, load.credentials, at('load')),
        queries: { in: load.in, out: load.out },
        unit: load.unit,
      },
    }),
    ...(catchment && {
      catchment: {
        timing: builder.timing(catchment, at('catchment')),
        from: builder.url(catchment.url, catchment.credentials, at('catchment')),
        query: catchment.query,
      },
    }),
  };
}

class FeedBuilder {
  readonly #folder: string;
  readonly #reporter: Reporter;

  constructor(folder: string, reporter: Reporter) {
    this.#folder = folder;
    this.#reporter = reporter;
  }

  timing({ interval, timeout, stale }: Timing, path: Path): Timing {
    // Between two good attempts data would be stale by themselves.
    if (stale < interval + timeout)
      this.mistake(
        'bad-value',
        [...path, 'stale'],
        `"stale" is ${stale / 1000} s, less than the interval and the timeout together (${(interval + timeout) / 1000} s): it would be stale between attempts`,
        'write several times the interval',
      );
    return { interval, timeout, stale };
  }

  rpki({ rtr, ...document }: NonNullable<FeedsFile['rpki']>, path: Path): RpkiFeed['from'] {
    if (rtr === undefined) return this.document(document, path, 'file: …, url: … or rtr: …');
    for (const key of ['file', 'url', 'credentials'] as const)
      if (document[key] !== undefined)
        this.mistake('bad-value', [...path, key], `with rtr there is no "${key}"`, 'leave one of them out', true);
    const list = typeof rtr === 'string' ? [rtr] : rtr;
    return {
      caches: list.map((text, i) =>
        this.#cache(text, typeof rtr === 'string' ? [...path, 'rtr'] : [...path, 'rtr', i]),
      ),
    };
  }

  /** A file or a URL: one of them, and credentials for a URL alone. @param choice what can be written */
  document(file: DocumentFile, path: Path, choice = 'file: … or url: …'): Place {
    const { file: name, url, credentials } = file;
    if ((name === undefined) === (url === undefined))
      this.mistake(
        name === undefined ? 'missing-key' : 'bad-value',
        name === undefined ? path : [...path, 'file'],
        name === undefined ? 'it is not said where it is read' : 'it is read either from a file or from a URL',
        name === undefined ? `add ${choice}` : 'leave one of file and url out',
        true,
      );
    if (name !== undefined) {
      if (credentials !== undefined && url === undefined)
        this.mistake('bad-value', [...path, 'credentials'], 'a file asks for no credentials', 'leave them out', true);
      return { file: isAbsolute(name) ? name : join(this.#folder, name) };
    }
    return this.url(url ?? '', credentials, path);
  }

  url(url: string, credentials: DocumentFile['credentials'], path: Path): Extract<Place, { url: string }> {
    if (URL.canParse(url) && (new URL(url).username !== '' || new URL(url).password !== ''))
      this.mistake(
        'secret-in-url',
        [...path, 'url'],
        'the URL has a user or a password in it, which logs and replies would show',
        'write credentials: { user: …, file: … }',
      );
    const secret = credentials && this.#credentials(credentials, [...path, 'credentials']);
    return { url, ...(secret === undefined ? {} : { credentials: secret }) };
  }

  #cache(text: string, path: Path): RtrCache {
    const [, bracketed, name, port] = /^(?:\[(.+)\]|(.+)):(\d+)$/.exec(text) ?? [];
    const host = bracketed ?? name ?? '';
    const isHost = bracketed === undefined ? !/^[\d.]+$/.test(host) || isIPv4(host) : isIPv6(host);
    if (!isHost || Number(port) < 1 || Number(port) > 65535)
      this.mistake('bad-address', path, `"${text}" is no address or name with a port`, 'write e.g. 127.0.0.1:8282');
    return { host, port: Number(port) };
  }

  mistake(code: string, path: Path, message: string, fix: string, key = false): void {
    this.#reporter.report({ code, path, message, fix, key });
  }

  #credentials({ user, file, env }: NonNullable<DocumentFile['credentials']>, path: Path): Credentials | undefined {
    if ((file === undefined) === (env === undefined)) {
      this.mistake(
        'bad-value',
        path,
        'the secret is in a file or in a variable',
        'write one of file: … and env: …',
        true,
      );
      return undefined;
    }
    if (env?.startsWith(VARIABLE_PREFIX))
      this.mistake(
        'bad-value',
        [...path, 'env'],
        `variables that begin with ${VARIABLE_PREFIX} are settings`,
        'give the variable another name, e.g. FEED_TOKEN',
      );
    const secret = env === undefined ? { file: isAbsolute(file!) ? file! : join(this.#folder, file!) } : { env };
    return { ...(user === undefined ? {} : { user }), secret };
  }
}

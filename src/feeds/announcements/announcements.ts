/** What is really announced, from a document that anything may write: a BGP collector, a route reflector's exporter, a script. */
import { formatAddress, parseAddress } from '../../net/address.ts';
import { covers, formatPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import type { Announced } from '../../steering/network-data.ts';
import { DocumentReader, jsonOf, type Place } from '../document.ts';
import { FeedError } from '../feed.ts';
import { namedNote, newestOf, type Observed } from '../observed.ts';
import type { PolledSource, Taken } from '../polled-feed.ts';
import { type AnnouncementsDocument, announcementsSchema } from './document.ts';

/** What is asked: which sites there are, and which prefixes matter. */
export interface AnnouncementsQuestion {
  readonly sites: readonly string[];
  readonly prefixes: readonly Prefix[];
}

export interface AnnouncementsData {
  /** By id of a site of the network that was observed. Unix milliseconds. */
  readonly sites: Observed<Announced>;
}

/** Octets: 2 million prefixes. */
const MOST = 1 << 26;
/** Times of sites that are ahead of our clock by more than this are a mistake. */
const AHEAD_MS = 60_000;

export class Announcements implements PolledSource<AnnouncementsData> {
  readonly #question: AnnouncementsQuestion;
  readonly #document: DocumentReader;

  constructor(place: Place, question: AnnouncementsQuestion, most = MOST) {
    this.#question = question;
    this.#document = new DocumentReader(place, most);
  }

  async read(signal: AbortSignal, before: Taken<AnnouncementsData> | undefined): Promise<Taken<AnnouncementsData>> {
    const taken = await this.#document.read(signal, async (document) =>
      takeAnnouncements(await jsonOf(document), this.#question, Date.now()),
    );
    return taken ?? before!;
  }

  close(): Promise<void> {
    return this.#document.close();
  }
}

/** Takes what matters of a document, all or nothing. @throws FeedError */
export function takeAnnouncements(
  document: unknown,
  question: AnnouncementsQuestion,
  now: number,
): Taken<AnnouncementsData> {
  const { data, error } = announcementsSchema.safeParse(document);
  if (data === undefined) {
    const [{ path, message }] = error.issues;
    const place = path.length === 0 ? 'it' : path.join('.');
    throw new FeedError(`${place} is not what schemas/announcements.schema.json says: ${message}`);
  }
  const known = new Set(question.sites);
  const sites = new Map<string, { value: Announced; observedAt: number }>();
  for (const [site, told] of Object.entries(data.sites)) {
    const observedAt = Date.parse(told.observed_at ?? data.observed_at);
    if (observedAt > now + AHEAD_MS)
      throw new FeedError(`sites.${site} is of ${new Date(observedAt).toISOString()}, ahead of this clock`);
    const value = announcedBy(site, told, question.prefixes);
    if (known.has(site)) sites.set(site, { value, observedAt: Math.min(observedAt, now) });
  }
  if (sites.size === 0) throw new FeedError('it has no site of this network');
  const strangers = Object.keys(data.sites).filter((site) => !known.has(site));
  const missing = question.sites.filter((site) => !sites.has(site));
  return {
    data: { sites },
    // Of the site that was observed last; each has its own time beside.
    observedAt: newestOf(sites),
    notes: {
      sites: sites.size,
      ...namedNote('missing', missing),
      ...namedNote('unknown', strangers),
    },
  };
}

function announcedBy(
  site: string,
  { prefixes, host_routes: hostRoutes = [] }: AnnouncementsDocument['sites'][string],
  own: readonly Prefix[],
): Announced {
  const kept = new Map<string, Prefix>();
  const hosts = new Map<string, Uint8Array>();
  const take = (text: string, at: string): void => {
    const address = parseAddress(text);
    const prefix = address === undefined ? parsePrefix(text) : undefined;
    if (address === undefined && prefix === undefined)
      throw new FeedError(
        `sites.${site}.${at} has "${text}", which is no ${at === 'prefixes' ? 'prefix' : 'host route'}`,
      );
    const isHost = prefix === undefined || prefix.length === prefix.address.length * 8;
    if (at === 'host_routes' && !isHost)
      throw new FeedError(`sites.${site}.${at} has "${text}", which is no host route`);
    if (at === 'prefixes' && prefix === undefined)
      throw new FeedError(`sites.${site}.${at} has "${text}", which has no length`);
    if (isHost) {
      const octets = address ?? prefix!.address;
      if (own.some((one) => covers(one, { ...one, address: octets, length: octets.length * 8 })))
        hosts.set(formatAddress(octets), octets);
    } else if (prefix.length > 0 && own.some((one) => covers(prefix, one) || covers(one, prefix)))
      // A default route is where traffic goes, and brings none.
      kept.set(formatPrefix(prefix), prefix);
  };
  for (const text of prefixes) take(text, 'prefixes');
  for (const text of hostRoutes) take(text, 'host_routes');
  return { prefixes: [...kept.values()], hosts: [...hosts.values()] };
}

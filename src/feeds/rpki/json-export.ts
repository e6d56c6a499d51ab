/**
 * VRPs as validators write them out: the JSON of rpki-client (which StayRTR and others read too), and `json` and `jsonext` of Routinator.
 *
 *     { "metadata": { "buildtime": "2026-11-23T12:00:00Z" },        rpki-client; Routinator: "generated": 1795521600 or "generatedTime": "…"
 *       "roas": [{ "asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 24, "expires": 1795600000 },      Routinator: "asn": "AS64500", no "expires"
 *                …] }
 */
import type { Vrp } from '../../net/origin-validation.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { DocumentReader, type Place } from '../document.ts';
import { FeedError } from '../feed.ts';
import { JsonList } from '../json-list.ts';
import type { PolledSource, Taken } from '../polled-feed.ts';
import { CoveredPrefixes, judgeRoutes, type RpkiData, type RpkiQuestion } from './vrps.ts';

/** Octets: many times what there is in the world today (60 MB). */
const MOST = 1 << 30;

export class JsonExport implements PolledSource<RpkiData> {
  readonly #question: RpkiQuestion;
  readonly #document: DocumentReader;

  constructor(place: Place, question: RpkiQuestion, most = MOST) {
    this.#question = question;
    this.#document = new DocumentReader(place, most);
  }

  async read(signal: AbortSignal, before: Taken<RpkiData> | undefined): Promise<Taken<RpkiData>> {
    const taken = await this.#document.read(signal, async ({ pieces, changedAt }) => {
      const now = Date.now();
      const reader = new VrpReader(this.#question, now);
      for await (const piece of pieces) reader.push(piece);
      const { data, madeAt, expired } = reader.end();
      return { data, observedAt: madeAt ?? changedAt ?? now, notes: { vrps: data.total, expired } };
    });
    // Not read again while it is the same document, so there is one from before.
    return taken ?? before!;
  }

  close(): Promise<void> {
    return this.#document.close();
  }
}

/** One export, from its first octet to its last. */
export class VrpReader {
  readonly #question: RpkiQuestion;
  readonly #own: CoveredPrefixes;
  readonly #now: number;
  readonly #list: JsonList;
  readonly #kept: Vrp[] = [];
  #total = 0;
  #expired = 0;

  /** @param now Unix milliseconds: VRPs that have expired by then are none any longer */
  constructor(question: RpkiQuestion, now: number) {
    this.#question = question;
    this.#own = new CoveredPrefixes(question.routes.map(({ prefix }) => prefix));
    this.#now = now;
    this.#list = new JsonList('roas', (item, index) => this.#take(item as Record<string, unknown>, index));
  }

  /** @throws FeedError */
  push(piece: Uint8Array): void {
    this.#list.push(piece);
  }

  /** @returns `madeAt` in Unix milliseconds, if the export says it @throws FeedError */
  end(): { data: RpkiData; madeAt: number | undefined; expired: number } {
    const { metadata } = this.#list.end() as { metadata?: Record<string, unknown> };
    // A validator that has lost its cache writes an empty list. Nothing is learnt from that.
    if (this.#total === 0) throw new FeedError('it has no VRP at all, which says nothing of any route');
    return {
      data: judgeRoutes(this.#question, this.#kept, this.#total),
      madeAt: madeAt(metadata ?? {}),
      expired: this.#expired,
    };
  }

  #take(item: Record<string, unknown>, index: number): void {
    const { prefix: text, asn: written, expires } = item;
    const prefix = typeof text === 'string' ? parsePrefix(text) : undefined;
    if (prefix === undefined) throw new FeedError(`item ${index} of "roas" has no prefix, but ${told(text)}`);
    const asn = asNumber(written);
    if (asn === undefined) throw new FeedError(`item ${index} of "roas" has no AS number, but ${told(written)}`);
    const { maxLength = prefix.length } = item;
    if (
      !Number.isInteger(maxLength) ||
      Number(maxLength) < prefix.length ||
      Number(maxLength) > prefix.address.length * 8
    )
      throw new FeedError(`item ${index} of "roas" has maxLength ${told(maxLength)} for ${told(text)}`);
    if (typeof expires === 'number' && expires * 1000 <= this.#now) {
      this.#expired++;
      return;
    }
    this.#total++;
    if (this.#own.isCoveredBy(prefix)) this.#kept.push({ prefix, maxLength: Number(maxLength), asn });
  }
}

/** `64500`, `"AS64500"` */
function asNumber(written: unknown): number | undefined {
  const asn =
    typeof written === 'string' && /^(AS)?\d{1,10}$/.test(written) ? Number(written.replace('AS', '')) : written;
  return typeof asn === 'number' && Number.isInteger(asn) && asn >= 0 && asn <= 0xffffffff ? asn : undefined;
}

function madeAt(metadata: Record<string, unknown>): number | undefined {
  const { buildtime, generated, generatedTime } = metadata;
  if (typeof generated === 'number') return generated * 1000;
  const time = Date.parse(String(buildtime ?? generatedTime));
  return Number.isNaN(time) ? undefined : time;
}

function told(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}

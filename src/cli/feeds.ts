/** `steerd feeds`: outside data, and what is known by it. */
import type * as z from 'zod';
import type { feedsReply } from '../api/schemas/feeds.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

type Reply = z.output<typeof feedsReply>;

export const feeds: Command = {
  name: 'feeds',
  synopsis: '[--config FILE] [--json]',
  summary: 'Shows outside data: how each feed does, and what is known of prefixes and links.',
  help: '',
  async run(args) {
    const { values, positionals } = parse(args, apiOptions);
    if (positionals.length > 0) throw new UsageError('feeds takes no argument');
    return withApi(values.config, async (api) => {
      const reply = (await api.get('/v1/feeds')) as Reply;
      show(values.json, reply, () => print(text(reply)));
      return 0;
    });
  },
};

function text({ items, routes, links, catchments, findings }: Reply): string {
  if (items.length === 0) return 'no feeds are configured (docs/feeds.md)';
  const rows = items.map(({ id, state, since, observed_at, stale_at, source }) => [
    id,
    state,
    when(since),
    observed_at === undefined ? '-' : when(observed_at),
    stale_at === undefined ? '-' : when(stale_at),
    source,
  ]);
  const parts = [tableText(['feed', 'state', 'since (utc)', 'data of', 'stale at', 'source'], rows)];
  const whys = items.flatMap(({ id, why }) => (why === undefined ? [] : [`${id}: ${why}`]));
  if (whys.length > 0) parts.push(whys.join('\n'));
  const known = routes.filter(({ validity, announced }) => validity !== null || announced !== null);
  if (known.length > 0) {
    const rows = known.map(({ group, family, prefix, validity, announced }) => [
      group,
      family,
      prefix,
      validity === null ? '-' : `${validity.state}${validity.stale ? ' (stale)' : ''}`,
      announced === null ? '-' : announcedText(announced),
      validity?.cause ?? '',
    ]);
    parts.push(tableText(['group', 'family', 'prefix', 'rpki', 'announced at', 'rpki because'], rows));
  }
  if (links.length > 0) {
    const rows = links.map(({ link, site, direction, load, capacity, ratio, observed_at, stale }) => [
      link,
      site,
      direction,
      `${Math.round(ratio * 100)} %${stale ? ' (stale)' : ''}`,
      `${bitsText(load)} of ${bitsText(capacity)}`,
      when(observed_at),
    ]);
    parts.push(tableText(['link', 'site', 'direction', 'used', 'bits/s', 'at (utc)'], rows));
  }
  if (catchments.length > 0) {
    const rows = catchments.map(({ group, family, shares, observed_at, stale }) => [
      group,
      family,
      `${Object.entries(shares)
        .map(([site, share]) => `${site} ${Math.round(share * 100)} %`)
        .join(', ')}${stale ? ' (stale)' : ''}`,
      when(observed_at),
    ]);
    parts.push(tableText(['group', 'family', 'enters at', 'at (utc)'], rows));
  }
  if (findings.length > 0) parts.push(findings.map(({ kind, message }) => `${kind}: ${message}`).join('\n'));
  return parts.join('\n\n');
}

/** `zrh, gva (aggregate), fra (unknown)`: sites that announce it, or of which nobody has said. */
function announcedText(announced: NonNullable<Reply['routes'][number]['announced']>): string {
  const told = announced.filter(({ as, expected }) => as !== 'none' && (as !== 'unknown' || expected));
  return told.length === 0
    ? 'nowhere'
    : told.map(({ site, as }) => (as === 'exact' ? site : `${site} (${as})`)).join(', ');
}

/** `9.4G` */
function bitsText(bits: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bits)) / 3)));
  return `${Number((bits / 1000 ** step).toPrecision(3))}${units[step]}`;
}

/** The dashboard asks for metrics that exist, by labels they have, and shows all of them. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { parseExposition } from '../../support/exposition.ts';
import { FakeSource } from '../../support/fake-source.ts';

interface Target {
  readonly refId?: string;
  readonly expr: string;
  readonly legendFormat?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; type: string; definition?: string }[] };
}

const text = readFileSync(new URL('../../../deploy/grafana-dashboard.json', import.meta.url), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** What Prometheus adds to every series it scrapes. */
const SCRAPED = ['instance', 'job'];
const KEYWORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'bool',
  'offset',
]);

/** Everything anywhere in the dashboard that Prometheus is asked: panels and annotations. */
function expressions(node: unknown = dashboard): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'expr' && typeof value === 'string' ? [value] : expressions(value),
  );
}

const LABELS = /\b(?:by|on|ignoring|without|group_left|group_right) *\(([^()]*)\)/g;
const MATCHERS = /\{([^{}]*)\}/g;

/** An expression without its quoted strings, in which braces and names would mislead. */
function bare(expr: string): string {
  return expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
}

/** Names of series: words that are no function, keyword, label or duration. */
function seriesOf(expr: string): string[] {
  const rest = bare(expr)
    .replaceAll(LABELS, '')
    .replaceAll(MATCHERS, '')
    .replaceAll(/\[[^\]]*\]/g, '');
  return [...rest.matchAll(/[a-zA-Z_:][\w:]*\b(?! *\()/g)].map(([name]) => name).filter((name) => !KEYWORDS.has(name));
}

/** Labels that an expression groups by or selects with. */
function labelsOf(expr: string): string[] {
  const inside = [...bare(expr).matchAll(LABELS), ...bare(expr).matchAll(MATCHERS)].map((m) => m[1]);
  return inside.flatMap((list) => [...list.matchAll(/[a-zA-Z_]\w*/g)].map(([label]) => label));
}

/** Labels by series, and the metric of each series, as a server renders them. */
const labels = new Map<string, Set<string>>();
const metricOf = new Map<string, string>();

beforeAll(async () => {
  for (const family of parseExposition(await new Metrics(new FakeSource()).render()).values()) {
    for (const sample of family.samples) {
      metricOf.set(sample.name, family.name);
      const known = labels.get(sample.name) ?? new Set(SCRAPED);
      for (const label of Object.keys(sample.labels)) known.add(label);
      labels.set(sample.name, known);
    }
  }
});

describe('Grafana dashboard', () => {
  it('has expressions to check, read as they are meant', () => {
    expect(expressions().length).toBeGreaterThan(30);
    const expr =
      'sum by (le) (rate(a_bucket{b=~"c(d)", e!="{f}"}[$__rate_interval])) / on (g) group_left () time() > 0';
    expect(seriesOf(expr)).toEqual(['a_bucket']);
    expect(labelsOf(expr).sort()).toEqual(['b', 'e', 'g', 'le']);
  });

  it.each(expressions())('%s: asks for what there is', (expr) => {
    const series = seriesOf(expr);
    expect(series.length).toBeGreaterThan(0);
    for (const name of series) {
      expect([...labels.keys()], name).toContain(name);
      for (const label of labelsOf(expr)) expect([...labels.get(name)!], `${label} of ${name}`).toContain(label);
    }
  });

  it('shows every metric of ours', () => {
    const shown = new Set(
      expressions()
        .flatMap(seriesOf)
        .map((name) => metricOf.get(name)),
    );
    const missing = [...new Set(metricOf.values())].filter((name) => name.startsWith('steerd_') && !shown.has(name));
    expect(missing).toEqual([]);
  });

  it('takes rates of counters only, over as long as scrapes need', () => {
    for (const expr of expressions()) {
      for (const [, name, range] of expr.matchAll(/\b(?:rate|increase)\((\w+)\{[^}]*\}\[([^\]]+)\]/g)) {
        expect(name).toMatch(/_(total|bucket|sum|count)$/);
        expect(range).toBe('$__rate_interval');
      }
    }
  });

  it.each(panels)('panel $title: legends name labels that are left', ({ targets = [] }) => {
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { expr, legendFormat = '' } of targets) {
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list.split(', '));
      // An aggregation leaves the labels it names, and where there is none all are left.
      const all = !/\b(sum|min|max|avg|count)( by)? ?\(/.test(expr);
      const left = all ? seriesOf(expr).flatMap((name) => [...labels.get(name)!]) : grouped;
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(left).toContain(label);
    }
  });

  it('asks the data source and the instances that are chosen, and selects only by variables there are', () => {
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
      ['service', 'query'],
    ]);
    const uids = new Set([...text.matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid));
    // Its own, and the data source that is chosen.
    expect(uids).toEqual(new Set(['steerd', '$' + '{datasource}']));
    for (const expr of expressions()) {
      expect(expr).toContain('{instance=~"$instance"');
      for (const [, name] of expr.matchAll(/\$(\w+)/g))
        expect(['instance', 'service', '__rate_interval']).toContain(name);
    }
    for (const { definition } of dashboard.templating.list) {
      if (definition === undefined) continue;
      const [, name, label] = /^label_values\((\w+)(?:\{.*\})?, (\w+)\)$/.exec(definition)!;
      expect([...(labels.get(name) ?? [])], definition).toContain(label);
    }
  });

  it('has panels with numbers of their own that do not lie on one another', () => {
    const taken = new Map<string, string>();
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), title).toBeUndefined();
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });
});

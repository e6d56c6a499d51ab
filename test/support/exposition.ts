/** Prometheus' text exposition format, read strictly: what a line must not look like is an error. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric: its HELP, its TYPE and its samples. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy;

/** @throws Error with the line that can't be read, or that belongs to no metric */
export function parseExposition(text: string): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily & { samples: Sample[] }>();
  let current: (MetricFamily & { samples: Sample[] }) | undefined;
  let help: { name: string; text: string } | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment?.[1] === 'HELP') help = { name: comment[2], text: comment[3] };
    else if (comment !== null) {
      const [, , name, type] = comment;
      if (help?.name !== name || families.has(name)) throw new Error(`TYPE without HELP, or twice: ${line}`);
      current = { name, help: help.text, type, samples: [] };
      families.set(name, current);
    } else {
      const sample = parseSample(line);
      if (current === undefined || !belongs(sample.name, current)) throw new Error(`no metric's sample: ${line}`);
      current.samples.push(sample);
    }
  }
  return families;
}

function belongs(sample: string, { name, type }: MetricFamily): boolean {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'].some((suffix) => sample === name + suffix);
  if (type === 'summary') return sample === name || sample === `${name}_sum` || sample === `${name}_count`;
  return sample === name;
}

function parseSample(line: string): Sample {
  const match = SAMPLE.exec(line);
  if (match === null) throw new Error(`can't read: ${line}`);
  const [, name, inside = '', number] = match;
  const labels: Record<string, string> = {};
  let end = 0;
  for (const label of inside.matchAll(LABEL)) {
    labels[label[1]] = label[2].replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
    end = label.index + label[0].length;
  }
  if (end !== inside.length) throw new Error(`labels can't be read: ${line}`);
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number === 'NaN' ? 'x' : number);
  if (Number.isNaN(value) && number !== 'NaN' && number !== 'Nan') throw new Error(`no number: ${line}`);
  return { name, labels, value };
}

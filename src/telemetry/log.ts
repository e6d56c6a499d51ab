/** The log: pino, one JSON object a line with a stable `event` field, or the same as text for a person at a terminal. */
import { type Logger, pino } from 'pino';

export type { Logger };

export interface LogOptions {
  readonly level: string;
  /** `auto` is text on a terminal, JSON elsewhere. */
  readonly format: 'text' | 'json' | 'auto';
}

export function makeLog(options: LogOptions): Logger {
  const text = options.format === 'text' || (options.format === 'auto' && process.stderr.isTTY);
  const settings = { level: options.level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  return text
    ? pino(settings, { write: (line: string) => process.stderr.write(textLine(line)) })
    : pino(settings, pino.destination({ fd: 2, sync: true }));
}

/** `12:03:04 warning reload refused: …` */
function textLine(json: string): string {
  const { level, time, msg, detail } = JSON.parse(json) as {
    level: number;
    time: string;
    msg: string;
    detail?: string;
  };
  const label = pino.levels.labels[level] ?? String(level);
  return `${time.slice(11, 19)} ${label === 'warn' ? 'warning' : label} ${msg}${detail === undefined ? '' : `\n${detail}`}\n`;
}

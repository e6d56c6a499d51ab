/** `steerd events`: what happens, as it happens. */
import { type Command, parse, print, UsageError } from './command.ts';
import { apiOptions, withApi } from './with-api.ts';

export const events: Command = {
  name: 'events',
  synopsis: '[--config FILE] [--json]',
  summary: 'Prints what happens (moves, states, reloads, warnings) until it is interrupted; --json one object a line.',
  help: '',
  async run(args) {
    const { values, positionals } = parse(args, apiOptions);
    if (positionals.length > 0) throw new UsageError('events takes no argument');
    return withApi(values.config, async (api) => {
      let rest = '';
      const decoder = new TextDecoder();
      for await (const piece of api.stream('/v1/events')) {
        rest += decoder.decode(piece, { stream: true });
        const blocks = rest.split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) printEvent(block, values.json);
      }
      return 0;
    });
  },
};

function printEvent(block: string, json: boolean): void {
  const field = (name: string): string | undefined =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field('data');
  const event = field('event');
  // Comments only keep the connection open.
  if (data === undefined || event === undefined) return;
  if (json) print(JSON.stringify({ event, data: JSON.parse(data) as unknown }));
  else print(`${new Date().toISOString().slice(11, 19)} ${event} ${data}`);
}

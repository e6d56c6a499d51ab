/** What commands that ask the API have in common. */
import { ApiClient } from './api-client.ts';
import { CommandError, printJson } from './command.ts';
import { readSettings } from './settings.ts';

/** Options of every such command. */
export const apiOptions = { config: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

/** Finds the API, works with it, and closes what was opened. */
export async function withApi(config: string | undefined, work: (api: ApiClient) => Promise<number>): Promise<number> {
  const api = await ApiClient.find(readSettings(config));
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}

/** A whole number of an option. @throws CommandError */
export function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new CommandError(`--${option} ${text}: write a whole number`, 2);
  return Number(text);
}

/** JSON for programs, or text for people. */
export function show(json: boolean, value: unknown, text: () => void): void {
  if (json) printJson(value);
  else text();
}

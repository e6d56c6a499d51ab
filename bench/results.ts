/** Results as JSON for programs and Markdown for people, in bench/results. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

const FOLDER = join(import.meta.dirname, 'results');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Writes a result and prints it. @param command what makes it again */
export function saveResult(
  name: string,
  result: { readonly machine: Machine } & Readonly<Record<string, unknown>>,
  title: string,
  text: string,
  command: string,
): void {
  const { date, commit, cpu, cores, kernel, node } = result.machine;
  const seen = `Seen ${date} at ${commit} on ${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}, with \`${command}\`.`;
  const markdown = `# ${title}\n\n${text}\n\n${seen}\n`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(FOLDER, `${name}.md`), markdown);
  showInReadme();
  console.log(`\n${markdown}`);
}

/** README shows the last results between two marks; what stands there is never written by hand. */
function showInReadme(): void {
  const readme = join(import.meta.dirname, '../README.md');
  const parts = [
    'throughput',
    'protected',
    'profile',
    'answers',
    'load',
    'moves',
    'latency',
    'decide',
    'health',
    'signing',
    'updates',
  ]
    .map((name) => join(FOLDER, `${name}.md`))
    .filter((file) => existsSync(file));
  const text = parts
    .map((file) =>
      readFileSync(file, 'utf8')
        .trim()
        .replace(/^# (.*)$/m, '**$1**'),
    )
    .join('\n\n');
  const before = readFileSync(readme, 'utf8');
  writeFileSync(
    readme,
    before.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, `<!-- bench -->\n${text}\n<!-- /bench -->`),
  );
}

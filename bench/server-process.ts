/** A steerd that was started with `serve --json` and its output in a pipe. */
import type { ChildProcess } from 'node:child_process';

/** Where it listens, once it says that it is ready. @throws Error when it ends before */
export function whenReady(server: ChildProcess): Promise<{ host: string; port: number }> {
  return new Promise((done, fail) => {
    let text = '';
    server.stdout?.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (text.includes('\n')) done((JSON.parse(text) as { listen: { host: string; port: number }[] }).listen[0]);
    });
    server.once('exit', (code) => fail(new Error(`steerd ended with ${code}`)));
  });
}

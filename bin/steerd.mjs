#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one is told what to do instead of failing on syntax.
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  const bundled = new URL('../node_modules/.bin/node', import.meta.url).pathname;
  console.error(
    `steerd needs Node 24 or newer; this is ${process.version}.` +
      (existsSync(bundled)
        ? ` Run it through npm (npm start, npm run -s steerd -- …), which uses ${bundled}.`
        : ' Run npm ci first, then npm start.'),
  );
  process.exit(1);
}
// Compiled code is kept between starts; types are stripped by Node itself. By environment, because worker threads take only that from here: without
// it each strips the types of its own files at every start, with a compiler of some 15 MiB that stays loaded.
if (process.env.NODE_COMPILE_CACHE === undefined) {
  const folder = cacheFolder();
  if (folder !== undefined) process.env.NODE_COMPILE_CACHE = folder;
}
if (process.env.NODE_COMPILE_CACHE !== undefined) module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
await import('../src/main.ts');

/**
 * systemd's CacheDirectory, or a folder of our own among temporary files. Undefined when there is none that only we can write to: what is cached
 * is run.
 */
function cacheFolder() {
  const folder = process.env.CACHE_DIRECTORY ?? join(tmpdir(), `steerd-cache-${process.getuid?.() ?? 'user'}`);
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    const { uid, mode } = lstatSync(folder);
    const isOurs = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    return isOurs && lstatSync(folder).isDirectory() ? folder : undefined;
  } catch {
    return undefined;
  }
}

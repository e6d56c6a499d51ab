#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one is told what to do instead of failing on syntax.
import { existsSync } from 'node:fs';
import module from 'node:module';

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
// Compiled code is kept between starts; types are stripped by Node itself.
module.enableCompileCache?.();
await import('../src/main.ts');

/**
 * Where the command line begins, on Node.js 24.15 or later: keeps what Node.js compiles, so that the
 * next command starts faster, and goes on with `program.ts`.
 *
 * The folder is one of this installation, as nobody else may say which code runs. Where it cannot be
 * written, as in an image, every command starts as the first one does.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Code from the cache is counted less precisely.
if (process.env.NODE_V8_COVERAGE === undefined) {
  enableCompileCache(fileURLToPath(new URL('../.node/compiled', import.meta.url)));
}
await import('./program.ts');

/**
 * Where the command line begins, on Node.js 24.15 or later: keeps what Node.js compiles, so that the
 * next command starts faster, and goes on with `program.ts`, or in the package with the one file that a server
 * was bundled into (deploy/roles.ts), as hundreds of modules take longer to find than to run.
 *
 * The folder is one of this installation, as nobody else may say which code runs. Where it cannot be
 * written, as in an image, every command starts as the first one does.
 */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../.node/compiled', import.meta.url));
// The launcher's, and not meant for what this process starts.
if (process.env.NODE_COMPILE_CACHE === folder) delete process.env.NODE_COMPILE_CACHE;
// Code from the cache is counted less precisely.
if (process.env.NODE_V8_COVERAGE === undefined) {
  enableCompileCache(folder);
}
const [command = ''] = process.argv.slice(2);
const bundle = new URL(`../roles/${command}.js`, import.meta.url);
await (/^[a-z]+$/.test(command) && existsSync(bundle)
  ? import(bundle.href)
  : import('./program.ts'));

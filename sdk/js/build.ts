/**
 * Builds the package `tecp-js` into sdk/js/dist, or into the folder that is named: `node sdk/js/build.ts`, then
 * `npm pack ./sdk/js/dist`.
 *
 * What the sources import from `shared/` is compiled with them. The manifest gets the versions of @noble that the
 * program itself has.
 */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../deploy/compile.ts';

const SDK = import.meta.dirname;
const ROOT = join(SDK, '../..');
const DIST = process.argv[2] ?? join(SDK, 'dist');
/** The provider of the servers, with an addon in machine code: the sources import it by `#crypto`. */
const SERVERS_ONLY = ['node', 'sodium'];

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

compile(ROOT, join(SDK, 'tsconfig.build.json'), DIST);
for (const name of SERVERS_ONLY) {
  for (const suffix of ['js', 'd.ts'])
    rmSync(join(DIST, `shared/protocol/crypto/${name}.${suffix}`));
}
const programs = Object.entries<string>(readJson(join(ROOT, 'package.json')).dependencies);
const dependencies = Object.fromEntries(programs.filter(([name]) => name.startsWith('@noble/')));
const manifest = { ...readJson(join(SDK, 'manifest.json')), dependencies };
writeFileSync(join(DIST, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(SDK, 'README.md'), join(DIST, 'README.md'));
copyFileSync(join(ROOT, 'LICENSE'), join(DIST, 'LICENSE'));

/**
 * Compiles the program into dist/ for the package, as Node.js strips no types below node_modules:
 * `./tecp build`, which `npm pack` runs first. Nothing else needs it. Servers are bundled, too (roles.ts), and the
 * explorer's web app goes along as it was built (explorer/web/build.ts).
 *
 * Compiled modules keep the names by which they import one another (`#protocol/note/key.ts`); the
 * package.json of dist/ maps those to the compiled files. Types are not checked here: tsc has done so.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWebApp } from '#explorer/web/build.ts';
import { compile } from './compile.ts';
import { bundleRoles } from './roles.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

type Target = string | Readonly<Record<string, string>>;
interface Package {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly imports: Readonly<Record<string, Target>>;
}

/** `./shared/protocol/*` of `#protocol/*` becomes `./shared/protocol/*.js` of `#protocol/*.ts`. */
function compiledImports(imports: Package['imports']): Record<string, Target> {
  return Object.fromEntries(
    Object.entries(imports).map(([name, target]) =>
      typeof target === 'string' ? [`${name}.ts`, `${target}.js`] : [name, compiledTargets(target)],
    ),
  );
}

function compiledTargets(targets: Readonly<Record<string, string>>): Target {
  return Object.fromEntries(
    Object.entries(targets).map(([condition, path]) => [condition, path.replace(/\.ts$/, '.js')]),
  );
}

compile(ROOT, join(ROOT, 'deploy/tsconfig.build.json'), DIST);
const { name, version, type, imports }: Package = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);
const { '#test/*': _tests, '#sdk/*': _sdk, ...own } = imports;
const description = { name, version, type, imports: compiledImports(own) };
writeFileSync(join(DIST, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
await bundleRoles(ROOT, join(DIST, 'roles'));
const { folder } = await buildWebApp(ROOT);
const webApp = join(DIST, 'explorer/web/dist');
cpSync(folder, join(webApp, basename(folder)), { recursive: true });
writeFileSync(join(webApp, 'current'), basename(folder));

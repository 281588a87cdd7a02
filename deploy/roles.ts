/**
 * Bundles each server of the package into one file with all that it imports, as `roles/<command>.js`, and each
 * thread of one as `roles/<thread>.js` beside it, where `siblingModule` looks for it.
 *
 * A bundle is the whole command line with one command: so there is one class of each error in a process. Only
 * packages with a part in machine code stay outside. The licenses of all others are in `roles/LICENSES.txt`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Commands that are servers. */
const ROLES = ['log', 'witness', 'monitor', 'bastion'];
const NATIVE_PACKAGES = ['better-sqlite3', 'sodium-native'];
const SOURCES = ['shared', 'log-server', 'witness', 'monitor', 'bastion'];

/** For packages in CommonJS that ask for what Node.js has. */
const REQUIRE = `import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url);`;

export async function bundleRoles(root: string, folder: string): Promise<void> {
  const licenses = new Map<string, string>();
  const bundle = async (name: string, entry: string, plugins: Plugin[]) => {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [{ in: entry, out: name }],
      outdir: folder,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      external: NATIVE_PACKAGES,
      banner: { js: REQUIRE },
      plugins,
      metafile: true,
      logLevel: 'warning',
    });
    for (const path of Object.keys(metafile.inputs)) noteLicense(licenses, join(root, path));
  };
  for (const role of ROLES) await bundle(role, 'cli/program.ts', [commandsBut(role)]);
  for (const [name, entry] of threadsIn(root)) await bundle(name, entry, []);
  const texts = [...licenses].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(
    join(folder, 'LICENSES.txt'),
    texts.map(([name, text]) => `${name}\n\n${text.trim()}\n`).join(`\n${'-'.repeat(80)}\n\n`),
  );
}

/** Leaves every other command where it is: this program never loads one. */
function commandsBut(role: string): Plugin {
  return {
    name: 'commands',
    setup({ onResolve }) {
      onResolve({ filter: /^#cli\/commands\// }, ({ path }) => {
        const command = path.slice('#cli/commands/'.length, -'.ts'.length);
        if (command === role) return undefined;
        return { path: `../cli/commands/${command}.js`, external: true };
      });
    },
  };
}

/** Modules that begin in a thread of their own, by the name that `siblingModule` is given. */
function threadsIn(root: string): Map<string, string> {
  const threads = new Map<string, string>();
  for (const source of SOURCES) {
    for (const path of readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts')) continue;
      const text = readFileSync(join(root, source, path), 'utf8');
      for (const [, name] of text.matchAll(/siblingModule\('([\w-]+)', import\.meta\.url\)/g)) {
        if (threads.has(name!)) throw new Error(`two threads are called ${name}`);
        threads.set(name!, join(source, dirname(path), `${name}.ts`));
      }
    }
  }
  return threads;
}

/** Of the package that a file is of. */
function noteLicense(licenses: Map<string, string>, path: string): void {
  const [, before, name] = /^(.*node_modules\/)((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  if (before === undefined || name === undefined || licenses.has(name)) return;
  const folder = join(before, name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  licenses.set(
    name,
    file === undefined ? `License: ${license}` : readFileSync(join(folder, file), 'utf8'),
  );
}

/**
 * Bundles each server of the package into one file with all that it imports, as `roles/<command>.js`, and each
 * thread that one begins by `siblingModule` into a file beside it, named after its path.
 *
 * A bundle is the whole command line with one command: so there is one class of each error in a process. Only
 * packages with a part in machine code stay outside. The licenses of all others are in `roles/LICENSES.txt`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { Licenses } from '#explorer/web/build/licenses.ts';

/** Commands that are servers. */
const ROLES = ['log', 'witness', 'monitor', 'bastion', 'mirror', 'explorer'];
const NATIVE_PACKAGES = ['better-sqlite3', 'sodium-native'];
const SOURCES = ['shared', 'log-server', 'witness', 'monitor', 'bastion', 'explorer'];

/** For packages in CommonJS that ask for what Node.js has. */
const REQUIRE = `import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url);`;

export async function bundleRoles(root: string, folder: string): Promise<void> {
  const licenses = new Licenses();
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
    for (const path of Object.keys(metafile.inputs)) licenses.note(join(root, path));
  };
  const threads = threadsBeside(root);
  for (const role of ROLES) await bundle(role, 'cli/program.ts', [commandsBut(role), threads]);
  for (const path of modulesIn(root)) {
    for (const thread of threadsOf(path, readFileSync(join(root, path), 'utf8'))) {
      await bundle(nameOf(thread), thread, [threads]);
    }
  }
  writeFileSync(join(folder, 'LICENSES.txt'), licenses.text());
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

/** A folder beside a module that it finds from where it is. */
const FOLDER = /new URL\('(\.\.\/[\w/]+\/)', import\.meta\.url\)/g;
const SIBLING = /siblingModule\('([\w-]+)', import\.meta\.url\)/g;

function modulesIn(root: string): string[] {
  return SOURCES.flatMap((source) =>
    readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(source, path)),
  );
}

/** Modules that this one begins in a thread of their own. */
function threadsOf(path: string, text: string): string[] {
  return Array.from(text.matchAll(SIBLING), ([, name]) => join(dirname(path), `${name}.ts`));
}

/** Of the file for a thread, `log-server-front-end-thread`. */
function nameOf(thread: string): string {
  return thread.slice(0, -'.ts'.length).replaceAll('/', '-');
}

/** Has threads begin in the files beside the bundle, and folders found from there. */
function threadsBeside(root: string): Plugin {
  return {
    name: 'threads',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const folder = dirname(relative(root, path));
        const beside = (_: string, name: string) =>
          `new URL('./${nameOf(join(folder, `${name}.ts`))}.js', import.meta.url)`;
        const found = (_: string, path: string) =>
          `new URL('../${join(folder, path)}', import.meta.url)`;
        const contents = text.replace(SIBLING, beside).replace(FOLDER, found);
        return { contents, loader: 'ts' };
      });
    },
  };
}

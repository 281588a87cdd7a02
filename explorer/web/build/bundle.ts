/**
 * Bundles the web app with Vite: for browsers, a file for each page and each heavy part, named by their content;
 * and for the server, one module that renders the same pages and needs no package to be installed.
 *
 * Both have the crypto provider of browsers, so that what is rendered does not hang on who renders it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, type InlineConfig, type Plugin } from 'vite';
import { PALETTE } from '#service/page/palette.ts';
import { Licenses } from './licenses.ts';
import { isSource } from './sources.ts';

/** Fills an empty folder: `client/`, `server/entry-server.js`, `LICENSES.txt`. */
export async function bundleWebApp(root: string, folder: string): Promise<void> {
  const { NODE_ENV } = process.env;
  // Vite asks for it, whatever it is told: the same sources are one build, in tests, too.
  process.env.NODE_ENV = 'production';
  try {
    await bundle(root, folder);
  } finally {
    process.env.NODE_ENV = NODE_ENV;
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  }
}

async function bundle(root: string, folder: string): Promise<void> {
  const licenses = new Licenses();
  const plugins = [PALETTE_SHEET, noteModules(root, licenses)];
  const app = join(root, 'explorer/web/app');
  await build({
    ...common(app, plugins),
    build: {
      ...OUTPUT,
      outDir: join(folder, 'client'),
      manifest: 'manifest.json',
      modulePreload: { polyfill: false },
      rolldownOptions: { input: join(app, 'entry-client.tsx') },
    },
  });
  await build({
    ...common(app, plugins),
    ssr: { target: 'webworker', noExternal: true },
    build: {
      ...OUTPUT,
      outDir: join(folder, 'server'),
      ssr: join(app, 'entry-server.tsx'),
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  writeFileSync(join(folder, 'LICENSES.txt'), licenses.text());
  compressFiles(join(folder, 'client/assets'));
}

const OUTPUT = {
  // A file inside of another one would be a data: URL, which the content security policy refuses.
  assetsInlineLimit: 0,
  emptyOutDir: true,
  reportCompressedSize: false,
  target: 'es2022',
} as const;

function common(app: string, plugins: Plugin[]): InlineConfig {
  return {
    root: app,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    mode: 'production',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins,
  };
}

/** The colours that all pages have, as a style sheet. */
const PALETTE_SHEET: Plugin = {
  name: 'palette',
  resolveId: (id) => (id === 'virtual:palette.css' ? id : null),
  load: (id) => (id === 'virtual:palette.css' ? PALETTE : null),
};

/** Keeps the licenses of what is bundled, and refuses what `hashSources` would not see change. */
function noteModules(root: string, licenses: Licenses): Plugin {
  return {
    name: 'modules',
    generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue;
        for (const id of output.moduleIds) {
          if (!id.startsWith('/')) continue;
          licenses.note(id);
          const path = relative(root, id.replace(/\?.*$/, ''));
          if (!isSource(path)) this.error(`${path} is not among the sources in build/sources.ts`);
        }
      }
    },
  };
}

/** Beside each file, what browsers get of it. */
function compressFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const content = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}

/** Bundles for a browser: `#crypto` becomes the noble provider, and a Node built-in is an error. */
import { isAbsolute, join, relative } from 'node:path';
import { build } from 'esbuild';

export interface Bundle {
  readonly code: string;
  /** Every source file in it, relative to the repository. */
  readonly sources: readonly string[];
  /** What it would still load when it runs. */
  readonly imports: readonly string[];
}

const ROOT = join(import.meta.dirname, '../../..');

/** Rejects when anything in the modules, paths relative to the repository, cannot be bundled. */
export async function bundleForBrowser(
  modules: readonly string[],
  format: 'iife' | 'esm' = 'iife',
): Promise<Bundle> {
  const contents = modules.map((path) => `export * from './${path}';`).join('\n');
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format,
    write: false,
    metafile: true,
    outfile: 'bundle.js',
    logLevel: 'silent',
  });
  const sources = Object.keys(metafile.inputs).map((path) =>
    isAbsolute(path) ? relative(ROOT, path) : path,
  );
  const imports = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.map(({ path }) => path),
  );
  return { code: outputFiles[0]!.text, sources, imports };
}

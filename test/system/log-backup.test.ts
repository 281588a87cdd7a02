/** A log that is copied by its operator while it runs, by the commands that operators use. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { randomBytes } from '#crypto';
import { expectStoreSound } from '#test/support/check.ts';
import { childEnvironment, ROOT, runTecp } from '#test/support/processes.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { openTestReader } from '#test/support/store.ts';
import { until } from '#test/support/wait.ts';

let log: SteeredLog;
let backups: string;
let copy: string;

beforeEach(async () => {
  log = await SteeredLog.create({ entry_types: ['opaque'] });
  backups = log.folder;
  copy = join(backups, 'copy.db');
});

async function add(bytes: number): Promise<void> {
  const entry = randomBytes(bytes) as Uint8Array<ArrayBuffer>;
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = await fetch(`${log.url}/add`, { method: 'POST', headers, body: entry });
  expect(answer.status, await answer.text()).toBe(200);
}

/** A log of so many megabytes that a copy takes many steps. */
async function large(): Promise<void> {
  await log.start('init');
  await until(async () => (await fetch(`${log.url}/readyz`)).status === 200, { what: 'ready' });
  for (let i = 0; i < 6; i++) await Promise.all(Array.from({ length: 40 }, () => add(50_000)));
}

const backUp = (...flags: string[]) =>
  runTecp(['log', 'backup', '--config', log.config, '--out', copy, ...flags]);

async function sizeOf(path: string): Promise<number> {
  const store = openTestReader(path);
  try {
    await expectStoreSound(store);
    return (await store.treeHead()).size;
  } finally {
    await store.close();
  }
}

it('is copied as it is at one moment while it takes entries without a pause', async () => {
  await large();
  const before = 6 * 40;
  let isDone = false;
  let answered = 0;
  const load = (async () => {
    for (; !isDone; answered++) await add(100);
  })();
  const { code, stdout, stderr } = await backUp().finally(() => {
    isDone = true;
  });
  await load;
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: `${copy}\n` });
  expect(stderr).toMatch(/whole and on the disk: \d+ entries/);
  const size = await sizeOf(copy);
  expect(answered).toBeGreaterThan(0);
  expect(size).toBeGreaterThanOrEqual(before);
  expect(size).toBeLessThanOrEqual(before + answered);
  await log.stop();
  expect(await sizeOf(log.database)).toBe(before + answered);

  // What is not told to replace keeps what is there.
  const kept = statSync(copy).ino;
  expect(await backUp()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/exists already/),
  });
  expect(statSync(copy).ino).toBe(kept);
  expect(await backUp('--replace')).toMatchObject({ code: 0 });
  expect(await sizeOf(copy)).toBe(before + answered);
});

it('has a copy under its name only when that is whole, though the command is killed', async () => {
  await large();
  writeFileSync(copy, 'an older copy');
  await until(() => killedAmidst(), { what: 'a kill in the middle of a copy' });
  expect(readFileSync(copy, 'utf8')).toBe('an older copy');
  expect(leftAside()).toHaveLength(1);
  await add(100);
  expect(await backUp('--replace')).toMatchObject({ code: 0 });
  expect(leftAside()).toEqual([]);
  expect(await sizeOf(copy)).toBe(6 * 40 + 1);
});

const leftAside = () => readdirSync(backups).filter((name) => /^copy\.db\..*\.new$/.test(name));

/** Whether a copy was killed while it was written: a fast machine may have been done. */
async function killedAmidst(): Promise<boolean> {
  const args = ['log', 'backup', '--config', log.config, '--out', copy, '--replace'];
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), ...args], {
    cwd: ROOT,
    env: childEnvironment(),
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(() => leftAside().length > 0 || child.exitCode !== null);
  child.kill('SIGKILL');
  await ended;
  if (leftAside().length > 0 && child.signalCode === 'SIGKILL') return true;
  writeFileSync(copy, 'an older copy');
  return false;
}

it('that was killed can be copied, and goes on from the copy', async () => {
  await log.start('init');
  await until(async () => (await fetch(`${log.url}/readyz`)).status === 200, { what: 'ready' });
  for (let i = 0; i < 5; i++) await add(100);
  await until(() => log.witnesses.every(({ size }) => size === 5), { what: 'size 5' });
  await log.stop('SIGKILL');
  expect(await backUp()).toMatchObject({ code: 0, stderr: expect.stringMatching(/5 entries/) });

  const restore = () => runTecp(['log', 'restore', copy, '--config', log.config]);
  expect(await restore()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/may know more than a copy/),
  });
  log.lose('its database');
  const { code, stdout, stderr } = await restore();
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: `${log.database}\n` });
  expect(stderr).toContain('Restored: 5 entries.');
  expect(existsSync(`${log.database}-wal`)).toBe(false);
  await log.start();
  await until(async () => (await fetch(`${log.url}/readyz`)).status === 200, { what: 'ready' });
  await add(100);
});

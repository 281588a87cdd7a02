/** A log that its operator moves, by the command that operators use, which is killed in the middle again and again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { identityOf } from '#log-server/log-files.ts';
import { locateStore, openStore } from '#log-server/store/open-store.ts';
import { submittedOf } from '#test/support/http.ts';
import { logKey } from '#test/support/log.ts';
import { childEnvironment, ROOT, runTecp } from '#test/support/processes.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { until } from '#test/support/wait.ts';

const identity = identityOf(logKey());

/** Whether a log could be started on it. */
async function isStore(database: string): Promise<boolean> {
  try {
    const store = await openStore({ database }, identity, () => undefined);
    await store.close();
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConfigError') return false;
    throw error;
  }
}

async function killedAt(args: readonly string[], isThere: () => boolean): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), ...args], {
    cwd: ROOT,
    env: childEnvironment(),
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(() => isThere() || child.exitCode !== null);
  child.kill('SIGKILL');
  await ended;
}

it('is in exactly one place whenever it is killed, arrives, and goes on where it was', async () => {
  const log = await SteeredLog.create();
  await log.start('init');
  await log.growTo(5);
  await log.stop();
  const to = join(log.data, 'new.db');
  const args = ['log', 'migrate', '--config', log.config, '--to', to];
  for (const isThere of [
    () => existsSync(`${to}.migrating`),
    () => existsSync(to),
    () => existsSync(`${to}-wal`),
  ]) {
    await killedAt(args, isThere);
    const places = [await isStore(log.database), await isStore(to)];
    expect(places.toSorted()).toEqual([false, true]);
  }
  const { code, stdout, stderr } = await runTecp(args);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/Moved( already)?: \d+ entries/);
  expect(stdout).toBe(`database: ${to}\nhigh_water_mark: ${log.database}.high-water\n`);
  expect(await isStore(log.database)).toBe(false);
  const reader = await locateStore({ database: to }).openReader(identity);
  const { size } = await reader.treeHead();
  await reader.close();

  // The mark stays, and says that this was stopped in order: the witnesses may be away.
  const config = readFileSync(log.config, 'utf8');
  writeFileSync(
    log.config,
    config.replace('database: data/log.db', stdout.trim().replace('\n', '\n    ')),
  );
  for (const witness of log.witnesses) witness.behaviour = () => ({ status: 503, body: '' });
  await log.start();
  await until(async () => (await log.submit()).status === 200, { what: 'entries are taken' });
  for (const witness of log.witnesses) witness.behaviour = () => undefined;
  const { leaf_index: next } = await submittedOf(await log.submit());
  expect(next).toBeGreaterThan(size);
  await until(() => log.witnesses.every((witness) => witness.size > size), { what: 'cosigned' });
});

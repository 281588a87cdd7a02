/** What is left of an "up" that was killed, and what is not: `test/system/up-postgres.test.ts` has a real one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { endLeftovers } from '#cli/network/leftovers.ts';
import { tryLock } from '#cli/network/run-state.ts';
import { embeddedFolder, embeddedProcess } from '#cli/postgres/embedded.ts';
import { tempFolder } from '#test/support/temp.ts';

/** A network's folder whose PostgreSQL says that it is a process with these arguments, which waits for a signal. */
async function leftBy(...args: string[]) {
  const data = tempFolder();
  const folder = join(embeddedFolder(data), 'data');
  mkdirSync(folder, { recursive: true });
  const words = args.map((word) => word.replace('FOLDER', folder));
  const program = ['-e', 'setInterval(() => {}, 1000); console.log()', '--', ...words];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  writeFileSync(join(folder, 'postmaster.pid'), `${child.pid}\n${folder}\n`);
  return { data, child };
}

it('a server on the folder of the network is stopped', async () => {
  const { data, child } = await leftBy('-D', 'FOLDER');
  expect(embeddedProcess(data)).toBe(child.pid);
  const ended = once(child, 'exit');
  expect(await endLeftovers(data)).toBe(true);
  expect(await ended).toEqual([null, 'SIGINT']);
  expect(await endLeftovers(data)).toBe(false);
});

it('a program that has got the number of one that was killed is left alone', async () => {
  const { data, child } = await leftBy('-D', '/elsewhere');
  expect(embeddedProcess(data)).toBeUndefined();
  expect(await endLeftovers(data)).toBe(false);
  expect(child.exitCode).toBeNull();
  expect(child.signalCode).toBeNull();
});

it('nothing is stopped of a network that has just begun again', async () => {
  const { data, child } = await leftBy('-D', 'FOLDER');
  const lock = tryLock(data)!;
  expect(await endLeftovers(data)).toBe(false);
  lock.release();
  expect(embeddedProcess(data)).toBe(child.pid);
});

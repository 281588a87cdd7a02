/** A log as a process of its own: which database it begins with, and which it refuses, and how it ends. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { writeSignerKey } from '#service/keys.ts';
import { logKey } from '#test/support/log.ts';
import { tryGet } from '#test/support/network.ts';
import { ROOT, releaseAtEnd, TestProcess } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const PROGRAM = join(ROOT, 'test/support/log-process.ts');

const FAILING = join(ROOT, 'test/support/failing-front-end.ts');

/** Files of a new log without witnesses; how to run it. */
function configured() {
  const folder = tempFolder();
  const path = join(folder, 'log.yaml');
  writeSignerKey(join(folder, 'log.key'), logKey());
  writeFileSync(join(folder, 'policy.txt'), `log ${logKey().verifier.text}\nquorum none\n`);
  const log = { key: 'log.key', database: 'log.db', policy: 'policy.txt' };
  writeFileSync(path, stringify({ listen: { port: 0 }, workers: 2, logs: [log] }));
  const runUnder = (flags: readonly string[], ...init: 'init'[]) => {
    const child = new TestProcess({ name: 'log', args: [...flags, PROGRAM, path, ...init] });
    releaseAtEnd(() => [child]);
    child.start();
    return child;
  };
  const run = (...init: 'init'[]) => runUnder([], ...init);
  return { path, database: join(folder, 'log.db'), run, runUnder };
}

async function published(child: TestProcess): Promise<string> {
  return await until(
    async () => {
      const url = child.lines.join().match(/"url":"([^"]+)"/)?.[1];
      return url && (await tryGet(`${url}/checkpoint`));
    },
    { what: 'a checkpoint' },
  );
}

const refused = { code: 2, signal: null };

it('that has lost its database does not start anew, and --init never replaces one', async () => {
  const { database, run } = configured();
  expect(await run().ended).toEqual(refused);
  const first = run('init');
  const note = await published(first);
  await first.stop('SIGKILL');
  expect(await run('init').ended).toEqual(refused);
  const second = run();
  expect(await published(second)).toBe(note);
  await second.stop('SIGKILL');
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${database}${suffix}`);
  expect(await run().ended).toEqual(refused);
  writeFileSync(database, '');
  expect(await run().ended).toEqual(refused);
});

it('that loses a front end stops at once, and says what that one died of', async () => {
  const { runUnder } = configured();
  const child = runUnder(['--import', FAILING], 'init');
  await published(child);
  expect(await child.stop('SIGUSR2')).toEqual({ code: 1, signal: null });
  expect(child.tail()).toMatch(/"fatal".*"a front end failed: thrown by a test"/);
});

it('whose port for other front ends is taken says so and ends, with the threads that it has', async () => {
  const { path, run } = configured();
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  // Before it looks for the database.
  const database = 'postgres://tecp@127.0.0.1:1/nowhere';
  const log = { key: 'log.key', database, policy: 'policy.txt' };
  writeFileSync(
    path,
    stringify({ listen: { port: 0 }, handover: { port }, workers: 2, logs: [log] }),
  );
  const child = run();
  expect(await child.ended).toEqual(refused);
  expect(child.tail()).toContain(`Cannot listen on 127.0.0.1:${port}: the port is already in use`);
});

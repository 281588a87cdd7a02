/**
 * A witness as a process of its own: it reads its file, says where it listens, and stops when told.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { WitnessClient } from '#client/witness-client.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup, witnessSetup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const program = `import { runWitness } from '#witness/server.ts';
const [configPath, init] = process.argv.slice(1);
runWitness(configPath, { init: init === 'init' }).catch((error) => {
  console.error(error.name);
  process.exit(2);
});`;

function run(configPath: string, ...more: 'init'[]) {
  const args = ['--input-type=module', '--eval', program, configPath, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanup.add(() => child.kill('SIGKILL'));
  return child;
}

/** Starts a process and answers once it is ready. */
async function started(configPath: string, ...more: 'init'[]) {
  const child = run(configPath, ...more);
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line);
    if (entry.msg === 'ready') return { child, exited, url: entry.url as string };
  }
  throw new Error('the witness ended before it was ready');
}

/** Files of a new witness of this log. */
function configured(log: MemoryLog) {
  const folder = cleanup.folder();
  const { config } = witnessSetup(folder, [log]);
  const path = join(folder, 'witness.yaml');
  const logs = [{ vkey: log.key.verifier.text }];
  const { database, keys } = config;
  writeFileSync(path, stringify({ listen: { port: 0 }, database, keys, logs }));
  return { path, database };
}

it('keeps what it cosigned through kill -9, and drains on SIGTERM', async () => {
  const log = new MemoryLog().growTo(50);
  const { path } = configured(log);
  let size = 0;
  for (const next of [7, 20, 41]) {
    const { child, exited, url } = await started(path, ...(size === 0 ? ['init' as const] : []));
    const client = new WitnessClient(url);
    const behind = await client.addCheckpoint(await log.request(50, 50));
    expect(behind).toEqual({ kind: 'other-size', size });
    const answer = await client.addCheckpoint(await log.request(size, next));
    expect(answer.kind).toBe('cosigned');
    child.kill('SIGKILL');
    await exited;
    size = next;
  }
  const { child, exited, url } = await started(path);
  expect(await new WitnessClient(url).checkpoint(log.origin)).toContain('\n41\n');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

it('that has lost its database does not start anew, and --init never replaces one', async () => {
  const log = new MemoryLog().growTo(20);
  const { path, database } = configured(log);
  expect(await once(run(path), 'exit')).toEqual([2, null]);
  const { child, exited, url } = await started(path, 'init');
  await new WitnessClient(url).addCheckpoint(await log.request(0));
  child.kill('SIGKILL');
  await exited;
  expect(await once(run(path, 'init'), 'exit')).toEqual([2, null]);
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${database}${suffix}`);
  expect(await once(run(path), 'exit')).toEqual([2, null]);
  writeFileSync(database, '');
  expect(await once(run(path), 'exit')).toEqual([2, null]);
});

it('does not start on a configuration that it does not understand', async () => {
  const path = join(cleanup.folder(), 'witness.yaml');
  writeFileSync(path, 'listen: { prot: 1 }\n');
  const [code] = await once(run(path), 'exit');
  expect(code).toBe(2);
});

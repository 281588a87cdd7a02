/**
 * A witness as a process of its own: it reads its file, says where it listens, and stops when told.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { WitnessClient } from '#client/witness-client.ts';
import { Cleanup, TestLog, witnessSetup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const program = `import { runWitness } from '#witness/server.ts';
runWitness(process.argv[1]).catch((error) => { console.error(error.name); process.exit(2); });`;

function run(configPath: string) {
  const args = ['--input-type=module', '--eval', program, configPath];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanup.add(() => child.kill('SIGKILL'));
  return child;
}

/** Starts a process and answers once it is ready. */
async function started(configPath: string) {
  const child = run(configPath);
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line);
    if (entry.msg === 'ready') return { child, exited, url: entry.url as string };
  }
  throw new Error('the witness ended before it was ready');
}

it('keeps what it cosigned through kill -9, and drains on SIGTERM', async () => {
  const folder = cleanup.folder();
  const log = new TestLog().growTo(50);
  const { config } = witnessSetup(folder, [log]);
  const path = join(folder, 'witness.yaml');
  const logs = [{ vkey: log.key.verifier.text }];
  const { database, keys } = config;
  writeFileSync(path, stringify({ listen: { port: 0 }, database, keys, logs }));
  let size = 0;
  for (const next of [7, 20, 41]) {
    const { child, exited, url } = await started(path);
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

it('does not start on a configuration that it does not understand', async () => {
  const path = join(cleanup.folder(), 'witness.yaml');
  writeFileSync(path, 'listen: { prot: 1 }\n');
  const [code] = await once(run(path), 'exit');
  expect(code).toBe(2);
});

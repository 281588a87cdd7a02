/**
 * The commands of an operator whose witness lost its database: the copy that was made while it ran, what
 * the witness refuses on it, and how it goes on; and the rotation of its keys.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { tecp } from '#test/support/cli.ts';
import { codeOf, feed } from '#test/support/cross-check.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { eventually } from '#test/support/wait.ts';
import {
  Cleanup,
  startTestWitness,
  type WitnessSetup,
  witnessSetup,
} from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

let folder: string;
let log: MemoryLog;
let published: string | undefined;
let setup: WitnessSetup;
let configPath: string;

beforeEach(async () => {
  folder = cleanup.folder();
  log = new MemoryLog().growTo(300);
  published = undefined;
  const url = await cleanup.serve((request, response) => {
    const path = (request.url ?? '').slice(1);
    const answer = path === 'checkpoint' ? published : log.tile(path);
    if (path === 'checkpoint' && published === 'away') response.destroy();
    else response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  const logs = [{ vkey: log.key.verifier.text, url }];
  setup = witnessSetup(folder, [log], { config: { logs } });
  configPath = join(folder, 'witness.yaml');
  const { database, keys } = setup.config;
  writeFileSync(configPath, stringify({ listen: { port: 0 }, database, keys, logs }));
});

const start = () => startTestWitness(cleanup, setup.config);
async function command(...args: string[]) {
  const { code, stdout, stderr } = await tecp(['witness', ...args, '--config', configPath]);
  return { code, stdout: stdout.toString(), stderr };
}

it('is backed up while it runs, restored, and signs no fork of what it signed since', async () => {
  const copy = join(folder, 'copy.db');
  const first = await start();
  await feed(first, log, 0, 100);
  expect(await command('backup', '--out', copy)).toMatchObject({ code: 0 });
  expect((await command('backup', '--out', copy)).stderr).toMatch(/never overwritten/);
  await feed(first, log, 100, 200);
  published = await first.client.checkpoint(log.origin);
  expect((await command('restore', copy)).code).toBe(2);
  await first.close();
  expect((await command('restore', copy)).stderr).toMatch(/knows more than a copy/);
  const { database } = setup.config;
  for (const end of ['', '-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
  expect(await command('restore', join(folder, 'witness.yaml'))).toMatchObject({ code: 2 });
  expect(existsSync(database)).toBe(false);
  expect(await command('restore', copy)).toMatchObject({ code: 0 });

  const shown = published;
  published = 'away';
  const second = await start();
  const fork = log.fork(120, 180).growTo(180);
  expect(await codeOf(second, fork, 100, 180)).toBe('restored');
  published = shown;
  await eventually(async () => {
    expect(await codeOf(second, fork, 100, 180)).toBe('rolled-back');
  });
  expect(await command('catch-up', log.origin)).toMatchObject({ code: 0 });
  expect(await codeOf(second, fork, 100, 180)).toBe('other-size');
  expect(await codeOf(second, log, 200, 250)).toBe('cosigned');
});

it('has its keys listed, added and retired while it runs, and all but the last one', async () => {
  const witness = await start();
  const next = newKey(setup.keys[0]!.verifier.name, KEY_TYPES.cosignatureEd25519);
  const file = join(folder, 'next.key');
  writeSignerKey(file, next);
  expect(await command('keys', 'add', file)).toMatchObject({
    code: 0,
    stdout: `${next.verifier.text}\n`,
  });
  const ids = setup.keys.map(({ verifier }) => verifier.id);
  for (const id of ids) expect(await command('keys', 'retire', id)).toMatchObject({ code: 0 });
  expect((await command('keys', 'retire', next.verifier.id)).stderr).toMatch(/the last one/);
  const answer = await feed(witness, log, 0, 100);
  expect(answer.kind === 'cosigned' && answer.signatures.map(({ id }) => id)).toEqual([
    next.verifier.id,
  ]);
  const listed = JSON.parse((await command('keys', 'list', '--json')).stdout) as {
    id: string;
    retired_at?: number;
  }[];
  expect(listed.filter(({ retired_at: at }) => at !== undefined).map(({ id }) => id)).toEqual(ids);
});

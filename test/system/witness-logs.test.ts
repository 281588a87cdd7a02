/** `tecp witness logs` against a running witness, and against its database when it does not run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { type CommandResult, startNetwork, stopNetwork, tecp } from '#test/support/cli.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { tempFolder } from '#test/support/temp.ts';

const folder = tempFolder();
const data = join(folder, 'network');
const config = join(data, 'witness-1', 'witness.yaml');
const log = new MemoryLog().growTo(9);

async function logs(...words: string[]): Promise<CommandResult> {
  return await tecp(['witness', 'logs', ...words, '--config', config]);
}

async function listed(): Promise<Record<string, unknown> | undefined> {
  const { stdout } = await logs('list', '--json');
  const all = JSON.parse(stdout.toString()) as Record<string, unknown>[];
  return all.find(({ origin }) => origin === log.origin);
}

it('adds, shows, disables and enables a log of a witness that runs, and one that does not', async () => {
  const report = await startNetwork(data, ['--witnesses', '1']);
  onTestFinished(() => stopNetwork(report));
  const [url] = report.urls.witnesses;
  const offer = async (oldSize: number, size: number) => {
    const body = formatAddCheckpoint(await log.request(oldSize, size));
    const { status } = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
    return status;
  };
  expect(await offer(0, 5)).toBe(404);
  const added = await logs('add', '--vkey', log.key.verifier.text, '--qpd', '8640');
  expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('is followed') });
  expect(await offer(0, 5)).toBe(200);
  const shown = await logs('show', log.origin);
  expect(shown.stdout.toString()).toMatch(/size +5\n(.*\n)* *rate +8640 a day\n/);
  expect((await logs('disable', log.origin)).code).toBe(0);
  expect(await offer(5, 9)).toBe(403);
  expect(await listed()).toMatchObject({ size: 5, disabled: 'disabled by the operator' });
  const unknown = await logs('disable', 'nobody.example');
  expect(unknown).toMatchObject({
    code: 1,
    stderr: 'tecp: The log nobody.example is not known here.\n',
  });

  expect((await tecp(['down', '--data', data])).code).toBe(0);
  expect(await listed()).toMatchObject({ disabled: 'disabled by the operator' });
  expect((await logs('enable', log.origin)).code).toBe(0);
  expect(await listed()).not.toHaveProperty('disabled');
  writeFileSync(config, 'nonsense: true\n');
  expect((await logs('list')).code).toBe(2);
});

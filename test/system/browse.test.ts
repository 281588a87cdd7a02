/** One network, looked at by every command that looks: status, logs, ls, tail, show and audit --since. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { checkpointOfState } from '#cli/lib/audit-state.ts';
import type { ReadyReport } from '#cli/network/report.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseSignerKey } from '#protocol/note/key.ts';
import { kill, spawnTecp, startNetwork, stopNetwork, tecp } from '#test/support/cli.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const data = join(tempFolder(), 'network');
const on = ['--data', data];
let report: ReadyReport;

async function addReceipt(): Promise<void> {
  const out = join(tempFolder(), 'receipt.json');
  expect(await tecp(['run', ...on, '--out', out, '--', 'true'])).toMatchObject({ code: 0 });
}

async function json(args: readonly string[]) {
  const { code, stdout } = await tecp([...args, ...on, '--json']);
  const lines = stdout.toString().trimEnd().split('\n');
  return { code, lines: lines.filter((line) => line !== '').map((line) => JSON.parse(line)) };
}

beforeAll(async () => {
  report = await startNetwork(data);
  await addReceipt();
});

afterAll(async () => await stopNetwork(report));

it('lists entries, shows one with its proof, and says where nobody vouches for them', async () => {
  const { lines } = await json(['ls']);
  expect(lines).toMatchObject([{ index: 0, type: 'tecp-receipt', checkpoint: 'cosigned' }]);
  const byHash = await json(['show', lines[0].leaf_hash]);
  expect(byHash).toMatchObject({
    code: 0,
    lines: [{ index: 0, entry: { version: 'TECP-0.1' }, proof: { proven: true, trusted: true } }],
  });
  expect(await tecp(['show', '7', ...on])).toMatchObject({ code: 1 });
  const alone = await tecp(['ls', '--log', report.urls.log, '--data', tempFolder()]);
  expect(alone).toMatchObject({ code: 0, stderr: expect.stringContaining('not verified') });
});

it('follows what is published', async () => {
  const child = spawnTecp(['tail', ...on, '--follow', '--json', '-n', '1']);
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('"index":0'));
  await addReceipt();
  await until(() => said.includes('"index":1'));
});

it('audits since a saved checkpoint, and leaves it as it is when the log contradicts it', async () => {
  const file = join(tempFolder(), 'log.checkpoint');
  const audit = ['audit', '--policy', report.policy, '--since', file];
  expect(await tecp(audit)).toMatchObject({ code: 0 });
  await addReceipt();
  const first = readFileSync(file, 'utf8');
  expect(await tecp(audit)).toMatchObject({ code: 0 });
  const sizeIn = (state: string) => checkpointOfState(state)!.split('\n')[1];
  expect([first, readFileSync(file, 'utf8')].map(sizeIn)).toEqual(['2', '3']);
  const key = parseSignerKey(readFileSync(join(data, 'log/log.key'), 'utf8').trim());
  const root = leafHash(new Uint8Array());
  const forged = signCheckpoint({ origin: key.verifier.name, size: 2, root, extensions: [] }, key);
  writeFileSync(file, forged);
  const wrong = await tecp(audit);
  expect(wrong.code).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(forged);
  const evidence = readdirSync(dirname(file)).filter((name) => name.endsWith('.json'));
  expect(evidence).toHaveLength(1);
  const path = join(dirname(file), evidence[0]!);
  expect(await tecp(['evidence', 'verify', path])).toMatchObject({ code: 0 });
});

it('shows what the processes write, as it is for programs', async () => {
  const { stdout } = await tecp(['logs', 'log', ...on, '-n', '1000']);
  const file = readFileSync(join(data, 'log/log.log'), 'utf8');
  expect(file).toContain(stdout.toString().slice(0, 1000));
  expect(await tecp(['logs', 'nobody', ...on])).toMatchObject({ code: 2 });
});

it('says how all is, also while one of them hangs or is stopped, and that nothing runs', async () => {
  const roleOf = (status: { roles: { name: string }[] }, name: string) =>
    status.roles.find((role) => role.name === name);
  await until(async () => (await tecp(['status', ...on])).code === 0);
  const well = (await json(['status'])).lines[0];
  expect(well).toMatchObject({ ok: true, running: true });
  expect(roleOf(well, 'log')).toMatchObject({ size: 3, published_size: 3 });
  kill(report.pids.witnesses[0]!, 'SIGSTOP');
  await tecp(['down', 'witness-2', ...on]);
  const bad = await json(['status']);
  kill(report.pids.witnesses[0]!, 'SIGCONT');
  expect(bad.code).toBe(1);
  expect(roleOf(bad.lines[0], 'witness-1')).toMatchObject({ ok: false, state: 'running' });
  expect(roleOf(bad.lines[0], 'witness-2')).toMatchObject({ ok: false, state: 'stopped' });
  await tecp(['down', ...on]);
  expect(await tecp(['status', ...on])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nothing runs'),
  });
});

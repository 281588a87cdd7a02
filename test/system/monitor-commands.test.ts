/** What an operator types to a monitor that runs, and what comes of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { webhookReceiver } from '#test/support/alert-receivers.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { runTecp } from '#test/support/processes.ts';

it('an operator lists, acknowledges, silences and resolves alerts, and tries the sinks', async () => {
  const net = await startFakeNetwork();
  const hook = await webhookReceiver();
  const settings = { timeout_ms: 20_000, webhook: hook.settings };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  const open = [watcher, hook, net];
  onTestFinished(async () => {
    for (const item of open) await item.close();
  });
  const config = join(watcher.folder, 'monitor.yaml');
  writeFileSync(config, 'database: monitor.db\npolicy: policy.txt\n');
  const run = async (...words: string[]) =>
    await runTecp(['monitor', ...words, '--config', config]);

  expect(await run('alerts', 'list')).toMatchObject({ code: 0, stdout: '' });
  net.w1.down = true;
  const { id } = await watcher.raised('witness-down');
  const listed = await run('alerts', 'list');
  expect(listed.stdout).toMatch(/witness-down +w1 .*nobody has acknowledged it/);
  const acked = await run('alerts', 'ack', String(id), '--by', 'ada', '--note', 'on it');
  expect(acked).toMatchObject({ code: 0, stderr: expect.stringContaining('acknowledged') });
  const resolved = await run('alerts', 'resolve', String(id), '--note', 'so I say');
  expect(resolved).toMatchObject({ code: 1, stderr: expect.stringContaining('still so') });
  expect(await run('alerts', 'silence', '--for', '2h')).toMatchObject({ code: 2 });
  const silenced = await run('alerts', 'silence', '--for', '40h', '--subject', 'w*');
  expect(silenced).toMatchObject({ code: 0, stderr: expect.stringContaining('critical') });
  const again = await run('alerts', 'list', '--all');
  expect(again.stdout).toMatch(/ada: on it; silenced for 39 h/);
  expect(await run('alerts', 'unsilence', '1')).toMatchObject({ code: 0 });
  expect(await run('alerts', 'unsilence', '1')).toMatchObject({ code: 1 });
  const json = JSON.parse((await run('alerts', 'list', '--json')).stdout);
  expect(json).toMatchObject({ alerts: [{ id, acknowledged: { by: 'ada' } }], silences: [] });

  expect(await run('test-alert')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/webhook +taken/),
  });
  hook.mode = { kind: 'away' };
  const failed = await run('test-alert', '--sink', 'webhook');
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringMatching(/away .*status 503/) });
  await open.shift()!.close();
  expect(await run('test-alert')).toMatchObject({ code: 2 });
});

/** A monitor as a process of its own: through kill -9, a taken database, and SIGTERM. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { publish } from '#test/support/fake-log.ts';
import { startFakeNetwork } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';

const server = new URL('../../../monitor/server.ts', import.meta.url);
const program = `import { runMonitor } from '${server}';
runMonitor(process.argv[2]).catch((error) => { console.error(error.name); process.exit(2); });`;

function run(configPath: string) {
  // A file, as a thread would be started by the flags of a program on the command line, too.
  const programPath = `${configPath}.mjs`;
  writeFileSync(programPath, program);
  const child = spawn(process.execPath, [programPath, configPath], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, exited: once(child, 'exit') };
}

async function started(configPath: string) {
  const { child, exited } = run(configPath);
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line);
    if (entry.msg === 'ready') return { child, exited, url: entry.url as string };
  }
  throw new Error('the monitor ended before it was ready');
}

it('keeps its alerts and its place through kill -9, owns its database, and drains on SIGTERM', async () => {
  const net = await startFakeNetwork(300);
  onTestFinished(net.close);
  const folder = tempFolder();
  const path = join(folder, 'monitor.yaml');
  const document = { listen: { port: 0 }, database: 'monitor.db', policy: 'policy.txt' };
  const rest = { entry_types: ['opaque'], interval_ms: 50, grace_ms: 0 };
  writeFileSync(join(folder, 'policy.txt'), net.policy);
  writeFileSync(path, stringify({ ...document, ...rest }));
  net.log.note = net.log.sign();
  for (let round = 1; round <= 3; round++) {
    const { child, exited, url } = await started(path);
    await eventually(async () => {
      const { logs, alerts } = (await (await fetch(`${url}/v1/status`)).json()) as {
        logs: { verified_size: number }[];
        alerts: { id: number; kind: string }[];
      };
      expect(logs[0]!.verified_size).toBe(net.log.tree.size);
      expect(alerts).toMatchObject([{ id: 1, kind: 'quorum-missing' }]);
    });
    net.log.tree.append(100 * round);
    net.log.note = net.log.sign();
    child.kill('SIGKILL');
    await exited;
  }
  publish(net.log, net.witnesses);
  const { child, exited, url } = await started(path);
  const [code] = await run(path).exited;
  expect(code).toBe(2);
  await eventually(async () => {
    expect(await (await fetch(`${url}/v1/alerts`)).json()).toEqual({ alerts: [] });
  });
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
});

/** Ten thousand submissions that wait for their proofs at the same time, each on a connection. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { post, submittedOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';

const COUNT = 10_000;
const CLIENTS = fileURLToPath(new URL('../../support/waiting-clients.ts', import.meta.url));

it('ten thousand open waiters are all answered with proofs, and others are served meanwhile', {
  timeout: 1_800_000,
}, async () => {
  const witness = await FakeWitness.start('w1', 21);
  const server = await startTestLog({
    policy: policyOf([witness], 1),
    settings: {
      // One address may not have ten thousand connections, unless it is that of a proxy.
      trust_proxy: true,
      limits: {
        wait_ms: 600_000,
        submissions: { per_second: 100_000, burst: 100_000 },
        reads: { per_second: 100_000, burst: 100_000 },
      },
    },
  });
  witness.behaviour = () => ({ status: 503, body: '' });
  const log = server.served[0]!;
  const clients = spawn(process.execPath, [CLIENTS, server.url, String(COUNT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: Buffer[] = [];
  clients.stdout.on('data', (chunk) => output.push(chunk));
  try {
    const haveCome = () => {
      expect(clients.exitCode, 'the clients wait').toBeNull();
      return log.waiters.count === COUNT;
    };
    await until(haveCome, { timeoutMs: 1_500_000 });
    await submittedOf(await post(`${server.url}/v1/log/entries`, freshReceipt()));
    expect(log.waiters.count).toBe(COUNT);
    witness.behaviour = () => undefined;
    await new Promise((resolve) => clients.once('close', resolve));
    const { outcomes, indices } = JSON.parse(Buffer.concat(output).toString());
    expect(outcomes).toEqual({ 200: COUNT });
    expect(indices).toBe(COUNT);
    expect(log.waiters.count).toBe(0);
  } finally {
    clients.kill();
    await server.close();
    await witness.close();
  }
  expect(server.fatal).toEqual([]);
});

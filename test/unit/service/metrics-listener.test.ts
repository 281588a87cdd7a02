/** Metrics on a listener of their own: where they are configured to be, and nowhere else. */
import { afterEach, expect, it } from 'vitest';
import { createApp } from '#service/app.ts';
import { ConfigError } from '#service/errors.ts';
import { createHttpService } from '#service/http.ts';
import { Metrics } from '#service/metrics.ts';
import { startListeners } from '#service/metrics-listener.ts';
import { newKey } from '#test/support/keys.ts';
import { startTestLog } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { TestMonitor } from '#test/support/monitor.ts';
import { Cleanup, capturedLogger, startTestWitness, witnessSetup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const settings = { metrics: { port: 0 } };

const starts = {
  witness: async (logger: ReturnType<typeof capturedLogger>['logger']) => {
    const { config } = witnessSetup(cleanup.folder(), [new MemoryLog()], { config: settings });
    return await startTestWitness(cleanup, config, { logger });
  },
  log: async (logger: ReturnType<typeof capturedLogger>['logger']) => {
    const log = await startTestLog({ settings, dependencies: { logger } });
    cleanup.add(log.close);
    return log;
  },
  monitor: async (logger: ReturnType<typeof capturedLogger>['logger']) => {
    const key = newKey('log.example', 1).verifier;
    const policy = `log ${key.text} http://127.0.0.1:9\nquorum none\n`;
    const monitor = await TestMonitor.start({ policy, settings, deps: { logger } });
    cleanup.add(() => monitor.close());
    return monitor;
  },
};

it.each(Object.entries(starts))(
  'of a %s are there, and not at its public address',
  async (_, start) => {
    const { logger, lines } = capturedLogger();
    const { url } = await start(logger);
    const line = lines.find(({ msg }) => msg === 'metrics') as { url: string };
    const shown = await fetch(line.url);
    expect(shown.status).toBe(200);
    expect(await shown.text()).toContain('process_resident_memory_bytes');
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(`${url}/%6Detrics`)).status).toBe(404);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(line.url.replace('metrics', 'evidence'))).status).toBe(404);
  },
);

it('keeps no server listening where they cannot be', async () => {
  const { logger } = capturedLogger();
  const app = createApp({ logger, metrics: new Metrics(), trustProxy: false });
  const listen = { host: '127.0.0.1', port: 0 };
  const taken = createHttpService({ app, logger, listen, trustProxy: false });
  const { host, port } = await taken.start();
  cleanup.add(taken.close);
  let url = '';
  const http = createHttpService({ app, logger, listen, trustProxy: false });
  const server = {
    ...http,
    start: async () => {
      const address = await http.start();
      url = address.url;
      return address;
    },
  };
  const options = { listen: { host, port }, metrics: new Metrics(), logger };
  await expect(startListeners(server, options)).rejects.toThrow(ConfigError);
  await expect(fetch(url)).rejects.toThrow();
});

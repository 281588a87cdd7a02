/** What hangs on the checkpoint alone is made once for each, however often it is asked for. */
import { expect, it } from 'vitest';
import { addApiRoutes } from '#log-server/serving/api-routes.ts';
import { Clients, newSharing } from '#log-server/serving/clients.ts';
import { oncePer } from '#log-server/serving/facts.ts';
import { createApp } from '#service/app.ts';
import { DirectRoutes } from '#service/direct-routes.ts';
import { createHttpService } from '#service/http.ts';
import { Metrics } from '#service/metrics.ts';
import { RequestFrame } from '#service/request-frame.ts';
import { getJson, post } from '#test/support/http.ts';
import { freshReceipt, silent, startTestLog } from '#test/support/log.ts';

it('a value is made once for each key', () => {
  let made = 0;
  const numberOf = oncePer((_key: object) => ++made);
  const [first, second] = [{}, {}];
  expect([numberOf(first), numberOf(first), numberOf(second), numberOf(first)]).toEqual([
    1, 1, 2, 1,
  ]);
});

it('cosignatures are verified once for each checkpoint, not for each request of the tree head', async () => {
  const server = await startTestLog();
  const log = server.served[0]!;
  let opened = 0;
  const counting = Object.create(log, {
    key: { value: log.key },
    origin: { get: () => log.origin },
    standing: { get: () => log.standing },
    published: { get: () => log.published },
    catchUp: { value: () => log.catchUp() },
    policy: {
      get: () => {
        opened += 1;
        return log.policy;
      },
    },
  });
  const app = createApp({ logger: silent, metrics: new Metrics(), trustProxy: false });
  const direct = new DirectRoutes(new RequestFrame({ logger: silent, metrics: new Metrics() }));
  const clients = new Clients(server.config.limits, false, newSharing(1));
  addApiRoutes(app, { direct, log: counting, prefix: '', clients });
  const http = createHttpService({
    trustProxy: false,
    app,
    logger: silent,
    listen: { host: '127.0.0.1', port: 0 },
  });
  const { url } = await http.start();
  try {
    for (const expected of [1, 2]) {
      await post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt());
      for (let i = 0; i < 20; i++) {
        expect(await getJson(`${url}/v1/log/sth`)).toMatchObject({ tree_size: expected });
      }
      expect(opened).toBe(expected);
    }
  } finally {
    await http.close();
    await server.close();
  }
});

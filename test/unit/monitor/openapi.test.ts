/** The monitor's OpenAPI document is the truth: it lists the routes that are there, and answers fit it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMonitorApp } from '#monitor/app.ts';
import { Metrics } from '#service/metrics.ts';
import { silent } from '#test/support/log.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { Described, routesOf } from '#test/support/openapi.ts';

let net: Awaited<ReturnType<typeof startFakeNetwork>>;
let watcher: TestMonitor;
let described: Described;

beforeAll(async () => {
  net = await startFakeNetwork();
  watcher = await TestMonitor.start({ policy: net.policy });
  described = await Described.at(watcher.url);
  // A contradiction, for evidence and alerts of every shape.
  await watcher.verified(10);
  net.log.note = net.log.sign(net.log.tree.fork().append(1, 'a'));
  await watcher.everybodySeen(10);
  net.w1.shown.set(net.log.origin, net.log.sign(net.log.tree.fork().append(1, 'b')));
  await watcher.raised('log-contradiction');
});
afterAll(async () => {
  await watcher?.close();
  await net?.close();
});

it('the document lists exactly the routes that are there, and is well formed', () => {
  const unused = {
    trustProxy: false,
    metrics: new Metrics(),
    logger: silent,
    readiness: {},
    state: {},
    health: {},
  };
  expect(described.routes).toEqual(routesOf(createMonitorApp(unused as never)));
  described.expectWellFormed();
});

it('answers fit the document, and refusals of parameters do', async () => {
  const asked: [string, string][] = [
    ['GET /', '/'],
    ['GET /v1/status', '/v1/status'],
    ['GET /v1/alerts', '/v1/alerts'],
    ['GET /v1/alerts', '/v1/alerts?state=all&limit=1'],
    ['GET /v1/alerts', '/v1/alerts?state=x'],
    ['GET /v1/slo', '/v1/slo'],
    ['GET /history', '/history'],
    ['GET /history', '/history?before=0'],
    ['GET /findings', '/findings'],
    ['GET /findings', '/findings?from=-1'],
    ['GET /findings/{id}', `/findings/${(await watcher.json('/evidence'))[0].id}`],
    ['GET /findings/{id}', '/findings/x'],
    ['GET /evidence', '/evidence'],
    ['GET /evidence/{id}', `/evidence/${(await watcher.json('/evidence'))[0].id}`],
    ['GET /evidence/{id}', '/evidence/x'],
    ['GET /openapi.json', '/openapi.json'],
    ['GET /healthz', '/healthz'],
    ['GET /readyz', '/readyz'],
    ['GET /metrics', '/metrics'],
  ];
  for (const [route, path] of asked) await described.expectAnswer(route, await watcher.get(path));
});

it.each([
  ['state=closed', 'state'],
  ['state=open&state=open', 'state'],
  ['limit=0', 'limit'],
  ['limit=01', 'limit'],
  ['limit=501', 'limit'],
  ['limit=1e2', 'limit'],
  ['limit=', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['before=-1', 'before'],
  [`before=${10 ** 15}`, 'before'],
  ['limit=1&%6cimit=2', 'limit'],
])('refuses /v1/alerts?%s with the parameter that is wrong', async (query, field) => {
  const response = await watcher.get(`/v1/alerts?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'bad-request', field });
});

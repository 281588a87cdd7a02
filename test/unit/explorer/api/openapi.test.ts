/** The explorer's OpenAPI document is the truth: it lists the routes that are there, and answers fit it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addExplorerApi } from '#explorer/api/add-api.ts';
import { API_DOCUMENT } from '#explorer/api/definitions.ts';
import { filesPath } from '#explorer/search/paths.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { serveDocument } from '#service/openapi.ts';
import { ExploredLog, newApp, TestExplorer } from '#test/support/explorer-api.ts';
import { freshReceipt } from '#test/support/log.ts';
import { Described, routesOf } from '#test/support/openapi.ts';

const LOG = new ExploredLog('log.example/described');
const EVIDENCE = 'ab'.repeat(32);
let explorer: TestExplorer;
let described: Described;

beforeAll(async () => {
  explorer = await TestExplorer.start([LOG], {
    monitor: {
      answer: { url: 'https://monitor.example', trouble: 'no answer' },
      evidence: async () => undefined,
    },
  });
  described = await Described.at(explorer.url);
  await explorer.add(LOG, [freshReceipt(), encodeUtf8('not a receipt')]);
  await explorer.freeze(LOG, EVIDENCE);
});
afterAll(() => explorer?.close());

it('the document lists exactly the routes that are there, and is well formed', () => {
  const app = newApp();
  addExplorerApi(app, { logs: [] } as never);
  serveDocument(app, API_DOCUMENT);
  expect(described.routes).toEqual(routesOf(app));
  described.expectWellFormed();
});

it('answers fit the document, and refusals do', async () => {
  const files = filesPath(LOG.origin);
  const asked: [string, string][] = [
    ['GET /v1/search', '/v1/search'],
    ['GET /v1/search', '/v1/search?limit=1&policy=a&policy=b'],
    ['GET /v1/search', '/v1/search?limt=1'],
    ['GET /v1/search', '/v1/search?log=nowhere'],
    ['GET /v1/entries/{index}', '/v1/entries/0'],
    ['GET /v1/entries/{index}', '/v1/entries/x'],
    ['GET /v1/entries/{index}', '/v1/entries/7'],
    ['GET /v1/export', '/v1/export'],
    ['GET /v1/export', '/v1/export?limit=1'],
    ['GET /v1/feed.atom', '/v1/feed.atom'],
    ['GET /v1/feed.json', '/v1/feed.json'],
    ['GET /v1/feed.json', '/v1/feed.json?x=1'],
    ['GET /v1/logs', '/v1/logs'],
    ['GET /v1/logs', '/v1/logs?x=1'],
    ['GET /v1/stats', '/v1/stats'],
    ['GET /v1/stats', '/v1/stats?log=nowhere'],
    ['GET /v1/stats/{series}', '/v1/stats/hours.csv'],
    ['GET /v1/stats/{series}', '/v1/stats/x.csv'],
    ['GET /v1/checkpoints', '/v1/checkpoints?notes=true'],
    ['GET /v1/checkpoints', '/v1/checkpoints?notes=yes'],
    ['GET /v1/checkpoints.csv', '/v1/checkpoints.csv'],
    ['GET /v1/evidence/{id}', `/v1/evidence/${EVIDENCE}`],
    ['GET /v1/evidence/{id}', '/v1/evidence/x'],
    ['GET /v1/monitor', '/v1/monitor'],
    ['GET /logs/{id}/checkpoint', `${files}/checkpoint`],
    ['GET /logs/{id}/checkpoint', '/logs/x/checkpoint'],
    ['GET /logs/{id}/tile/{path}', `${files}/tile/0/000.p/2`],
    ['GET /logs/{id}/tile/{path}', `${files}/tile/0/000`],
    ['GET /openapi.json', '/openapi.json'],
    ['GET /healthz', '/healthz'],
    ['GET /readyz', '/readyz'],
  ];
  for (const [route, path] of asked) await described.expectAnswer(route, await explorer.get(path));
});

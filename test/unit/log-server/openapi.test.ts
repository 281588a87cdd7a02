/** The OpenAPI document is the truth: it lists the routes that are there, and answers fit it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogApp } from '#log-server/serving/app.ts';
import { newSharing } from '#log-server/serving/clients.ts';
import { Metrics } from '#service/metrics.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { post } from '#test/support/http.ts';
import { freshReceipt, silent, startTestLog, type TestLog } from '#test/support/log.ts';
import { Described, routesOf } from '#test/support/openapi.ts';
import { until } from '#test/support/wait.ts';

let witness: FakeWitness;
const NAMES = ['receipts', 'both', 'opaque'] as const;
const sharing = newSharing(1);
let servers: Record<(typeof NAMES)[number], TestLog>;
const documents = {} as Record<(typeof NAMES)[number], Described>;

beforeAll(async () => {
  witness = await FakeWitness.start('w1', 31);
  const policy = policyOf([witness], 1);
  servers = {
    receipts: await startTestLog({ policy }),
    both: await startTestLog({ log: { entry_types: ['opaque', 'tecp-receipt'] } }),
    opaque: await startTestLog({ log: { entry_types: ['opaque'] } }),
  };
  for (const name of NAMES) documents[name] = await Described.at(servers[name].url);
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
  await witness.close();
});

describe('the document', () => {
  it.each(NAMES)('of the log "%s" lists exactly the routes that are there', (name) => {
    const { config, served: logs } = servers[name];
    const { app } = createLogApp({ config, logs, logger: silent, metrics: new Metrics(), sharing });
    expect(documents[name].routes).toEqual(routesOf(app));
  });

  it('of a log under a path names the path, and what of the process is not under it', () => {
    const { config, served: logs } = servers.both;
    const prefixed = { ...config, logs: config.logs.map((log) => ({ ...log, path: '/a/b' })) };
    const { app } = createLogApp({
      config: prefixed,
      logs,
      logger: silent,
      metrics: new Metrics(),
      sharing,
    });
    const process = ['GET /healthz', '/readyz', '/metrics'];
    const under = documents.both.routes.map((route) =>
      process.some((path) => route.endsWith(path))
        ? route
        : route.replace(' ', ' /a/b').replace(/\/$/, ''),
    );
    expect(under.sort()).toEqual(routesOf(app));
  });

  it('has /add only where opaque entries are enabled', () => {
    const has = NAMES.map((name) => documents[name].routes.includes('POST /add'));
    expect(has).toEqual([false, true, true]);
  });

  it.each(NAMES)('of the log "%s" is well formed: references, tags, parameters', (name) => {
    documents[name].expectWellFormed();
  });
});

describe('answers fit the document', () => {
  const expectAnswer = (route: string, response: Response) =>
    documents.receipts.expectAnswer(route, response);

  const path = '/v1/log/entries';
  const entries = `POST ${path}`;
  const at = (path: string) => `${servers.receipts.url}${path}`;
  const ndjson = { 'content-type': 'application/x-ndjson' };

  it('of submissions, good and bad', async () => {
    const url = at(path);
    const receipt = freshReceipt();
    await expectAnswer(entries, await post(`${url}?wait=proof`, receipt));
    await expectAnswer(entries, await post(url, receipt));
    await expectAnswer(entries, await post(url, '{}'));
    await expectAnswer(entries, await post(url, '', { 'content-type': 'a/b' }));
    await expectAnswer(entries, await post(url, ' '.repeat(70_000)));
    await expectAnswer(entries, await post(`${url}?wait=x`, receipt));
    await expectAnswer(entries, await post(url, receipt, { origin: 'https://a.b' }));
    const old = freshReceipt({ ts: Date.now() - 2 * 24 * 3600_000 });
    await expectAnswer(entries, await post(url, old));
    await expectAnswer(entries, await post(url, old, ndjson));
    const lines = `${Buffer.from(receipt)}\nbad\n${Buffer.from(freshReceipt())}`;
    await expectAnswer(entries, await post(url, lines, ndjson));
    await expectAnswer(entries, await post(`${url}?wait=proof`, lines, ndjson));
  });

  it('of reads, good and bad', async () => {
    await post(`${at(path)}?wait=proof`, freshReceipt());
    const reads: [string, string][] = [
      ['GET /checkpoint', '/checkpoint'],
      ['GET /tile/{path}', '/tile/0/000.p/1'],
      ['GET /tile/{path}', '/tile/entries/000.p/1'],
      ['GET /tile/{path}', '/tile/9/000'],
      ['GET /tile/{path}', '/tile/x'],
      ['GET /v1/log/proof', '/v1/log/proof?index=0'],
      ['GET /v1/log/proof', '/v1/log/proof'],
      ['GET /v1/log/proof', '/v1/log/proof?index=99999'],
      ['GET /v1/log/consistency', '/v1/log/consistency?from=1'],
      ['GET /v1/log/consistency', '/v1/log/consistency'],
      ['GET /v1/log/entries/{index}', '/v1/log/entries/0'],
      ['GET /v1/log/entries/{index}', '/v1/log/entries/x'],
      ['GET /v1/log/entries/{index}', '/v1/log/entries/99999'],
      ['GET /v1/log/sth', '/v1/log/sth'],
      ['GET /v1/log/policy', '/v1/log/policy'],
      ['GET /.well-known/tecp-log-jwks', '/.well-known/tecp-log-jwks'],
      ['GET /openapi.json', '/openapi.json'],
      ['GET /healthz', '/healthz'],
      ['GET /readyz', '/readyz'],
      ['GET /metrics', '/metrics'],
    ];
    for (const [route, url] of reads) await expectAnswer(route, await fetch(at(url)));
    const headers = { accept: 'application/json' };
    const json = await fetch(at('/v1/log/proof?index=0'), { headers });
    await expectAnswer('GET /v1/log/proof', json);
  });

  it('of a log without a quorum', async () => {
    witness.behaviour = () => ({ status: 500, body: '' });
    servers.receipts.config.limits.wait_ms = 300;
    await expectAnswer(entries, await post(`${at(path)}?wait=proof`, freshReceipt()));
    const index = servers.receipts.logs[0]!.head.size - 1;
    await expectAnswer('GET /v1/log/proof', await fetch(at(`/v1/log/proof?index=${index}`)));
    await until(() => servers.receipts.logs[0]!.trouble !== undefined);
    await expectAnswer('GET /readyz', await fetch(at('/readyz')));
    witness.behaviour = () => undefined;
  });
});

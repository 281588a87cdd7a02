/** The OpenAPI document is the truth: it lists the routes that are there, and answers fit it. */
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiRoutes } from '#log-server/serving/api-routes.ts';
import { Clients } from '#log-server/serving/clients.ts';
import { submitRoutes } from '#log-server/serving/submit-routes.ts';
import { tileRoutes } from '#log-server/serving/tile-routes.ts';
import { createApp } from '#service/app.ts';
import { Metrics } from '#service/metrics.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { getJson, post } from '#test/support/http.ts';
import { resolve, schemaProblems } from '#test/support/json-schema.ts';
import { freshReceipt, silent, startTestLog, type TestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';

type Node = Readonly<Record<string, unknown>>;
interface Operation {
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: Node }> }>>;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Node }[];
}
interface Document {
  readonly openapi: string;
  readonly info: Node;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags: readonly { name: string }[];
}

let witness: FakeWitness;
let servers: Record<'receipts' | 'both' | 'opaque', TestLog>;
const documents: Record<string, Document> = {};

beforeAll(async () => {
  witness = await FakeWitness.start('w1', 31);
  const policy = policyOf([witness], 1);
  servers = {
    receipts: await startTestLog({ policy }),
    both: await startTestLog({ log: { entry_types: ['opaque', 'tecp-receipt'] } }),
    opaque: await startTestLog({ log: { entry_types: ['opaque'] } }),
  };
  for (const [name, { url }] of Object.entries(servers)) {
    documents[name] = (await getJson(`${url}/openapi.json`)) as unknown as Document;
  }
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
  await witness.close();
});

/** `GET /v1/log/entries/{index}` for each route that the server registers. */
function registered({ logs, config }: TestLog): string[] {
  const log = logs[0]!;
  const app = createApp({ logger: silent, metrics: new Metrics(), trustProxy: false });
  const { limits } = config;
  const clients = new Clients(limits, false);
  const parts = [
    submitRoutes({ log, limits, clients, origins: [] }),
    tileRoutes(log, '', clients),
    apiRoutes(log, '', clients),
  ];
  const routes = [app, ...parts.map((part) => new Hono().route('/', part))].flatMap(
    (part) => part.routes,
  );
  const names = routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => {
      return `${method} ${path.replace('*', '{path}').replaceAll(/:(\w+)/g, '{$1}')}`;
    });
  // A route with middleware of its own is registered once for each.
  return [...new Set(names)].sort();
}

function described({ paths }: Document): string[] {
  return Object.entries(paths)
    .flatMap(([path, item]) =>
      Object.keys(item)
        .filter((key) => key !== 'servers')
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
}

const NAMES = ['receipts', 'both', 'opaque'] as const;

describe('the document', () => {
  it.each(NAMES)('of the log "%s" lists exactly the routes that are there', (name) => {
    expect(described(documents[name]!)).toEqual(registered(servers[name]));
  });

  it('has /add only where opaque entries are enabled', () => {
    const has = NAMES.map((name) => Object.hasOwn(documents[name]!.paths, '/add'));
    expect(has).toEqual([false, true, true]);
  });

  it.each(NAMES)('of the log "%s" is well formed: references, tags, parameters', (name) => {
    const document = documents[name]!;
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
    for (const [, pointer] of references) resolve(document, pointer!);
    const tags = document.tags.map((tag) => tag.name);
    for (const [path, item] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      for (const [method, operation] of Object.entries(item)) {
        if (method === 'servers') continue;
        expect(operation.summary).not.toBe('');
        for (const tag of operation.tags) expect(tags).toContain(tag);
        const parameters = (operation.parameters ?? []).filter((p) => p.in === 'path');
        expect(parameters.map((p) => p.name)).toEqual(inPath);
        expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      }
    }
  });
});

/** Checks an answer against what the document says of its status and type. */
async function expectDescribed(path: string, response: Response): Promise<void> {
  const document = documents.receipts!;
  const item = document.paths[path]!;
  const { responses } = (item.post ?? item.get)!;
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  const content = responses[String(response.status)]?.content ?? {};
  const bare = (media: string) => media.split(';')[0];
  const media = Object.keys(content).find((known) => bare(known) === bare(type));
  expect([path, response.status, media]).toEqual([path, response.status, expect.any(String)]);
  const { schema } = content[media!]!;
  const isJson = /json/.test(type);
  const values = type.includes('ndjson')
    ? text
        .split('\n')
        .slice(0, -1)
        .map((line): unknown => JSON.parse(line))
    : [isJson ? JSON.parse(text) : text];
  for (const value of values) expect(schemaProblems(document, schema, value)).toEqual([]);
}

describe('answers fit the document', () => {
  const entries = '/v1/log/entries';
  const at = (path: string) => `${servers.receipts.url}${path}`;
  const ndjson = { 'content-type': 'application/x-ndjson' };

  it('of submissions, good and bad', async () => {
    const url = at(entries);
    const receipt = freshReceipt();
    await expectDescribed(entries, await post(`${url}?wait=proof`, receipt));
    await expectDescribed(entries, await post(url, receipt));
    await expectDescribed(entries, await post(url, '{}'));
    await expectDescribed(entries, await post(url, '', { 'content-type': 'a/b' }));
    await expectDescribed(entries, await post(url, ' '.repeat(70_000)));
    await expectDescribed(entries, await post(`${url}?wait=x`, receipt));
    await expectDescribed(entries, await post(url, receipt, { origin: 'https://a.b' }));
    const old = freshReceipt({ ts: Date.now() - 2 * 24 * 3600_000 });
    await expectDescribed(entries, await post(url, old));
    await expectDescribed(entries, await post(url, old, ndjson));
    const lines = `${Buffer.from(receipt)}\nbad\n${Buffer.from(freshReceipt())}`;
    await expectDescribed(entries, await post(url, lines, ndjson));
    await expectDescribed(entries, await post(`${url}?wait=proof`, lines, ndjson));
  });

  it('of reads, good and bad', async () => {
    await post(`${at(entries)}?wait=proof`, freshReceipt());
    const reads: [string, string][] = [
      ['/checkpoint', '/checkpoint'],
      ['/tile/{path}', '/tile/0/000.p/1'],
      ['/tile/{path}', '/tile/entries/000.p/1'],
      ['/tile/{path}', '/tile/9/000'],
      ['/tile/{path}', '/tile/x'],
      ['/v1/log/proof', '/v1/log/proof?index=0'],
      ['/v1/log/proof', '/v1/log/proof'],
      ['/v1/log/proof', '/v1/log/proof?index=99999'],
      ['/v1/log/consistency', '/v1/log/consistency?from=1'],
      ['/v1/log/consistency', '/v1/log/consistency'],
      ['/v1/log/entries/{index}', '/v1/log/entries/0'],
      ['/v1/log/entries/{index}', '/v1/log/entries/x'],
      ['/v1/log/entries/{index}', '/v1/log/entries/99999'],
      ['/v1/log/sth', '/v1/log/sth'],
      ['/v1/log/policy', '/v1/log/policy'],
      ['/.well-known/tecp-log-jwks', '/.well-known/tecp-log-jwks'],
      ['/openapi.json', '/openapi.json'],
      ['/healthz', '/healthz'],
      ['/readyz', '/readyz'],
      ['/metrics', '/metrics'],
    ];
    for (const [path, url] of reads) await expectDescribed(path, await fetch(at(url)));
    const headers = { accept: 'application/json' };
    const json = await fetch(at('/v1/log/proof?index=0'), { headers });
    await expectDescribed('/v1/log/proof', json);
  });

  it('of a log without a quorum', async () => {
    witness.behaviour = () => ({ status: 500, body: '' });
    servers.receipts.config.limits.wait_ms = 300;
    await expectDescribed(entries, await post(`${at(entries)}?wait=proof`, freshReceipt()));
    const index = servers.receipts.logs[0]!.head.size - 1;
    await expectDescribed('/v1/log/proof', await fetch(at(`/v1/log/proof?index=${index}`)));
    await until(() => servers.receipts.logs[0]!.trouble !== undefined);
    await expectDescribed('/readyz', await fetch(at('/readyz')));
    witness.behaviour = () => undefined;
  });
});

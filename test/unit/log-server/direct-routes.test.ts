/** A route that is answered directly says what the application says: status, headers and body. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogApp } from '#log-server/serving/app.ts';
import { newSharing } from '#log-server/serving/clients.ts';
import { toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { createHttpService, type HttpService } from '#service/http.ts';
import { Metrics } from '#service/metrics.ts';
import { freshReceipt, silent, startTestLog, type TestLog } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';

const OPAQUE = new Uint8Array(100).fill(7);
const RECEIPT = freshReceipt();
const BROKEN = new TextEncoder().encode('{"version":"TECP-0.1"}');
const LEAF = toHex(leafHash(RECEIPT));

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array;
}

const json = { 'content-type': 'application/json' };
const bytes = { 'content-type': 'application/octet-stream' };
const get = (path: string, headers = {}): Asked => ({ method: 'GET', path, headers });
const post = (path: string, headers: object, body: Uint8Array): Asked => {
  return { method: 'POST', path, headers: { ...headers }, body };
};
const ASKED: readonly Asked[] = [
  post('/v1/log/entries', json, RECEIPT),
  post('/v1/log/entries?wait=proof', json, RECEIPT),
  post('/v1/log/entries?wait=forever', json, RECEIPT),
  post('/v1/log/entries', json, BROKEN),
  post('/v1/log/entries', json, new Uint8Array(2 << 20)),
  post('/v1/log/entries', bytes, RECEIPT),
  post('/v1/log/entries', { ...json, 'content-encoding': 'gzip' }, RECEIPT),
  post('/v1/log/entries', { ...json, origin: 'https://elsewhere.example' }, RECEIPT),
  post('/v1/log/entries', { ...json, origin: 'https://app.example' }, RECEIPT),
  post('/v1/log/entries', { ...json, 'x-request-id': 'mine' }, BROKEN),
  post('/v1/log/entries/', json, RECEIPT),
  post('/add', bytes, OPAQUE),
  post('/add?wait=proof', bytes, OPAQUE),
  post('/add', json, OPAQUE),
  post('/add', bytes, RECEIPT),
  get('/add'),
  get('/checkpoint'),
  get('/checkpoint', { 'if-none-match': '"x"' }),
  get('/checkpoint?x'),
  { method: 'HEAD', path: '/checkpoint' },
  get('/tile/0/000.p/2'),
  get('/tile/0/000.p/2', { 'if-none-match': 'W/"0.0.2", "other"' }),
  get('/tile/entries/000.p/2'),
  get('/tile/entries/000.p/2', { 'accept-encoding': 'gzip' }),
  get('/tile/entries/000.p/2', { 'accept-encoding': 'gzip;q=0' }),
  get('/tile/0/000.p/200'),
  get('/tile/0/00'),
  get('/tile/'),
  get('/tile/%30/000.p/2'),
  get('/tile/1/../0/000.p/2'),
  get('/tile/0/000.p/2/.'),
  get('/tile/0\\000.p/2'),
  get('/tile/0/000.p/2#end'),
  get('/tile/0/{000}.p/2'),
  get('/checkpoint?%zz'),
  get('/checkpoint', { host: 'a@b' }),
  get('/checkpoint', { host: 'a/b' }),
  get('/checkpoint', { host: 'A.example:80' }),
  get('/checkpoint', { host: '[::1]:8400' }),
  get('/checkpoint', { host: '' }),
  { method: 'HEAD', path: '/tile/0/000.p/2' },
  { method: 'OPTIONS', path: '/tile/0/000.p/2' },
  get('/v1/log/proof?index=0'),
  get('/v1/log/proof?index=0', { accept: 'application/json' }),
  get('/v1/log/proof?index=00'),
  get('/v1/log/proof?index=999999'),
  get(`/v1/log/proof?leaf=${LEAF}`),
  get(`/v1/log/proof?leaf=${LEAF}&index=0`),
  get(`/v1/log/proof?leaf=${'0'.repeat(64)}`),
  get('/v1/log/proof'),
];

/** What is spelt in strange ways, and how. */
const SPELT = ASKED.map(({ path }) => path);
const STRANGE = [
  ...'/\\#?&=%.{}|^`~+;:@!$*,[]<>"\'',
  '..',
  '/../',
  '/./',
  '//',
  '%2e',
  '%zz',
  '#?',
  '\xe9',
];
const HOSTS = [
  'a@b',
  'a/b',
  'a b',
  'A:80',
  '[::1]',
  '[::1]:8400',
  'a..b',
  'a%41',
  'a?b',
  'x:99999',
  '',
];

/** Headers that differ from answer to answer. */
const OWN = ['date', 'x-request-id', 'transfer-encoding'];

function ask(port: number, { method, path, headers = {}, body }: Asked) {
  return new Promise((resolve, reject) => {
    const sent = request({ port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const told = Object.entries(answer.headers).filter(([name]) => !OWN.includes(name));
        const idIsMine = answer.headers['x-request-id'] === headers['x-request-id'];
        const text = Buffer.concat(chunks).toString('latin1');
        resolve({ status: answer.statusCode, headers: Object.fromEntries(told), idIsMine, text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('an answer', () => {
  let server: TestLog;
  const services: HttpService[] = [];
  const ports: number[] = [];
  const metrics = [new Metrics(), new Metrics()];
  beforeAll(async () => {
    server = await startTestLog({
      log: { entry_types: ['opaque', 'tecp-receipt'] },
      settings: { submission_origins: ['https://app.example'] },
    });
    const [log] = server.served;
    for (const [entry, type] of [
      [RECEIPT, 'application/json'],
      [OPAQUE, 'application/octet-stream'],
    ] as const) {
      await log!.sequence([await log!.admit(entry, type)]);
    }
    await until(() => log!.published?.size === 2);
    for (const [i, own] of metrics.entries()) {
      const { app, direct } = createLogApp({
        config: server.config,
        logs: server.served,
        logger: silent,
        metrics: own,
        sharing: newSharing(1),
      });
      const parts = i === 0 ? { app } : { app, direct };
      const listen = { host: '127.0.0.1', port: 0 };
      const service = createHttpService({ ...parts, logger: silent, listen, trustProxy: false });
      services.push(service);
      ports.push((await service.start()).port);
    }
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await server.close();
  });

  it.each(
    ASKED.map(
      (asked) => [`${asked.method} ${asked.path} ${JSON.stringify(asked.headers)}`, asked] as const,
    ),
  )('to %s is the same on both ways', async (_, asked) => {
    const [application, directly] = await Promise.all(ports.map((port) => ask(port, asked)));
    expect(directly).toEqual(application);
  });

  it('is the same for every spelling of a path, a query and a host', async () => {
    const asked = fc.record({
      path: fc.constantFrom(...SPELT),
      at: fc.nat(200),
      removed: fc.nat(1),
      inserted: fc.constantFrom('', ...STRANGE),
      host: fc.oneof({ weight: 3, arbitrary: fc.constant('localhost') }, fc.constantFrom(...HOSTS)),
      method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD'),
    });
    const isSame = fc.asyncProperty(
      asked,
      async ({ path, at, removed, inserted, host, method }) => {
        const place = at % (path.length + 1);
        const spelt = path.slice(0, place) + inserted + path.slice(place + removed);
        const one = { method, path: spelt, headers: { host } };
        const [application, directly] = await Promise.all(ports.map((port) => ask(port, one)));
        expect(directly).toEqual(application);
      },
    );
    await fc.assert(isSame, { numRuns: 300 });
  });

  it('with two Host headers is refused before anything is read', async () => {
    for (const port of ports) {
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /checkpoint HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n');
      const [answer] = await once(socket, 'data');
      expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
      socket.destroy();
    }
  });

  it('is counted under the same route', async () => {
    const routes = await Promise.all(
      metrics.map(async (own) =>
        [...(await own.text()).matchAll(/_count\{(.*)\}/g)].map(([, it]) => it),
      ),
    );
    expect(routes[1]!.sort()).toEqual(routes[0]!.sort());
  });
});

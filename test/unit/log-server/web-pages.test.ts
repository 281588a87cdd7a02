/** Which web pages may submit: requests as browsers send them, over real connections. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logServerConfigSchema } from '#log-server/config.ts';
import { parseConfig } from '#service/config.ts';
import { post, problemOf, submittedOf } from '#test/support/http.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';

const APP = 'https://app.example';
const FORM_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];
const ROUTES = ['/v1/log/entries', '/add'] as const;

let server: TestLog;

beforeAll(async () => {
  server = await startTestLog({
    settings: { submission_origins: [APP] },
    log: { entry_types: ['tecp-receipt', 'opaque'] },
  });
});
afterAll(async () => server.close());

async function preflight(path: string, origin: string): Promise<Response> {
  return await fetch(`${server.url}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
}

function corsOf({ headers }: Response) {
  return {
    origin: headers.get('access-control-allow-origin'),
    methods: headers.get('access-control-allow-methods'),
  };
}

describe('a submission', () => {
  it.each(FORM_TYPES)('of the type %s, which a form of any page can send, is 415', async (type) => {
    const size = server.logs[0]!.head.size;
    for (const path of ROUTES) {
      const answer = await post(`${server.url}${path}`, freshReceipt(), { 'content-type': type });
      expect(await problemOf(answer)).toMatchObject({
        status: 415,
        code: 'unsupported-media-type',
        field: 'content-type',
        detail: expect.stringMatching(/^Send .*application\//),
      });
    }
    expect(server.logs[0]!.head.size).toBe(size);
  });

  it('without a content type is 415', async () => {
    for (const path of ROUTES) {
      const body = new Blob([freshReceipt() as Uint8Array<ArrayBuffer>]);
      const answer = await fetch(`${server.url}${path}`, { method: 'POST', body });
      expect(await problemOf(answer)).toMatchObject({ status: 415 });
    }
  });

  it('of a page of another origin is 403, and nothing is added', async () => {
    const size = server.logs[0]!.head.size;
    const types = { '/v1/log/entries': 'application/json', '/add': 'application/octet-stream' };
    for (const origin of [
      'https://evil.example',
      'null',
      'https://app.example.evil',
      `${APP}:8443`,
    ]) {
      for (const path of ROUTES) {
        const headers = { origin, 'content-type': types[path] };
        const answer = await post(`${server.url}${path}`, freshReceipt(), headers);
        expect(corsOf(answer)).toEqual({ origin: null, methods: null });
        expect(await problemOf(answer)).toMatchObject({
          status: 403,
          code: 'origin-not-allowed',
          field: 'origin',
        });
      }
    }
    expect(server.logs[0]!.head.size).toBe(size);
  });

  it('of a page of a configured origin, or of its own, is taken, and the page may read the answer', async () => {
    for (const origin of [APP, server.url]) {
      const answer = await post(`${server.url}/v1/log/entries`, freshReceipt(), { origin });
      expect(corsOf(answer).origin).toBe(origin);
      expect(answer.headers.get('vary')).toBe('Origin');
      await submittedOf(answer);
      const refused = await post(`${server.url}/v1/log/entries`, '{}', { origin });
      expect(corsOf(refused).origin).toBe(origin);
      expect(await problemOf(refused)).toMatchObject({ status: 400 });
    }
  });

  it('of a program, which sends no origin, is taken', async () => {
    await submittedOf(await post(`${server.url}/v1/log/entries`, freshReceipt()));
  });
});

describe('a preflight', () => {
  it('for a submission is passed for configured origins only', async () => {
    for (const path of ROUTES) {
      const passed = await preflight(path, APP);
      expect([passed.status, corsOf(passed)]).toEqual([204, { origin: APP, methods: 'POST' }]);
      const refused = await preflight(path, 'https://evil.example');
      expect(corsOf(refused)).toEqual({ origin: null, methods: null });
      expect(await problemOf(refused)).toMatchObject({ status: 403, code: 'origin-not-allowed' });
    }
  });

  it('for a read is passed for everybody', async () => {
    for (const path of ['/checkpoint', '/v1/log/proof', '/tile/0/000', '/openapi.json']) {
      const passed = await preflight(path, 'https://evil.example');
      expect([passed.status, corsOf(passed).origin]).toEqual([204, '*']);
    }
  });
});

describe('the configured origins', () => {
  const key = 'logs: [{ key: k, database: d, policy: p }]';
  const parse = (origins: string) =>
    parseConfig(`submission_origins: ${origins}\n${key}`, '/etc/log.yaml', logServerConfigSchema);

  it('are none by default', () => {
    expect(parseConfig(key, '/etc/log.yaml', logServerConfigSchema).submission_origins).toEqual([]);
  });

  it('are written as browsers write them', () => {
    expect(parse(`["${APP}", "http://localhost:8080"]`).submission_origins).toHaveLength(2);
    for (const wrong of [`${APP}/`, 'app.example', '*', 'null', 'HTTPS://app.example', 'ftp://a']) {
      expect(() => parse(`["${wrong}"]`)).toThrow(/"submission_origins\[0\]": expected an origin/);
    }
  });
});

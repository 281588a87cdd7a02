/** How pages ask the API in their own process, and what they cost. */
import { connect } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { Spending } from '#explorer/api/costs.ts';
import { type BuiltApp, openBuiltApp } from '#explorer/web/serve/built-app.ts';
import { addPageRoutes } from '#explorer/web/serve/page-routes.ts';
import { createHttpService } from '#service/http.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { newApp } from '#test/support/explorer-api.ts';
import { silent } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';

const MIB = 1024 * 1024;

it('the API is told that an answer has been read, so that its bytes wait for nobody', async () => {
  const app = newApp();
  let held = 0;
  app.get('/v1/logs', (c) => {
    held++;
    c.env.outgoing.once('close', () => held--);
    return c.json({ logs: [] });
  });
  class ApiProblem extends Error {}
  const webApp = {
    server: {
      ApiProblem,
      answerPage: async (_: string, get: (path: string) => Promise<unknown>) => {
        await get('/v1/logs');
        return { redirect: '/about' };
      },
    },
  } as unknown as BuiltApp;
  const limiter = new RateLimiter({ ratePerSecond: 100, burst: 100 });
  const trustProxy = false;
  const spending = new Spending({ limiter, trustProxy });
  addPageRoutes(app, { webApp, limiter, trustProxy, spending });
  const listen = { host: '127.0.0.1', port: 0 };
  const service = createHttpService({ app, logger: silent, listen, limits: {}, trustProxy: false });
  const { url } = await service.start();
  try {
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
    expect(held).toBe(0);
  } finally {
    await service.close();
  }
});

it('somebody who asks too much has a page that says so, and a program the problem document', async () => {
  const app = newApp();
  const webApp = await openBuiltApp();
  const limiter = new RateLimiter({ ratePerSecond: 0.001, burst: 1 });
  const trustProxy = false;
  const spending = new Spending({ limiter, trustProxy });
  addPageRoutes(app, { webApp, limiter, trustProxy, spending });
  const listen = { host: '127.0.0.1', port: 0 };
  const service = createHttpService({ app, logger: silent, listen, limits: {}, trustProxy });
  onTestFinished(() => service.close());
  const { url } = await service.start();
  const ask = (accept: string) => fetch(`${url}/search`, { headers: { accept } });
  await fetch(`${url}/licenses.txt`);
  const page = await ask('text/html,application/xhtml+xml,*/*;q=0.8');
  expect(page.status).toBe(429);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.headers.has('retry-after')).toBe(true);
  expect(await page.text()).toMatch(/<h1>Not now<\/h1>\n<p>Too many requests\.<\/p>/);
  const problem = await ask('*/*');
  expect(problem.status).toBe(429);
  expect(await problem.json()).toMatchObject({ code: 'rate-limited' });
});

describe('a large page', () => {
  const cleanup = new Cleanup();
  afterAll(cleanup.run);

  /** Pages of so many bytes, at least. */
  async function startPages(bytes: number, burst: number): Promise<string> {
    const app = newApp();
    const answer = { status: 200, page: 'home', title: '', markup: 'x'.repeat(bytes), answers: {} };
    const server = { answerPage: async () => answer };
    const assets = { styles: [], script: '', modulesOf: () => [] };
    const webApp = { server, ...assets } as unknown as BuiltApp;
    const limiter = new RateLimiter({ ratePerSecond: 1e-6, burst });
    const trustProxy = false;
    const spending = new Spending({ limiter, trustProxy });
    addPageRoutes(app, { webApp, limiter, trustProxy, spending });
    const listen = { host: '127.0.0.1', port: 0 };
    const service = createHttpService({ app, logger: silent, listen, limits: {}, trustProxy });
    cleanup.add(() => service.close());
    return (await service.start()).url;
  }
  const statusOf = async (url: string) => {
    const answer = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    await answer.arrayBuffer();
    return answer.status;
  };

  it('costs by its size', async () => {
    const url = await startPages(2 * MIB, 30);
    // 1 for each request, and 16 for each page.
    expect([await statusOf(url), await statusOf(url)]).toEqual([200, 429]);
  });

  it('that its client does not read keeps that client from more of them, until it is gone', async () => {
    const url = await startPages(14 * MIB, 10_000);
    const { hostname, port } = new URL(url);
    const slow = connect(Number(port), hostname);
    slow.write(`GET / HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    await new Promise((resolve) => slow.once('readable', resolve));
    expect(await statusOf(url)).toBe(503);
    slow.destroy();
    await until(async () => (await statusOf(url)) === 200);
  });
});

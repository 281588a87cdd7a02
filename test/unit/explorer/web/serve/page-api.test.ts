/** How pages ask the API in their own process. */
import { expect, it } from 'vitest';
import type { BuiltApp } from '#explorer/web/serve/built-app.ts';
import { addPageRoutes } from '#explorer/web/serve/page-routes.ts';
import { createHttpService } from '#service/http.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { newApp } from '#test/support/explorer-api.ts';
import { silent } from '#test/support/log.ts';

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
  addPageRoutes(app, { webApp, limiter, trustProxy: false });
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

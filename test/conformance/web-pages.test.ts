/**
 * Pages in a real browser, of an origin that may submit and of one that may not, against a real log:
 * what every other page can do with fetch, forms and beacons adds nothing.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';
import { Cleanup } from '#test/support/witness.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

const receipt = () => Buffer.from(freshReceipt()).toString();

describe.skipIf(!hasChromium)('a page in Chromium', () => {
  const cleanup = new Cleanup();
  let browser: Browser;
  let server: TestLog;
  let allowed: string;
  let foreign: string;

  beforeAll(async () => {
    const page = () =>
      cleanup.serve((_, response) => {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><title>page</title>');
      });
    allowed = await page();
    foreign = await page();
    server = await startTestLog({
      settings: { submission_origins: [allowed] },
      log: { entry_types: ['tecp-receipt', 'opaque'] },
    });
    cleanup.add(() => server.close());
    browser = await startChromium(cleanup);
  });
  afterAll(cleanup.run);

  /** What a POST by `fetch` comes to, in a page of that origin: its status, or that it failed. */
  async function fetchFrom(origin: string, path: string, init: Record<string, unknown>) {
    const page = await openPage(browser);
    await page.goto(origin);
    const call = `fetch(${JSON.stringify(`${server.url}${path}`)}, ${JSON.stringify(init)})`;
    const outcome = await page.evaluate(`${call}.then(
      async (answer) => [answer.type, answer.status, await answer.text()],
      (error) => [error.name],
    )`);
    await page.close();
    return outcome as [type: string, status?: number, text?: string];
  }

  const post = (type: string, more: Record<string, unknown> = {}) => ({
    method: 'POST',
    headers: { 'content-type': type },
    body: receipt(),
    ...more,
  });

  it('of a configured origin submits, and reads the answer', async () => {
    const [type, status, text] = await fetchFrom(
      allowed,
      '/v1/log/entries',
      post('application/json'),
    );
    expect([type, status]).toEqual(['cors', 200]);
    expect(JSON.parse(text!)).toMatchObject({ duplicate: false });
  });

  it('of another origin submits nothing, whichever way it tries', async () => {
    const size = server.logs[0]!.head.size;
    for (const path of ['/v1/log/entries', '/add']) {
      for (const type of ['application/json', 'application/octet-stream']) {
        expect(await fetchFrom(foreign, path, post(type))).toEqual(['TypeError']);
      }
      // The browser lets these through without asking; the log refuses them.
      const opaque = await fetchFrom(foreign, path, post('text/plain', { mode: 'no-cors' }));
      expect(opaque).toEqual(['opaque', 0, '']);
      const page = await openPage(browser);
      await page.goto(foreign);
      const url = JSON.stringify(`${server.url}${path}`);
      const sent = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.evaluate(`document.body.innerHTML =
        '<form method=post enctype=text/plain action=' + ${url} + '><input name=a value=b></form>';
        document.forms[0].submit()`);
      expect((await sent).status()).toBe(403);
      await page.close();
    }
    expect(server.logs[0]!.head.size).toBe(size);
  });

  it('of any origin reads', async () => {
    const [type, status] = await fetchFrom(foreign, '/v1/log/policy', {});
    expect([type, status]).toEqual(['cors', 200]);
  });
});

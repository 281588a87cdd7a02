/** The status page in Chromium: up to date without being loaded again, and complete without scripts. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { Cleanup } from '#test/support/witness.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

/** Whether the table of the log's witnesses is unfolded. */
const UNFOLDED = 'document.querySelector("[id^=witnesses-of]").open';
const PHONE = { width: 375, height: 667 };

describe.skipIf(!hasChromium)('the status page in Chromium', () => {
  const cleanup = new Cleanup();
  let browser: Browser;
  let net: Awaited<ReturnType<typeof startFakeNetwork>>;
  let watcher: TestMonitor;

  beforeAll(async () => {
    net = await startFakeNetwork();
    cleanup.add(() => net.close());
    watcher = await TestMonitor.start({ policy: net.policy, settings: { timeout_ms: 5000 } });
    cleanup.add(() => watcher.close());
    await watcher.everybodySeen(10);
    await watcher.verified(10);
    browser = await startChromium(cleanup);
  });
  afterAll(cleanup.run);

  it('tells of what happens without being loaded again, and obeys its own security policy', async () => {
    const page = await openPage(browser, { viewport: PHONE });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(watcher.url);
    const verdict = page.locator('h1');
    await verdict.filter({ hasText: 'All is well' }).waitFor();
    await page.evaluate(`window.isTheSame = true; ${UNFOLDED} = false`);
    net.w1.down = true;
    await verdict.filter({ hasText: 'A witness does not answer: w1' }).waitFor();
    await page.getByText('nothing that the log publishes shows that it is alive').waitFor();
    net.w1.down = false;
    await verdict.filter({ hasText: 'All is well' }).waitFor();
    expect(await page.evaluate('window.isTheSame')).toBe(true);
    // What the reader has folded away stays so.
    expect(await page.evaluate(UNFOLDED)).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('loads itself now and then where it gets no stream, and calls nobody silent who answers', async () => {
    const page = await openPage(browser);
    await page.route('**/v1/events', (route) => route.fulfill({ status: 503 }));
    await page.goto(watcher.url);
    const verdict = page.locator('h1');
    await verdict.filter({ hasText: 'All is well' }).waitFor();
    await page.evaluate('window.isTheSame = true');
    net.w2.down = true;
    await verdict.filter({ hasText: 'A witness does not answer: w2' }).waitFor();
    net.w2.down = false;
    await verdict.filter({ hasText: 'All is well' }).waitFor();
    expect(await page.evaluate('window.isTheSame')).toBe(true);
    await page.close();
  });

  it('without scripts, on a phone, is complete, with the verdict first and nothing beside the screen', async () => {
    const page = await openPage(browser, { viewport: PHONE, javaScriptEnabled: false });
    await page.goto(watcher.url);
    const box = (await page.locator('h1').boundingBox())!;
    expect(box.y).toBeLessThan(100);
    expect(
      await page.locator('noscript meta[http-equiv=refresh], meta[http-equiv=refresh]').count(),
    ).toBe(1);
    const text = await page.locator('main').innerText();
    for (const words of ['w1', 'w2', 'w3', '10 of 10 verified', '3 of 3 have cosigned']) {
      expect(text).toContain(words);
    }
    const scripted = await openPage(browser, { viewport: PHONE });
    for (const path of ['/', '/history', '/findings']) {
      await scripted.goto(`${watcher.url}${path}`);
      expect(await scripted.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    }
    await scripted.close();
    await page.close();
  });

  it('says that the monitor has fallen silent when it is gone', async () => {
    const page = await openPage(browser);
    await page.clock.install();
    await page.goto(watcher.url);
    await page.locator('h1').filter({ hasText: 'All is well' }).waitFor();
    await watcher.close();
    await page.clock.fastForward(60_000);
    await page.getByText('The monitor has fallen silent').waitFor({ state: 'visible' });
    await page.close();
  });
});

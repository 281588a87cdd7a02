/**
 * Markup from whoever is watched, handed in or configured, on every page for people, in a real browser:
 * it is text there. And no page of somebody else can put ours into a frame.
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { askOperator, operatorSocketPath } from '#service/operator.ts';
import { FakeLog, FakeTree, fakePolicy, PuppetWitness, publish } from '#test/support/fake-log.ts';
import { newKey } from '#test/support/keys.ts';
import { startTestLog } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { TestMonitor } from '#test/support/monitor.ts';
import { eventually } from '#test/support/wait.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

/** Each of its elements leaves a mark if it runs; with no character that the name of a key may not have. */
const NAME =
  `"'></title></style><script>window.owned=1</script><img/src=x/onerror=window.owned=2>` +
  '<svg/onload=window.owned=3><base/href=//evil.example><a/href=javascript:window.owned=4>';
const MARKUP = `${NAME}<iframe srcdoc=x></iframe><form action=//evil.example><object data=x></object>`;
/** What no page of ours has. */
const FOREIGN =
  'img, iframe, object, embed, svg, base, form, link, [onerror], [onload], [href^="javascript:"]';

describe.skipIf(!hasChromium)('a page that shows what a stranger wrote', () => {
  const cleanup = new Cleanup();
  let browser: Browser;
  let watcher: TestMonitor;
  let witness: string;
  let served: string;
  let foreign: string;

  beforeAll(async () => {
    const log = await new FakeLog(NAME).start();
    cleanup.add(() => log.close());
    const puppet = await new PuppetWitness(NAME).start();
    cleanup.add(() => puppet.close());
    log.tree.append(10);
    publish(log, [puppet]);
    watcher = await TestMonitor.start({ policy: fakePolicy([log], [puppet]) });
    cleanup.add(() => watcher.close());
    await watcher.verified(10);
    const fields = { origin: log.origin, size: 10, root: new FakeTree().append(10, 'lie').root() };
    const lie = puppet.cosign(signCheckpoint({ ...fields, extensions: [MARKUP] }, log.key));
    const handedIn = await fetch(`${watcher.url}/v1/gossip/checkpoint`, {
      method: 'POST',
      body: lie,
      headers: { 'user-agent': MARKUP },
    });
    expect(await handedIn.json()).toMatchObject({ verdict: 'inconsistent' });
    const { id } = await watcher.raised('log-contradiction');
    const socket = operatorSocketPath(join(watcher.folder, 'monitor.db'));
    const body = { by: NAME.slice(0, 100), note: MARKUP };
    const path = `/alerts/${id}/acknowledge`;
    const answer = await askOperator(socket, { method: 'POST', path, body });
    expect(answer?.status).toBe(200);
    const known = new MemoryLog(newKey(NAME, KEY_TYPES.ed25519)).growTo(3);
    const setup = witnessSetup(cleanup.folder(), [], {
      name: NAME.slice(0, 85),
      config: {
        logs: [{ vkey: known.key.verifier.text, url: log.url }],
        peers: [{ name: NAME, url: log.url, vkeys: [puppet.keys[0].verifier.text] }],
      },
    });
    const running = await startTestWitness(cleanup, setup.config);
    await running.client.addCheckpoint(await known.request(0, 3));
    await running.client.addCheckpoint(await known.fork(0, 3).request(0, 3)).catch(() => undefined);
    witness = running.url;
    const server = await startTestLog({ key: newKey(NAME, KEY_TYPES.ed25519) });
    cleanup.add(() => server.close());
    served = server.url;
    foreign = await cleanup.serve((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>page</title>');
    });
    browser = await startChromium(cleanup);
  }, 240_000);
  afterAll(cleanup.run);

  /** What the browser complained of, which it does when a policy of the page stops something. */
  async function visit(url: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await openPage(browser);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    return { page, complaints };
  }

  async function pages(): Promise<string[]> {
    const found: string[] = [];
    for (const server of [watcher.url, witness]) {
      const listed = (await (await fetch(`${server}/evidence`)).json()) as { id: string }[];
      expect(listed.length).toBeGreaterThan(0);
      found.push(`${server}/`, `${server}/findings`, `${server}/findings/${listed[0]!.id}`);
    }
    return [...found, `${watcher.url}/history`, `${served}/`];
  }

  it('shows it as text, and nothing of it runs, loads or leads away', async () => {
    for (const url of await pages()) {
      const { page, complaints } = await visit(url);
      await page.evaluate(
        'document.querySelectorAll("details").forEach((one) => { one.open = true })',
      );
      expect(await page.locator('body').innerText(), url).toContain(
        '<script>window.owned=1</script>',
      );
      expect(await page.locator(FOREIGN).count(), url).toBe(0);
      expect(await page.evaluate('[window.owned, document.scripts.length > 1]'), url).toEqual([
        undefined,
        false,
      ]);
      expect(page.url()).toBe(url);
      expect(complaints, url).toEqual([]);
      await page.close();
    }
  });

  it('shows it as text also where the script of the page puts it in', async () => {
    const { page, complaints } = await visit(watcher.url);
    const before = await page.locator('[data-live=about]').innerText();
    await eventually(async () => {
      expect(await page.locator('[data-live=about]').innerText()).not.toBe(before);
    });
    expect(await page.locator(FOREIGN).count()).toBe(0);
    expect(await page.evaluate('window.owned')).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is framed by no page of anybody', async () => {
    for (const url of await pages()) {
      const page = await openPage(browser);
      await page.goto(foreign);
      const refused = page.waitForEvent('console', (message) =>
        /frame-ancestors/.test(message.text()),
      );
      await page.evaluate(`document.body.innerHTML = '<iframe src="${url}"></iframe>'`);
      await refused;
      await page.close();
    }
  });
});

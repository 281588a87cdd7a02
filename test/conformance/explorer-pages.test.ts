/**
 * The explorer's pages in Chromium: usable by everybody (axe), checked by the browser, by URL and back, and obeying
 * their own security policy; and without scripts, read as they came.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointsAnswer } from '#explorer/search/answers.ts';
import { entryUrl } from '#explorer/web/app/data/route.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { type Explored, exampleReceipt, startExplored } from '#test/support/explorer.ts';
import { freshReceipt } from '#test/support/log.ts';
import { Cleanup } from '#test/support/witness.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 375, height: 800 };
const TABLET = { width: 768, height: 1000 };
const WIDE = { width: 1280, height: 800 };
const CHECKED = 'Checked by your browser.';

describe.skipIf(!hasChromium)('the explorer in Chromium', () => {
  const cleanup = new Cleanup();
  let browser: Browser;
  let explored: Explored;
  let log: string;
  let complaints: string[];

  beforeAll(async () => {
    explored = await startExplored(cleanup);
    log = explored.log.key.verifier.name;
    await explored.add([exampleReceipt(1)]);
    browser = await startChromium(cleanup);
  });
  afterAll(cleanup.run);

  /** Everything that the browser refuses or fails at is a complaint. */
  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    complaints = [];
    const page = await openPage(browser, options);
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(explored.url + path);
    return page;
  }

  const pages = () => [
    '/',
    '/search?policy=region_eu',
    entryUrl(3, log),
    `/log?log=${encodeURIComponent(log)}`,
    '/log?log=foreign.example',
    `/compare?log=${encodeURIComponent(log)}&a=60&b=61`,
    '/check',
    '/policy',
    '/alerts',
    '/about',
  ];

  it.each([
    ['light and wide', { colorScheme: 'light', viewport: WIDE }],
    ['dark and narrow', { colorScheme: 'dark', viewport: PHONE }],
  ] as const)('every page is checked, fits, and has nothing that axe finds: %s', async (_, how) => {
    const found: Record<string, unknown> = {};
    for (const path of pages()) {
      const page = await open(path, how);
      await page.getByText(CHECKED).waitFor();
      for (const viewport of [TABLET, how.viewport]) {
        await page.setViewportSize(viewport);
        const fits = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
        expect([path, viewport, fits]).toEqual([path, viewport, true]);
      }
      await page.evaluate(AXE);
      const violations = await page.evaluate(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
      );
      found[path] = [violations, complaints].flat();
      await page.close();
    }
    expect(found).toEqual(Object.fromEntries(pages().map((path) => [path, []])));
  });

  it('goes from page to page and back without loading anew, says where it is, and moves the focus', async () => {
    const page = await open('/');
    await page.getByText(CHECKED).waitFor();
    await page.evaluate('window.isTheSame = true');
    await page.getByRole('link', { name: '60', exact: true }).click();
    await page.getByRole('heading', { name: `Entry 60 of ${log}` }).waitFor();
    await page.getByText(CHECKED).waitFor();
    expect(new URL(page.url()).pathname).toBe('/entry/60');
    expect(await page.title()).toContain('Entry 60');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.getByLabel('Index, hash, code, issuer or policy').fill('policy:region_eu');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Search: policy:region_eu' }).waitFor();
    expect(new URL(page.url()).search).toBe('?policy=region_eu');
    await page.goBack();
    await page.getByRole('heading', { name: `Entry 60 of ${log}` }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { name: 'Search: policy:region_eu' }).waitFor();
    expect(await page.evaluate('window.isTheSame')).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('goes to places on a page without loading it anew, and back to where a page was left', async () => {
    const page = await open('/search');
    await page.getByText(CHECKED).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.evaluate("location.hash = 'main'");
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))');
    expect(asked).toEqual([]);
    const scrolled = page.evaluate(
      "new Promise((resolve) => addEventListener('scrollend', () => resolve(scrollY), { once: true }))",
    );
    await page.evaluate('scrollTo(0, 600)');
    expect(await scrolled).toBe(600);
    await page.getByRole('link', { name: '40', exact: true }).first().press('Enter');
    await page.getByRole('heading', { name: 'Entry 40 of' }).waitFor();
    const left = await page.evaluate('scrollY');
    await page.goBack();
    await page.getByRole('heading', { name: 'Search' }).waitFor();
    expect([left, await page.evaluate('scrollY > 300')]).toEqual([0, true]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('works in more tabs than a browser has connections, of which one is seen', async () => {
    const context = await browser.newContext();
    for (let i = 0; i < 8; i++) {
      const page = await context.newPage();
      await page.goto(`${explored.url}/search`);
      await page.getByText(CHECKED).waitFor();
      // As when the next tab is opened. Chromium without a window takes all tabs for seen.
      await page.evaluate(`
        Object.defineProperty(document, 'hidden', { get: () => true });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    }
    await context.close();
  });

  it('says how many files came where they are too many, and judges the first', async () => {
    const page = await open('/check');
    await page.getByText(CHECKED).waitFor();
    const file = { mimeType: 'text/plain', buffer: Buffer.from('anything') };
    const files = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}.txt`, ...file }));
    await page.locator('input[type=file]').first().setInputFiles(files);
    await page.getByText('1,000 files came. The first 32 of them are judged.').waitFor();
    await page.locator('[data-verdict]').nth(31).waitFor();
    expect(await page.locator('[data-verdict]').count()).toBe(32);
    await page.close();
  });

  it('says how long ago each log was cosigned, and what of each page was verified', async () => {
    const page = await open('/');
    const verified = page.locator('.banner', { hasText: CHECKED });
    await verified.waitFor();
    expect(await verified.innerText()).toContain(
      'the newest checkpoint of 2 logs, 10 entries with their proofs.',
    );
    const ages = page.locator('.card time');
    for (const age of await ages.all()) {
      expect(await age.innerText()).toMatch(/^\d+ (second|minute)s? ago$/);
      expect(await age.getAttribute('title')).toMatch(/ UTC$/);
    }
    expect(await ages.count()).toBe(2);
    await page.goto(`${explored.url}/alerts`);
    await verified.waitFor();
    expect(await verified.innerText()).toContain(
      'the newest checkpoint of 2 logs. Nothing else on this page is signed.',
    );
    await page.close();
    const unscripted = await open('/', { javaScriptEnabled: false });
    expect(await unscripted.locator('.card time').first().innerText()).toMatch(/ UTC$/);
    await unscripted.close();
  });

  it('tells of new entries, and shifts nothing until it is asked to', async () => {
    const page = await open('/');
    await page.getByText(CHECKED).waitFor();
    const first = page.locator('table.data tbody tr').first();
    const before = await first.textContent();
    await explored.add([exampleReceipt(2)]);
    await page.getByText('1 new entry since this page was made.').waitFor();
    expect(await first.textContent()).toBe(before);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('since this page was made').waitFor({ state: 'detached' });
    expect(await first.textContent()).not.toBe(before);
    await page.close();
  });

  it('shows by reading the log again that a list leaves nothing out, and that numbers are right', async () => {
    const search = await open('/search?policy=region_eu');
    await search.getByText('the list leaves nothing out.').first().waitFor();
    await search.close();
    const numbers = await open(`/log?log=${encodeURIComponent(log)}`);
    await numbers.getByText('the numbers are right.').waitFor();
    await numbers.locator('.plot canvas').first().waitFor();
    await numbers.close();
  });

  it('sorts a table by the column that is asked for', async () => {
    const page = await open(`/log?log=${encodeURIComponent(log)}`);
    await page.getByText(CHECKED).waitFor();
    const table = page.getByRole('table', { name: 'Checkpoints that the explorer' });
    const sizes = async () =>
      (await table.locator('td[data-label=Size]').allTextContents()).map(Number);
    const newestFirst = await sizes();
    await table.getByRole('button', { name: 'Size' }).click();
    expect(await sizes()).toEqual(newestFirst.toReversed());
    expect(await table.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort')).toBe(
      'ascending',
    );
    await page.close();
  });

  it('compares checkpoints that are picked from the list, and one with the one before', async () => {
    const page = await open(`/log?log=${encodeURIComponent(log)}`);
    await page.getByText(CHECKED).waitFor();
    await page.getByRole('radio', { name: 'A: size 60' }).check();
    await page.getByRole('radio', { name: 'B: size 61' }).check();
    await page.getByRole('button', { name: 'Compare A with B' }).click();
    const holds = page.getByText('The tree of 61 holds the tree of 60, entry for entry.');
    await holds.waitFor();
    await page.goBack();
    await page
      .locator('tr', { has: page.getByRole('radio', { name: 'B: size 61' }) })
      .getByRole('link', { name: 'with the one before' })
      .click();
    await holds.waitFor();
    expect(new URL(page.url()).search).toContain('a=60&b=61');
    await page.close();
  });

  it('compares two checkpoints that are pasted: of one tree, of a fork, of two logs', async () => {
    const page = await open('/compare');
    await page.getByText(CHECKED).waitFor();
    await page.getByText('Paste two checkpoints instead').click();
    const compare = async (a: string, b: string) => {
      await page.getByLabel('Signed note A').fill(a);
      await page.getByLabel('Signed note B').fill(b);
      await page.getByRole('button', { name: 'Compare what is pasted' }).click();
    };
    const notesOf = async (origin: string) => {
      const path = `/v1/checkpoints?${new URLSearchParams({ log: origin, notes: 'true' })}`;
      const answer = (await (await fetch(`${explored.url}${path}`)).json()) as CheckpointsAnswer;
      return answer.checkpoints.map(({ size, note }) => ({ size, note: note! }));
    };
    const [newest, older] = await notesOf(log);
    await compare(older!.note, newest!.note);
    const words = `The tree of ${newest!.size} holds the tree of ${older!.size}, entry for entry.`;
    await page.locator('.banner.good', { hasText: words }).waitFor();
    expect(await page.locator('.merkle-signed.merkle-good').count()).toBe(2);
    const [foreign] = await notesOf(explored.foreign.origin);
    await compare(newest!.note, foreign!.note);
    await page.getByText('They are of two different logs.').waitFor();
    const { size } = older!;
    const lie = { origin: log, size, root: asHash(new Uint8Array(32).fill(7)), extensions: [] };
    await compare(signCheckpoint(lie, explored.log.key), newest!.note);
    await page.locator('.banner.bad', { hasText: 'The two contradict each other' }).waitFor();
    await page.getByText('FAILED: what this page shows cannot all be true.').waitFor();
    await page.getByRole('button', { name: /Save the evidence against/ }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows a policy by who counts in it, and hands over its text', async () => {
    const page = await open('/policy');
    await page.getByText(CHECKED).waitFor();
    const offered = page.locator('.card', { hasText: explored.foreign.origin }).last();
    expect(await offered.getByRole('row', { name: 'witness.example/w-ed' }).innerText()).toContain(
      'witness.example/w',
    );
    await offered.getByText('The policy file').click();
    const saved = page.waitForEvent('download');
    await offered.getByRole('button', { name: 'Save', exact: true }).click();
    const text = Buffer.concat(await (await (await saved).createReadStream()).toArray()).toString();
    expect(parsePolicy(text).logs[0]!.key.name).toBe(explored.foreign.origin);
    await page.close();
  });

  it('judges a dropped file without a request, and trusts by a policy that is the visitor’s', async () => {
    const page = await open('/check');
    await page.getByText(CHECKED).waitFor();
    const drop = (name: string, text: string) =>
      page.evaluate(`{
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
        const drop = { dataTransfer, bubbles: true, cancelable: true };
        document.body.dispatchEvent(new DragEvent('drop', drop));
      }`);
    // What the page needs for it is there once it has judged anything.
    await drop('any', 'any');
    await page.getByText('BYTES, of which nothing is known here').waitFor();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await drop('mine.tecp.json', Buffer.from(freshReceipt()).toString());
    await page.getByText('SIGNED, not shown to be logged').waitFor();
    const key = explored.foreign.key.verifier.text;
    await drop('mine.txt', `log ${key}\nquorum none\n`);
    await page.getByText('POLICY, which you may take as your own').waitFor();
    expect(requests).toEqual([]);
    await page.getByRole('button', { name: 'Trust by this policy from now on' }).click();
    // It does not list the other log, of which nothing counts any more.
    await page.getByText('FAILED: what this page shows cannot all be true.').waitFor();
    await page.close();
  });

  it('shows all of it without scripts, and says that nothing is checked', async () => {
    const page = await open('/', { javaScriptEnabled: false });
    await page.getByLabel('Index, hash, code, issuer or policy').fill('policy:region_eu');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('heading', { name: 'Search: policy:region_eu' }).waitFor();
    await page.locator('table.data a').first().click();
    await page.getByText('What it does not prove').waitFor();
    expect(await page.getByText('Verification needs JavaScript').isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0);
    await page.close();
  });

  it('prints in dark ink on light paper, with its charts', async () => {
    const page = await open(`/log?log=${encodeURIComponent(log)}`, { colorScheme: 'dark' });
    await page.locator('.plot canvas').first().waitFor();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const ink = await page.evaluate('getComputedStyle(document.body).color');
    expect(ink).toBe('rgb(27, 29, 33)');
    for (const control of ['.top nav', '.pick', 'button:not(.sort)']) {
      expect(await page.locator(control).first().isVisible()).toBe(false);
    }
    await page.close();
  });
});

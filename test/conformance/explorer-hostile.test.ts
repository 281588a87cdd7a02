/**
 * What strangers write into logs, names, errors, alerts and URLs, on every page of the explorer and in a real browser,
 * with JavaScript and without: it is text there, what deceives is made visible, and the browser has nothing to stop.
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explorerConfigSchema } from '#explorer/config.ts';
import type { LogAnswer } from '#explorer/search/answers.ts';
import { type RunningExplorer, startExplorer } from '#explorer/server.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { MAX_COSIGNATURE_SECONDS } from '#protocol/note/cosignature.ts';
import { parseConfig } from '#service/config.ts';
import { FakeLog, FakeServer, fakePolicy, PuppetWitness, publish } from '#test/support/fake-log.ts';
import { DECEPTIVE, MARKUP, UNSEEN } from '#test/support/hostile-texts.ts';
import { getJson } from '#test/support/http.ts';
import { freshReceipt, silent } from '#test/support/log.ts';
import { tempFile } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

/** With no character that the name of a key may not have. */
const NAME = `"'></title><script>window.owned=30</script><img/src=x/onerror=window.owned=31>.example`;
/** What no page of ours has. */
const FOREIGN =
  'iframe, object, embed, base, meta[http-equiv=refresh], img[src=x], [onerror], [onload], [onbegin], [onfocus], ' +
  '[onmouseover], [autofocus], [href^="javascript:"], [formaction], link[href^="//"], [style*=animation]';

const text = (index: number) => MARKUP[index % MARKUP.length]!;

/** Receipts that verify, with every text in every place that takes any. */
function receipts(): Uint8Array[] {
  return [...MARKUP, ...DECEPTIVE].map((words, i) =>
    freshReceipt({
      code_ref: text(i).slice(0, 256),
      environment: { region: words, provider: words },
      key_erasure: { scheme: 'sw-sim', evidence: words },
      ext: { [words]: words, [`x${i}`]: { deep: [words, { [words]: 1 }] } },
      [`unknown ${words}`]: words,
    }),
  );
}

/** At both ends of what a calendar has, and of what a receipt may state. */
const ENDS_OF_TIME = [8.64e15, Number.MAX_SAFE_INTEGER].flatMap((ms) => [ms, -ms]);

/** What only a hostile log lets in: receipts that are none, and bytes of all kinds. */
function malformed(): Uint8Array[] {
  const timed = ENDS_OF_TIME.map((ts) =>
    encodeUtf8(JSON.stringify({ code_ref: 'a', ts, version: 'TECP-0.1' })),
  );
  const worded = [...MARKUP, ...DECEPTIVE].flatMap((words) => [
    encodeUtf8(JSON.stringify({ code_ref: words, pubkey: words, ts: 1, version: 'TECP-0.1' })),
    encodeUtf8(words),
  ]);
  return [...worded, ...timed];
}

describe.skipIf(!hasChromium)('the explorer, of what strangers wrote', () => {
  const cleanup = new Cleanup();
  let browser: Browser;
  let explorer: RunningExplorer;
  let count: number;

  beforeAll(async () => {
    const log = await new FakeLog(NAME).start();
    const liar = await new FakeLog(`liar.example/${NAME}`).start();
    const witness = await new PuppetWitness(NAME).start();
    const second = await new PuppetWitness('second.example').start();
    const rogue = await new PuppetWitness('rogue.example').start();
    const witnesses = [witness, second, rogue];
    const monitor = await new FakeServer().start();
    for (const server of [log, liar, ...witnesses, monitor]) cleanup.add(() => server.close());
    const entries = [...receipts(), ...malformed()];
    count = entries.length;
    log.tree.append(entries);
    // Of times that witnesses sign, the last one is later than any calendar's.
    log.note = rogue.cosign(publish(log, [witness, second]), MAX_COSIGNATURE_SECONDS);
    liar.note = MARKUP.join('\n');
    monitor.answer = (path) => monitorAnswers(path, log.origin);
    const policyOf = (one: FakeLog) => tempFile('policy.txt', fakePolicy([one], witnesses));
    const settings = {
      listen: { port: 0 },
      database: 'explorer.db',
      interval_ms: 100,
      workers: 1,
      monitor: monitor.url,
      limits: { requests: { per_second: 5000, burst: 20_000 } },
      entry_types: ['tecp-receipt', 'opaque'],
      logs: [log, liar].map((one) => ({ url: one.url, policy: policyOf(one) })),
    };
    const path = join(cleanup.folder(), 'explorer.yaml');
    const config = parseConfig(JSON.stringify(settings), path, explorerConfigSchema);
    explorer = await startExplorer(config, { logger: silent });
    cleanup.add(() => explorer.close());
    await until(async () => {
      const [ours, theirs] = (await getJson(`${explorer.url}/v1/logs`)).logs as LogAnswer[];
      return ours!.size === count && theirs!.state === 'trouble';
    });
    await until(async () => (await getJson(`${explorer.url}/v1/monitor`)).told);
    browser = await startChromium(cleanup);
  });
  afterAll(cleanup.run);

  function monitorAnswers(path: string, origin: string): string {
    const alert = (id: number) => ({
      id,
      kind: text(id),
      severity: 'critical',
      title: text(id),
      origin: id % 2 === 0 ? origin : text(id),
      subject: DECEPTIVE[id % DECEPTIVE.length],
      detail: text(id + 1),
      evidence: [text(id)],
      raised_at: 1,
      last_seen_at: 2,
    });
    if (path.startsWith('v1/alerts')) {
      return JSON.stringify({ alerts: MARKUP.map((_, id) => alert(id)) });
    }
    const shown = { origin, agreement: 'contradicts', size: 1, cosigned_at: 1 };
    const name = text(3);
    return JSON.stringify({
      ok: false,
      logs: [{ ...shown, verified_size: 1 }],
      witnesses: [{ name, answering: false, failure: text(4), logs: [shown] }],
      evidence: [{ id: 'a'.repeat(64), kind: text(5), origin, accused: text(6), detected_at: 1 }],
    });
  }

  /** Every page, and what is asked for by those who want their question to be a part of it. */
  function paths(): string[] {
    const log = `log=${encodeURIComponent(NAME)}`;
    const asked = [...MARKUP, ...DECEPTIVE].map(encodeURIComponent);
    const some = (step: number) => asked.filter((_, i) => i % step === 0);
    return [
      '/',
      `/search?${log}`,
      `/log?${log}`,
      `/log?log=${encodeURIComponent(`liar.example/${NAME}`)}`,
      `/compare?${log}`,
      '/check',
      '/policy',
      '/alerts',
      '/about',
      ...Array.from({ length: count }, (_, i) => `/entry/${i}?${log}`).filter(
        (_, i) => i % 11 === 0,
      ),
      ...some(3).map((one) => `/search?q=${one}`),
      ...some(9).flatMap((one) => [
        `/search?code_ref=${one}`,
        `/search?${one}=1`,
        `/entry/${one}?${log}`,
        `/entry/0?log=${one}`,
        `/${one}`,
      ]),
    ];
  }

  async function watched(javaScriptEnabled: boolean) {
    const page = await openPage(browser, { javaScriptEnabled });
    const complaints: string[] = [];
    page.on('console', (message) => {
      // That a page is not there is no more than it says itself.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) {
        complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(explorer.url)) complaints.push(request.url());
    });
    return { page, complaints };
  }

  async function expectHarmless(page: Page, path: string): Promise<void> {
    expect(await page.locator(FOREIGN).count(), path).toBe(0);
    expect((await page.locator('body').innerText()).match(UNSEEN), path).toBeNull();
    expect(page.url().startsWith(explorer.url), path).toBe(true);
  }

  it('shows it as text and makes what deceives visible, with JavaScript', async () => {
    const { page, complaints } = await watched(true);
    for (const path of paths()) {
      await page.goto(`${explorer.url}${path}`);
      await page.locator('main h1').first().waitFor();
      await page.evaluate(
        'document.querySelectorAll("details").forEach((one) => { one.open = true })',
      );
      await expectHarmless(page, path);
      expect(await page.evaluate('window.owned'), path).toBeUndefined();
      expect(complaints, path).toEqual([]);
    }
    await page.close();
  });

  it('and without', async () => {
    const { page, complaints } = await watched(false);
    for (const path of paths()) {
      await page.goto(`${explorer.url}${path}`);
      await expectHarmless(page, path);
      expect(complaints, path).toEqual([]);
    }
    await page.close();
  });

  it('shows the words themselves', async () => {
    const { page } = await watched(true);
    await page.goto(`${explorer.url}/entry/0?log=${encodeURIComponent(NAME)}`);
    await page.locator('main', { hasText: MARKUP[0]! }).waitFor();
    await page.goto(`${explorer.url}/search?q=${encodeURIComponent('\u202egpj.exe')}`);
    await page.locator('main', { hasText: '202E' }).waitFor();
    await page.close();
  });
});

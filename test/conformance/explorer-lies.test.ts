/**
 * The explorer lies, and the visitor's browser says so, visibly: a real explorer with a proxy in front of it that
 * changes a byte of what it answers, and the real pages in Chromium. Told the truth, they raise no alarm.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogsAnswer } from '#explorer/search/answers.ts';
import { parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { type Explored, exampleReceipt, startExplored } from '#test/support/explorer.ts';
import { FakeTree, publish } from '#test/support/fake-log.ts';
import { type Lie, LyingExplorer, TELL_THE_TRUTH } from '#test/support/lying-explorer.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

const LOG = 'log.example/test';
const ENTRY = `/entry/9?${new URLSearchParams({ log: LOG })}`;
const SEARCH = `/search?${new URLSearchParams({ log: LOG, policy: 'region_eu' })}`;
const LOG_PAGE = `/log?${new URLSearchParams({ log: LOG })}`;
const CHECKED = 'Checked by your browser.';
const FAILED = 'FAILED: what this page shows cannot all be true.';

/** The same text with one letter or digit changed. */
function flipped(text: unknown, at = 20): string {
  const letters = `${text}`;
  return `${letters.slice(0, at)}${letters[at] === 'A' ? 'B' : 'A'}${letters.slice(at + 1)}`;
}

/** What lies are told of. */
interface Members {
  readonly index: number;
  readonly entry: string;
  readonly proof: readonly string[];
  readonly tlog_proof: string;
  readonly issuer: string;
  readonly checkpoint: string;
  readonly size: number;
}

/** Changes members of the objects that have them all. */
function change<T extends object = Members>(
  names: readonly string[],
  how: (object: T) => object,
  isMeant: (object: Record<string, unknown>) => boolean = () => true,
): Lie {
  return (object) =>
    names.every((name) => name in object) && isMeant(object)
      ? { ...object, ...how(object as T) }
      : object;
}

/** Of what has been searched for. */
interface List {
  readonly entries: readonly unknown[];
}

const isNinth = ({ index }: Record<string, unknown>) => index === 9;

describe.skipIf(!hasChromium)('the pages of an explorer', () => {
  const cleanup = new Cleanup();
  let explored: Explored;
  let liar: LyingExplorer;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    explored = await startExplored(cleanup);
    liar = await LyingExplorer.start(cleanup, explored.url);
    browser = await startChromium(cleanup);
  });
  afterAll(cleanup.run);

  beforeEach(async () => {
    liar.lie = TELL_THE_TRUTH;
    liar.behind = explored.url;
    faults.length = 0;
    page = await openVisit();
    return () => page.close();
  });

  /** Of a visitor who was never here before. */
  async function openVisit(): Promise<Page> {
    const opened = await openPage(browser);
    opened.on('pageerror', (error) => faults.push(error.message));
    opened.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) faults.push(message.text());
    });
    return opened;
  }

  /** What the page says of itself, once it has judged all. */
  async function visit(path: string): Promise<string> {
    await page.goto(`${liar.url}${path}`);
    return await verdict();
  }

  async function verdict(): Promise<string> {
    const told = page.locator('.banner', { hasText: /^(Checked|FAILED|Your browser could)/ });
    await told.first().waitFor();
    expect(faults).toEqual([]);
    return await told.first().innerText();
  }

  /** Of what is read again after the page was judged. */
  async function alarm(text: string): Promise<void> {
    await page.locator('.banner.bad', { hasText: text }).first().waitFor();
    expect(await verdict()).toContain(FAILED);
  }

  /** Says in place of one answer of the API, that comes with a page, what the explorer says to another question. */
  async function answerAs(asked: RegExp, other: string): Promise<Lie> {
    const body = await (await fetch(`${explored.url}${other}`)).json();
    return (object) => {
      const path = Object.keys(object).find((name) => asked.test(name));
      return path === undefined ? object : { ...object, [path]: { body } };
    };
  }

  it('are of what was asked for, whatever the server answers in place of it', async () => {
    const log = encodeURIComponent(LOG);
    liar.lie = await answerAs(/^\/v1\/entries\/9/, `/v1/entries/10?log=${log}`);
    expect(await visit(ENTRY)).toContain('This is not the entry that was asked for');
    liar.lie = await answerAs(
      /^\/v1\/search.*policy=region_eu/,
      `/v1/search?log=${log}&from=2099-01-01`,
    );
    await visit(SEARCH);
    await alarm('the list is not complete');
    expect(await page.getByLabel('Made at or after').inputValue()).toBe('');
  });

  it('raise no alarm about an honest one, and show lists and numbers to be whole', async () => {
    for (const path of ['/', ENTRY, SEARCH, LOG_PAGE, '/compare', '/check', '/policy']) {
      expect(await visit(path), path).toContain(CHECKED);
      expect(await page.locator('.banner.bad, .merkle-bad').count()).toBe(0);
    }
    await visit(ENTRY);
    const judged = page.getByRole('region', { name: 'Verdict' });
    expect(await judged.innerText()).toMatch(/^VALID by its signature/);
    await visit(SEARCH);
    await page.locator('.recount', { hasText: 'the list leaves nothing out' }).waitFor();
    await visit(LOG_PAGE);
    await page.locator('.recount', { hasText: 'the numbers are right' }).waitFor();
    expect(await verdict()).toContain(CHECKED);
  });

  it('notice one byte of an entry, and show that it is the leaf that is wrong', async () => {
    liar.lie = change(['entry', 'proof'], ({ entry }) => ({ entry: flipped(entry) }), isNinth);
    expect(await visit(ENTRY)).toContain('The entry is not shown to be in the tree');
    await page.locator('[data-node="leaf"].merkle-bad').waitFor();
    expect(await page.locator('.merkle-details').innerText()).toContain('FAILED: expected');
  });

  it('notice one byte of a proof, and show which hash of it is wrong', async () => {
    const how = ({ proof }: Members) => ({ proof: proof.with(2, flipped(proof[2])) });
    liar.lie = change(['entry', 'proof'], how, isNinth);
    expect(await visit(ENTRY)).toContain('The entry is not shown to be in the tree');
    await page.locator('[data-node="sibling-2"].merkle-bad').waitFor();
    expect(await page.locator('[data-node="leaf"].merkle-bad').count()).toBe(0);
  });

  it('notice one byte of the offline proof', async () => {
    const how = ({ tlog_proof: proof }: Members) => ({
      tlog_proof: flipped(proof, proof.indexOf('\n', proof.indexOf('index')) + 5),
    });
    liar.lie = change(['tlog_proof'], how);
    expect(await visit(ENTRY)).toContain('The offline proof is not the proof that is shown');
  });

  it('notice another entry than the one that was asked for', async () => {
    const path = `/v1/entries/10?${new URLSearchParams({ log: LOG })}`;
    const another = (await (await fetch(`${explored.url}${path}`)).json()) as object;
    liar.lie = change(['tlog_proof'], () => another);
    expect(await visit(ENTRY)).toContain('This is not the entry that was asked for');
  });

  it('notice one byte of the summary of a search result, and show what the entry says', async () => {
    liar.lie = change(['title', 'issuer'], ({ issuer }) => ({ issuer: flipped(issuer) }));
    expect(await visit(SEARCH)).toContain('What is said of the entry is not what it says');
    const { entries } = (await (await fetch(`${explored.url}/v1/search?limit=1`)).json()) as {
      entries: { summary: { issuer: string } }[];
    };
    const lies = flipped(entries[0]!.summary.issuer).slice(0, 30);
    expect(await page.locator('main').innerText()).not.toContain(lies);
  });

  it('notice a result that was not searched for, results in another order, and one that comes twice', async () => {
    const { entries } = (await (
      await fetch(`${explored.url}/v1/search?log=${LOG}&limit=100`)
    ).json()) as {
      entries: { index: number }[];
    };
    const stranger = entries.find(({ index }) => index === 1)!;
    const list = (how: (all: readonly unknown[]) => unknown[]) =>
      change<List>(['checkpoints', 'entries'], ({ entries: all }) => ({ entries: how(all) }));
    liar.lie = list((all) => [...all, stranger]);
    expect(await visit(SEARCH)).toContain('The entry is not one that was searched for');
    liar.lie = list((all) => [all[1], all[0], ...all.slice(2)]);
    expect(await visit(SEARCH)).toContain('The entries are not in their order');
    liar.lie = list((all) => [all[0], ...all]);
    expect(await visit(SEARCH)).toContain('One entry is listed twice');
  });

  it('notice a result that is left out, by reading the log', async () => {
    liar.lie = change<List>(['checkpoints', 'entries'], ({ entries }) => ({
      entries: entries.toSpliced(3, 1),
    }));
    expect(await visit(SEARCH)).toBeDefined();
    await alarm('The list leaves out entries');
  });

  it('notice a result that is left out of a later page, also by a visitor who begins with that one', async () => {
    const ALL = `/search?${new URLSearchParams({ log: LOG })}`;
    expect(await visit(ALL)).toContain(CHECKED);
    const older = page.getByRole('link', { name: 'Older' });
    const url = (await older.getAttribute('href'))!;
    await older.click();
    await page.locator('.recount', { hasText: 'Entries 10 to 34 were read' }).waitFor();
    expect(await verdict()).not.toContain('your browser has not had it');
    for (const at of [0, 12, 24]) {
      liar.lie = change<List>(['checkpoints', 'entries'], ({ entries }) => ({
        entries: entries.toSpliced(at, 1),
      }));
      await visit(url);
      await alarm('The list leaves out entries');
    }
    liar.lie = TELL_THE_TRUTH;
    expect(await visit(url)).toContain(CHECKED);
    expect(await page.locator('.banner').first().textContent()).toContain(
      'your browser has not had it',
    );
  });

  it('notice results that are left out between two pages', async () => {
    liar.lie = change<{ next_cursor: string }>(
      ['searched', 'next_cursor'],
      ({ next_cursor: cursor }) => ({ next_cursor: `${Number(cursor) - 3}` }),
    );
    expect(await visit(`/search?${new URLSearchParams({ log: LOG })}`)).toContain(CHECKED);
    await page.getByRole('link', { name: 'Older' }).click();
    await alarm('The page does not answer for the entries that it must answer for');
  });

  it('notice a number that is wrong by one, by reading the log', async () => {
    const isOne = ({ value }: Record<string, unknown>) => value === 'region_eu';
    liar.lie = change<{ entries: number }>(
      ['value', 'entries'],
      ({ entries }) => ({ entries: entries + 1 }),
      isOne,
    );
    expect(await visit(LOG_PAGE)).toBeDefined();
    await alarm("The numbers are not those of the log's entries");
  });

  it('read no log again unasked that is said to have more than a few megabytes', async () => {
    liar.lie = change(['bytes', 'faults'], () => ({ bytes: 5 * 1024 * 1024 }));
    await visit(LOG_PAGE);
    const read = page.getByRole('button', { name: /^Read 60 entries here/ });
    await read.waitFor();
    expect(await page.locator('.recount .banner').count()).toBe(0);
    await read.click();
    await alarm("The numbers are not those of the log's entries");
  });

  it('notice one byte of a checkpoint, and a size that nobody signed', async () => {
    const isLog = ({ log }: Record<string, unknown>) => log === LOG;
    const how = ({ checkpoint }: Members) => ({
      checkpoint: flipped(checkpoint, checkpoint.length - 40),
    });
    liar.lie = change(['checkpoint', 'files'], how, isLog);
    expect(await visit('/')).toContain('A signature on the checkpoint does not verify');
    liar.lie = change(['checkpoint', 'files'], ({ size }) => ({ size: size + 1 }), isLog);
    expect(await visit('/')).toContain('The size is not that of the checkpoint');
  });

  it('notice an answer of another form, and show no markup of it', async () => {
    liar.lie = change(['entries', 'checkpoints'], () => ({ entries: '<b>entries</b>' }));
    expect(await visit(SEARCH)).toContain('The answer has not the form that it must have');
    liar.lie = change(['title', 'issuer'], () => ({ title: 7, policies: { a: 'b' } }));
    for (const path of [SEARCH, ENTRY]) {
      expect(await visit(path)).toContain('The answer has not the form that it must have');
    }
  });

  it('notice a log that shows another face at the next visit, and hand over the evidence', async () => {
    expect(await visit('/')).toContain(CHECKED);
    const face = await startExplored(
      cleanup,
      Array.from({ length: 70 }, (_, i) => exampleReceipt(i)),
    );
    liar.behind = face.url;
    expect(await visit('/')).toContain('THE LOG HAS CONTRADICTED ITSELF');
    const saved = page.waitForEvent('download');
    await page
      .getByRole('button', { name: /Save the evidence against/ })
      .first()
      .click();
    const stream = await (await saved).createReadStream();
    const bytes = new Uint8Array(Buffer.concat(await stream.toArray()));
    expect(verifyEvidence(parseEvidence(bytes))).toMatchObject({ proven: true, standing: 'proof' });
    // Another visitor, who has seen nothing before, cannot know; nor this one, once they have it forgotten.
    const first = page;
    page = await openVisit();
    expect(await visit('/')).toContain(CHECKED);
    await page.close();
    page = first;
    await page.getByRole('link', { name: /what it remembers/ }).click();
    await page.getByRole('heading', { name: 'What this browser remembers' }).waitFor();
    const remembered = page.getByRole('table', { name: /newest checkpoint of each log/ });
    const row = (log: string) => remembered.getByRole('row', { name: log });
    expect(await row(LOG).innerText()).toContain('60');
    // The other explorer has its own foreign log, too, under the same name.
    for (const log of [LOG, explored.foreign.origin]) {
      await row(log).getByText('Forget …').click();
      expect(await row(log).innerText()).toContain('you will not be told again');
      await row(log)
        .getByRole('button', { name: `Forget what was seen of ${log}` })
        .click();
    }
    await page.getByText(CHECKED).waitFor();
    expect(await row(LOG).innerText()).toContain('70');
    expect(await visit('/')).toContain(CHECKED);
  });

  it('call a log a liar only by evidence that they have verified', async () => {
    const isLog = ({ log }: Record<string, unknown>) => log === LOG;
    const frozen = () => ({ state: 'frozen', evidence: ['ab'.repeat(32)] });
    liar.lie = change(['state', 'files'], frozen, isLog);
    expect(await visit('/')).toContain('its evidence does not prove it');
    const banner = page.locator('.banner', { hasText: 'has contradicted itself.' });
    expect(await banner.innerText()).toContain(`The explorer says that the log ${LOG}`);
    const real = await startExplored(cleanup);
    real.foreign.tree = new FakeTree().append(50, 'another');
    publish(real.foreign, [real.witness]);
    await until(async () => {
      const answer = await (await fetch(`${real.url}/v1/logs`)).json();
      return (answer as LogsAnswer).logs.some(({ state }) => state === 'frozen');
    });
    await page.goto(`${real.url}/`);
    await page.getByText('has contradicted itself: your browser has verified the proof.').waitFor();
    expect(await verdict()).toContain(CHECKED);
  });

  it('trust nobody whom the policy of the visitor does not name, and say so everywhere', async () => {
    await visit('/policy');
    const { logs } = (await (await fetch(`${explored.url}/v1/logs`)).json()) as {
      logs: { log: string; policy: string }[];
    };
    await page.fill('#policy', logs.find(({ log }) => log !== LOG)!.policy);
    await page.getByRole('button', { name: 'Trust by this policy from now on' }).click();
    const words = 'does not list this log';
    await page.locator('.banner.bad', { hasText: words }).waitFor();
    for (const path of ['/', ENTRY, SEARCH, LOG_PAGE]) {
      const told = await visit(path);
      expect(told, path).toContain(FAILED);
      expect(told, path).toContain(words);
    }
    const foreign = `/entry/3?log=${explored.foreign.origin}`;
    expect(await visit(foreign)).toContain(words);
    await visit('/policy');
    await page.getByRole('button', { name: 'Trust by this policy no more' }).click();
    await page.locator('.banner', { hasText: CHECKED }).waitFor();
  });

  it('judge files that are dropped without a single request', async () => {
    const path = `/v1/entries/9?${new URLSearchParams({ log: LOG })}`;
    const { entry, tlog_proof: proof } = (await (await fetch(`${explored.url}${path}`)).json()) as {
      entry: string;
      tlog_proof: string;
    };
    await visit(ENTRY);
    await page.waitForLoadState('networkidle');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.evaluate(
      `(() => {
        const transfer = new DataTransfer();
        const receipt = Uint8Array.from(atob(${JSON.stringify(entry)}), (c) => c.charCodeAt(0));
        transfer.items.add(new File([receipt], 'receipt.tecp.json'));
        transfer.items.add(new File([${JSON.stringify(proof)}], 'of-it.tlog-proof'));
        transfer.items.add(new File(['anything at all'], 'unknown'));
        for (const type of ['dragover', 'drop']) {
          document.body.dispatchEvent(
            new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }),
          );
        }
      })()`,
    );
    const verdicts = page.locator('[data-verdict]');
    await verdicts.first().waitFor();
    expect(await verdicts.count()).toBe(3);
    expect(await verdicts.nth(0).innerText()).toContain('VALID');
    expect(await verdicts.nth(0).innerText()).toContain('index 9 in a tree of');
    expect(await verdicts.nth(2).innerText()).toContain('leaf hash');
    await page.waitForLoadState('networkidle');
    expect(requests).toEqual([]);
  });

  it('compare two checkpoints, and draw the proof that the log has only grown', async () => {
    const path = `/v1/checkpoints?${new URLSearchParams({ log: LOG, notes: 'true' })}`;
    await explored.add([exampleReceipt(100), exampleReceipt(101), exampleReceipt(102)]);
    const { checkpoints } = (await (await fetch(`${explored.url}${path}`)).json()) as {
      checkpoints: { size: number }[];
    };
    const [b, a] = checkpoints.map(({ size }) => size).filter((size) => size > 0);
    const query = new URLSearchParams({ log: LOG, a: `${a}`, b: `${b}` });
    await visit(`/compare?${query}`);
    await page.getByText(`The tree of ${b} holds the tree of ${a}, entry for entry.`).waitFor();
    expect(await page.locator('.merkle-signed.merkle-good').count()).toBe(2);
    await page.locator('[data-node="signed-new"]').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.merkle-details').innerText()).toContain('recomputed now');
  });
});

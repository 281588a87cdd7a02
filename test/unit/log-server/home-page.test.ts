/** The page at the log's own URL: for browsers only, true, and made of nothing but what readers are shown. */
import { afterAll, describe, expect, it } from 'vitest';
import { type HomeFacts, headlineOf, homePage } from '#log-server/serving/home-page.ts';
import { opaque } from '#protocol/entry/opaque/opaque.ts';
import { openWithPolicy, parsePolicy } from '#protocol/policy/policy.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { post } from '#test/support/http.ts';
import { freshReceipt, startTestLog } from '#test/support/log.ts';
import { Cleanup } from '#test/support/witness.ts';

const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8';
const cleanup = new Cleanup();
afterAll(cleanup.run);

async function startCosigned(settings: Record<string, unknown> = {}) {
  const witness = await FakeWitness.start('w1', 31);
  cleanup.add(() => witness.close());
  const server = await startTestLog({ policy: policyOf([witness], 1), log: settings });
  cleanup.add(() => server.close());
  const ask = async (accept: string, method = 'GET') =>
    await fetch(server.url, { method, headers: { accept } });
  return { server, ask };
}

it('a browser gets size, root, who cosigned, commands and links; programs get what they always got', async () => {
  const { server, ask } = await startCosigned();
  for (const accept of ['*/*', 'application/json', 'text/plain']) {
    const answer = await ask(accept);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'not-found' });
    expect(answer.headers.get('vary')).toBe('Accept');
  }
  const posted = await ask(BROWSER, 'POST');
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  await post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt());
  const answer = await ask(BROWSER);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const text = await answer.text();
  const note = await (await fetch(`${server.url}/checkpoint`)).text();
  const [origin, size, root] = note.split('\n');
  expect(size).toBe('1');
  for (const words of ['1 entry, cosigned by w1.', origin, root, 'tecp audit', server.url]) {
    expect(text).toContain(words);
  }
  const links = Array.from(text.matchAll(/href="(\/[^"]*)"/g), ([, href]) => href);
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) {
    expect((await fetch(`${server.url}${link}`)).status, link).toBe(200);
  }
});

it('a log under a path has its page there, with links below it', async () => {
  const { server } = await startCosigned({ path: '/a/b' });
  const answer = await fetch(`${server.url}/a/b`, { headers: { accept: BROWSER } });
  const text = await answer.text();
  const links = Array.from(text.matchAll(/href="(\/[^"]*)"/g), ([, href]) => href);
  expect(links.length).toBeGreaterThan(3);
  expect(links.every((link) => link!.startsWith('/a/b/'))).toBe(true);
});

describe('the headline', () => {
  it('says what is wrong before anything else, and what is closed', async () => {
    const { server } = await startCosigned();
    await post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt());
    const note = await (await fetch(`${server.url}/checkpoint`)).text();
    const policy = parsePolicy(await (await fetch(`${server.url}/v1/log/policy`)).text());
    const facts: HomeFacts = {
      key: policy.logs[0]!.key,
      policy,
      types: [opaque],
      url: 'https://log.example',
      explorer: undefined,
      path: '',
      published: openWithPolicy(note, policy),
      isFrozen: false,
      trouble: undefined,
      nowMs: Date.now(),
    };
    const said = (more: Partial<HomeFacts>) => headlineOf({ ...facts, ...more });
    expect(said({})).toEqual({ tone: 'good', words: '1 entry, cosigned by w1.' });
    expect(said({ isFrozen: true }).words).toBe('This log is closed for ever, with 1 entry.');
    expect(said({ published: undefined })).toMatchObject({ tone: 'busy' });
    const trouble = 'the disk is <full>';
    expect(said({ trouble, isFrozen: true, published: undefined }).tone).toBe('bad');
    const found = String(await homePage({ ...facts, explorer: 'https://look.example' }).body);
    const query = new URLSearchParams({ log: facts.key.name });
    expect(found).toContain(`href="https://look.example/log?${query}"`);
    const page = String(await homePage({ ...facts, trouble }).body);
    expect(page).toContain('the disk is &lt;full&gt;');
  });
});

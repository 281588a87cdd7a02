/** The page of the witness: for people only, true, and cheap however many logs there are. */
import { afterEach, describe, expect, it } from 'vitest';
import { prefersHtml } from '#service/page/negotiate.ts';
import { logKey } from '#test/support/log.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { eventually } from '#test/support/wait.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { LOGS_ON_A_PAGE, type WitnessFacts, witnessHeadline, witnessPage } from '#witness/page.ts';
import type { PeerStanding } from '#witness/peer-book.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const NOW_MS = Date.UTC(2026, 4, 12, 3);

it.each([
  [BROWSER, true],
  ['text/html', true],
  ['*/*', false],
  [undefined, false],
  ['application/json', false],
  ['application/json, text/html', false],
  ['application/json;q=0.5, text/html', true],
  ['text/html;q=0.1, */*', false],
  ['text/html;q=x', false],
])('who accepts %s gets a page: %s', (accept, expected) => {
  expect(prefersHtml(accept)).toBe(expected);
});

const EVIDENCE_ID = '00'.repeat(32);

const healthyPeer: PeerStanding = {
  name: 'peer',
  url: 'http://peer.example',
  answeredAgoMs: 1000,
  isAsked: true,
  results: new Map([['consistent', 1]]),
  trouble: undefined,
};

function log(n: number, changes = {}) {
  const origin = `log.example/${n}`;
  return {
    origin,
    size: 5,
    timeSeconds: NOW_MS / 1000 - 10,
    frozenBy: undefined,
    owed: undefined,
    ...changes,
  };
}

function facts(changes: Partial<WitnessFacts> = {}): WitnessFacts {
  return {
    name: 'witness.example',
    vkeys: ['witness.example+00000000+AA=='],
    logs: [log(1)],
    peers: [healthyPeer],
    evidence: 0,
    patienceMs: 60_000,
    nowMs: NOW_MS,
    startedAtMs: NOW_MS - 1000,
    trouble: undefined,
    from: 0,
    ...changes,
  };
}

const bodyOf = async (changes: Partial<WitnessFacts>) =>
  String(await witnessPage(facts(changes)).body);

describe('the sentence on top', () => {
  it('says that all is in order only if it is', () => {
    expect(witnessHeadline(facts()).words).toBe('All is in order: 1 of 1 log cosigned, 1 peer.');
    const owed = (waitedMs: number) => ({ owed: { count: 2, waitedMs } });
    const wrong: [Partial<WitnessFacts>, string][] = [
      [{ logs: [log(1), log(2, { frozenBy: EVIDENCE_ID })] }, '1 log has contradicted'],
      [{ logs: [log(1, owed(60_000))] }, '1 log not cosigned until'],
      [{ peers: [{ ...healthyPeer, trouble: 'no connection' }] }, '1 of 1 peer not in order'],
      [{ trouble: 'the disk is full' }, 'Nothing can be cosigned: the disk is full.'],
    ];
    for (const [changes, words] of wrong) {
      expect(witnessHeadline(facts(changes)).words).toContain(words);
      expect(witnessHeadline(facts(changes)).tone).not.toBe('good');
    }
  });
});

it('a key that fills a page is folded behind its beginning', async () => {
  const vkey = `witness.example+00000000+BnsIcPxn${'AAAA+BBBB'.repeat(100)}`;
  const body = await bodyOf({ vkeys: [vkey] });
  expect(body).toContain('<code>witness.example+00000000+BnsIcPxn…</code>');
  expect(body).toContain(`<pre>${vkey}</pre>`);
});

it('of many logs it shows a page, those that want looking at first', async () => {
  const logs = Array.from({ length: 10_000 }, (_, i) =>
    log(i, i === 9000 ? { frozenBy: EVIDENCE_ID } : {}),
  );
  const first = await bodyOf({ logs });
  expect(first.match(/log\.example\//g)).toHaveLength(LOGS_ON_A_PAGE);
  expect(first.indexOf('log.example/9000<')).toBeLessThan(first.indexOf('log.example/0<'));
  expect(first).toContain('1 to 100 of 10000');
  expect(first).toContain('href="/?from=100"');
  const last = await bodyOf({ logs, from: 9900 });
  expect(last).toContain('9901 to 10000 of 10000');
  expect(last).not.toContain('?from=10000');
});

it('a browser gets the page with logs, peers and evidence; a program gets JSON as ever', async () => {
  const memory = new MemoryLog(logKey('<b>log</b>.example'));
  const peerUrl = await cleanup.serve((_, response) => response.writeHead(500).end());
  const { keys } = witnessSetup(cleanup.folder(), []);
  const peer = { name: 'other', url: peerUrl, vkeys: [keys[0]!.verifier.text] };
  const { config } = witnessSetup(cleanup.folder(), [], {
    config: {
      logs: [{ vkey: memory.key.verifier.text, url: peerUrl }],
      peers: [peer],
      cross_check: { interval_ms: 100 },
    },
  });
  const { url } = await startTestWitness(cleanup, config);
  const ask = async (accept: string, path = '/') =>
    await fetch(`${url}${path}`, { headers: { accept } });
  const json = await ask('*/*');
  expect(json.headers.get('content-type')).toContain('application/json');
  expect(json.headers.get('vary')).toBe('Accept');
  expect(await json.json()).toMatchObject({ logs: [{ origin: '<b>log</b>.example' }] });
  await eventually(async () => {
    const answer = await ask(BROWSER);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('vary')).toBe('Accept');
    const page = await answer.text();
    expect(page).toContain('&lt;b&gt;log&lt;/b&gt;.example');
    expect(page).toContain('nothing cosigned yet');
    expect(page).toContain('not all could be compared');
    expect(page).toContain('1 of 1 peer not in order');
  });
  expect(await (await ask(BROWSER, '/findings')).text()).toContain('0 pieces');
  expect((await ask(BROWSER, '/?from=x')).status).toBe(400);
});

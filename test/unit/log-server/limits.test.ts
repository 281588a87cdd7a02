/** Limits of a log server: over each one a clear refusal with Retry-After, and nothing lost. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PublishedCheckpoint } from '#log-server/serving/published-checkpoint.ts';
import { WriterClient } from '#log-server/store/sqlite/client.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { expectLogSound } from '#test/support/check.ts';
import { openRaw, post, postLines, problemOf, submittedOf } from '#test/support/http.ts';
import { newKey } from '#test/support/keys.ts';
import {
  freshReceipt,
  silent,
  startTestLog,
  type TestLog,
  type TestLogOptions,
} from '#test/support/log.ts';
import { stopRateClock } from '#test/support/rate-clock.ts';
import { timed } from '#test/support/stretch.ts';
import { until } from '#test/support/wait.ts';

/** A policy whose quorum never comes: its one witness has no URL. */
const SILENT_KEY = newKey('witness.example/silent', KEY_TYPES.cosignatureEd25519).verifier.text;
const NO_QUORUM = {
  policy: `witness w ${SILENT_KEY}\nquorum w\n`,
  dependencies: { logger: silent, trustDatabase: true },
};

async function withLog(options: TestLogOptions, work: (server: TestLog) => Promise<void>) {
  const server = await startTestLog(options);
  try {
    await work(server);
    await expectLogSound(server.logs[0]!);
    expect(server.fatal).toEqual([]);
  } finally {
    await server.close();
  }
}

/** Holds up every commit in this process until what it returns is called. */
function holdCommits(): () => void {
  const { sequence } = WriterClient.prototype;
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = vi.spyOn(WriterClient.prototype, 'sequence');
  held.mockImplementation(async function (this: WriterClient, entries) {
    await promise;
    return await sequence.call(this, entries);
  });
  onTestFinished(() => held.mockRestore());
  return resolve;
}

/** Takes a while to read, and is no receipt. */
const LONG_LINE = `{"a":[${'1,'.repeat(7000)}1]}`;

const limited = (limits: Record<string, unknown>): TestLogOptions => ({ settings: { limits } });

describe('the rate of one client', () => {
  it('of submissions is limited: 429 says when to come back, and then it is let in', async () => {
    const pass = stopRateClock();
    const limits = { submissions: { per_second: 1, burst: 3 } };
    await withLog(limited(limits), async (server) => {
      const url = `${server.url}/v1/log/entries`;
      for (let i = 0; i < 3; i++) await submittedOf(await post(url, freshReceipt()));
      const receipt = freshReceipt();
      const refused = await post(url, receipt);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'rate-limited' });
      expect(server.logs[0]!.head.size).toBe(3);
      pass(1000);
      await submittedOf(await post(url, receipt));
    });
  });

  it('counts each line of a batch, and lets a large one in when nothing was sent before', async () => {
    stopRateClock();
    const limits = { submissions: { per_second: 1, burst: 5 } };
    await withLog(limited(limits), async (server) => {
      const url = `${server.url}/v1/log/entries`;
      const lines = Array.from({ length: 8 }, () => freshReceipt());
      expect(await postLines(url, lines)).toHaveLength(8);
      const refused = await post(url, freshReceipt());
      expect(refused.headers.get('retry-after')).toBe('4');
      expect(await problemOf(refused)).toMatchObject({ status: 429 });
    });
  });

  it('of reads is limited apart from submissions', async () => {
    stopRateClock();
    const limits = { reads: { per_second: 1, burst: 2 } };
    await withLog(limited(limits), async (server) => {
      const read = () => fetch(`${server.url}/checkpoint`);
      await until(() => server.logs[0]!.published !== undefined);
      expect([(await read()).status, (await read()).status]).toEqual([200, 200]);
      const refused = await read();
      expect(refused.headers.get('retry-after')).toBe('1');
      // A page that may read may also read why it may not.
      expect(refused.headers.get('access-control-allow-origin')).toBe('*');
      expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'rate-limited' });
      await submittedOf(await post(`${server.url}/v1/log/entries`, freshReceipt()));
    });
  });

  it('of reads counts a proof, and a bundle that is made for it, as several', async () => {
    stopRateClock();
    const limits = { reads: { per_second: 1, burst: 12 } };
    for (const path of [
      'v1/log/proof?index=0',
      'v1/log/consistency?from=1',
      'tile/entries/000.p/1',
    ]) {
      await withLog(limited(limits), async (server) => {
        await submittedOf(await post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt()));
        const statuses = [];
        for (let i = 0; i < 2; i++) {
          // Without gzip, then with it: the second is another body to be made.
          const headers = { 'accept-encoding': i === 0 ? 'identity' : 'gzip' };
          statuses.push((await fetch(`${server.url}/${path}`, { headers })).status);
        }
        for (let i = 0; i < 5; i++) statuses.push((await fetch(`${server.url}/checkpoint`)).status);
        expect(statuses).toContain(429);
      });
    }
  });

  it('is that of the address that the own proxy saw, if there is one', async () => {
    stopRateClock();
    const limits = { submissions: { per_second: 1, burst: 1 } };
    await withLog({ settings: { limits, trust_proxy: true } }, async (server) => {
      const url = `${server.url}/v1/log/entries`;
      const from = (address: string) =>
        post(url, freshReceipt(), { 'x-forwarded-for': `10.9.9.9, ${address}` });
      const statuses = [];
      for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
        statuses.push((await from(address)).status);
      }
      expect(statuses).toEqual([200, 200, 429]);
    });
  });
});

describe('the queue', () => {
  it('when it is full answers 503, and each entry gets in by trying again', async () => {
    await withLog(limited({ queued_entries: 3 }), async (server) => {
      const url = `${server.url}/v1/log/entries`;
      const receipts = Array.from({ length: 30 }, () => freshReceipt());
      const letCommit = holdCommits();
      const refused: Response[] = [];
      const answers = receipts.map(async (receipt) => {
        const answer = await post(url, receipt);
        if (answer.status === 503) refused.push(answer);
      });
      await until(() => refused.length === 27);
      letCommit();
      await Promise.all(answers);
      expect(refused[0]!.headers.get('retry-after')).toBe('1');
      expect(await problemOf(refused[0]!)).toMatchObject({ code: 'overloaded' });
      for (const receipt of receipts) await submittedOf(await post(url, receipt));
      expect(server.logs[0]!.head.size).toBe(30);
    });
  });

  it('refuses each line of a batch for itself, and takes a batch larger than it when it is empty', async () => {
    await withLog(limited({ queued_entries: 10 }), async (server) => {
      const url = `${server.url}/v1/log/entries`;
      const batch = () => Array.from({ length: 30 }, () => freshReceipt());
      const letCommit = holdCommits();
      const first = postLines(url, batch());
      await until(() => server.logs[0]!.queueDepth === 30);
      const refused = await postLines(url, [...batch(), new Uint8Array(1)]);
      letCommit();
      expect(refused.map(({ status }) => status)).toEqual([...Array(30).fill(503), 400]);
      expect(new Set((await first).map(({ status }) => status))).toEqual(new Set([200]));
    });
  });
});

describe.concurrent('waiting for proofs', () => {
  const options = (wait_ms: number) => ({
    ...NO_QUORUM,
    settings: { limits: { waiters: 2, wait_ms } },
  });

  it('is limited in number: one too many is refused before anything is stored', async () => {
    await withLog(options(60_000), async (server) => {
      const url = `${server.url}/v1/log/entries?wait=proof`;
      const waiting = [post(url, freshReceipt()), post(url, freshReceipt())];
      await until(() => server.served[0]!.waiters.count === 2);
      const refused = await post(url, freshReceipt());
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'too-many-waiters' });
      expect(server.logs[0]!.head.size).toBe(2);
      server.served[0]!.waiters.close();
      for (const response of await Promise.all(waiting)) {
        expect(await problemOf(response)).toMatchObject({ code: 'proof-pending' });
      }
    });
  });

  it('answers with the index what is stored already but finds no room to wait', async () => {
    await withLog(options(300), async (server) => {
      const lines = Array.from({ length: 5 }, () => freshReceipt());
      const results = await postLines(`${server.url}/v1/log/entries?wait=proof`, lines);
      expect(results.map(({ code }) => code)).toEqual(Array(5).fill('proof-pending'));
      const indices = results.map(({ leaf_index }) => leaf_index);
      expect(new Set(indices)).toEqual(new Set([0, 1, 2, 3, 4]));
    });
  });

  it('ends when the client goes away', async () => {
    const limits = { wait_ms: 60_000 };
    await withLog({ ...NO_QUORUM, settings: { limits } }, async (server) => {
      const gone = new AbortController();
      const url = `${server.url}/v1/log/entries?wait=proof`;
      const body = freshReceipt() as Uint8Array<ArrayBuffer>;
      const headers = { 'content-type': 'application/json' };
      const request = fetch(url, { method: 'POST', headers, body, signal: gone.signal });
      request.catch(() => undefined);
      await until(() => server.served[0]!.waiters.count === 1);
      gone.abort();
      await until(() => server.served[0]!.waiters.count === 0);
      await expect(request).rejects.toThrow();
    });
  });

  it('ends when the server stops: the answer is the index, before the connection is cut', async () => {
    const server = await startTestLog({
      ...NO_QUORUM,
      settings: { limits: { wait_ms: 60_000 } },
    });
    const waiting = post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt());
    await until(() => server.served[0]!.waiters.count === 1);
    const closed = server.close();
    const problem = await problemOf(await waiting);
    expect(problem).toMatchObject({ status: 503, code: 'proof-pending', leaf_index: 0 });
    await closed;
  });
});

describe('a batch', () => {
  it('whose answer its client does not take has no more proofs in memory than one or two', async () => {
    await withLog({}, async (server) => {
      const proof = new Uint8Array(512 * 1024).fill(32);
      const made = vi.spyOn(PublishedCheckpoint.prototype, 'proofMember').mockReturnValue(proof);
      onTestFinished(() => made.mockRestore());
      const lines = Array.from({ length: 100 }, () => Buffer.from(freshReceipt()).toString()).join(
        '\n',
      );
      const url = `${server.url}/v1/log/entries?wait=proof`;
      const response = await post(url, lines, { 'content-type': 'application/x-ndjson' });
      let before: number;
      do {
        before = made.mock.calls.length;
        await new Promise((resolve) => setTimeout(resolve, 300));
      } while (made.mock.calls.length > before);
      // What the system buffers between two sockets is some megabytes.
      expect(made.mock.calls.length).toBeLessThan(50);
      expect(
        (await response.text()).split('\n').map((line) => line.length === proof.length),
      ).toEqual([...Array(100).fill(true), false]);
    });
  });

  it('of a thousand lines that take long to refuse lets others in between', async () => {
    await withLog({}, async (server) => {
      const admit = vi.spyOn(server.served[0]!, 'admit');
      const refused = postLines(`${server.url}/v1/log/entries`, Array(1000).fill(LONG_LINE));
      const seen = new Set<number>();
      while (admit.mock.calls.length < 1000) {
        expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
        seen.add(admit.mock.calls.length);
      }
      expect(await refused).toHaveLength(1000);
      // Beside 0 and 1,000.
      expect(seen.size).toBeGreaterThan(5);
    });
  });
});

describe.concurrent('connections', () => {
  it('above the limit: the one that was silent for longest makes room', async () => {
    await withLog(limited({ connections: 8 }), async (server) => {
      // All are of one client, whose quarter is two.
      const first = await openRaw(server.url);
      const second = await openRaw(server.url);
      const third = await openRaw(server.url);
      await first.closed;
      third.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
      await until(async () => third.received().includes('200 OK'));
      for (const { socket } of [second, third]) socket.destroy();
    });
  });

  it('that stall in the middle of a header are cut, and others are served meanwhile', async () => {
    await withLog({}, async (server) => {
      const stalled = await openRaw(server.url);
      stalled.socket.write('POST /v1/log/entries HTTP/1.1\r\nhost: localhost\r\n');
      const { tookMs, stretch } = await timed(async () => {
        await submittedOf(await post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt()));
        await stalled.closed;
      });
      expect(tookMs).toBeLessThan(15_000 * stretch);
      expect(stalled.received()).toMatch(/^HTTP\/1.1 408 /);
    });
  });

  it('that are slow with many large batches take no place but their own', async () => {
    await withLog({ settings: { trust_proxy: true } }, async (server) => {
      const url = `${server.url}/v1/log/entries`;
      const head =
        'POST /v1/log/entries HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 192.0.2.1\r\n' +
        `content-type: application/x-ndjson\r\ncontent-length: ${16 << 20}\r\n\r\n`;
      const slow = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.url)));
      for (const { socket } of slow) socket.write(head);
      await until(() => slow.filter(({ received }) => received().includes(' 503 ')).length === 16);
      await submittedOf(await post(url, freshReceipt(), { 'x-forwarded-for': '192.0.2.2' }));
      for (const { socket } of slow) socket.destroy();
    });
  });

  it('that break in the middle of a body leave nothing behind', async () => {
    await withLog({}, async (server) => {
      const body = freshReceipt();
      const broken = await openRaw(server.url);
      const head =
        'POST /v1/log/entries HTTP/1.1\r\nhost: localhost\r\n' +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
      broken.socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, -1)]));
      await new Promise((resolve) => setTimeout(resolve, 50));
      broken.socket.destroy();
      await broken.closed;
      const { leaf_index } = await submittedOf(
        await post(`${server.url}/v1/log/entries?wait=proof`, freshReceipt()),
      );
      expect(leaf_index).toBe(0);
    });
  });
});

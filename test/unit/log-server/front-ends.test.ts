/**
 * Several front ends of one server, in threads of their own: one log, whichever of them is asked, and
 * nothing that one of them has shown is unknown to another.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimPort } from '#log-server/front-end/port-claim.ts';
import { toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { expectLogSound } from '#test/support/check.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { freshReceipt, startTestLog, type TestLog } from '#test/support/log.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { until } from '#test/support/wait.ts';

const WORKERS = 3;
const JSON_TYPE = { 'content-type': 'application/json' };
/** So many connections that each front end has some: else once in 10^8 runs. */
const CONNECTIONS = 48;

/** Asks on a connection of its own, so whichever front end the kernel chooses. */
async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(url, { ...init, headers: { connection: 'close', ...init.headers } });
}

/** What the answer says, which may be a problem. */
// biome-ignore lint/suspicious/noExplicitAny: the test is about what it is
async function submit(server: TestLog, body: Uint8Array, query = ''): Promise<any> {
  const init = { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers: JSON_TYPE };
  return await (await ask(`${server.url}/v1/log/entries${query}`, init)).json();
}

/** How many requests of this route were counted, over all threads. */
async function counted(server: TestLog, route: string): Promise<number> {
  const text = await (await ask(`${server.url}/metrics`)).text();
  const line = new RegExp(`_request_duration_seconds_count\\{[^}]*route="${route}"[^}]*\\} (\\d+)`);
  return Number(line.exec(text)?.[1] ?? 0);
}

describe('several front ends', () => {
  let witness: FakeWitness;
  let server: TestLog;
  beforeAll(async () => {
    witness = await FakeWitness.start('w1', 51);
    server = await startTestLog({
      policy: policyOf([witness], 1),
      settings: { workers: WORKERS },
    });
  });
  afterAll(async () => {
    await expectLogSound(server.logs[0]!);
    await server.close();
    await witness.close();
    expect(server.fatal).toEqual([]);
  });

  it('give each entry one index, whichever of them it comes to, and know each other’s entries', async () => {
    const before = server.logs[0]!.head.size;
    const entries = Array.from({ length: CONNECTIONS }, () => freshReceipt());
    const submitted = await Promise.all(entries.map((entry) => submit(server, entry)));
    const indices = submitted.map(({ leaf_index }) => leaf_index).sort((a, b) => a - b);
    expect(indices).toEqual(Array.from({ length: CONNECTIONS }, (_, i) => before + i));
    const again = await Promise.all(entries.map((entry) => submit(server, entry)));
    expect(again).toEqual(submitted.map((it) => ({ ...it, duplicate: true })));
  });

  it('all serve what one of them has shown: no checkpoint is forgotten by the next', async () => {
    let newest = 0;
    for (let i = 0; i < 20; i++) {
      const { leaf_index, proof } = await submit(server, freshReceipt(), '?wait=proof');
      const { size } = parseCheckpoint(parseNote(proof.slice(proof.indexOf('\n\n') + 2)).text);
      expect(size).toBeGreaterThan(leaf_index);
      newest = Math.max(newest, size);
      const shown = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const note = await (await ask(`${server.url}/checkpoint`)).text();
          return parseCheckpoint(parseNote(note).text).size;
        }),
      );
      for (const other of shown) expect(other).toBeGreaterThanOrEqual(newest);
    }
  });

  it('serve the tiles under a checkpoint before any witness is shown it', async () => {
    const statuses: number[] = [];
    witness.behaviour = async ({ checkpoint }) => {
      const { size } = parseCheckpoint(parseNote(checkpoint).text);
      const path = size % 256 === 0 ? '' : `.p/${size % 256}`;
      const tile = `${server.url}/tile/0/${String(Math.floor((size - 1) / 256)).padStart(3, '0')}`;
      const asked = Array.from({ length: 8 }, () => ask(`${tile}${path}`));
      statuses.push(...(await Promise.all(asked)).map(({ status }) => status));
      return undefined;
    };
    for (let i = 0; i < 5; i++) await submit(server, freshReceipt(), '?wait=proof');
    witness.behaviour = () => undefined;
    expect(statuses.length).toBeGreaterThanOrEqual(40);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('find a proof by leaf hash that another one has given an index', async () => {
    const entry = freshReceipt();
    await submit(server, entry, '?wait=proof');
    const url = `${server.url}/v1/log/proof?leaf=${toHex(leafHash(entry))}`;
    const proofs = await Promise.all(
      Array.from({ length: 12 }, async () => (await ask(url)).text()),
    );
    expect(new Set(proofs).size).toBe(1);
  });

  it('add up what they count, whichever of them is scraped', async () => {
    const from = await counted(server, '/checkpoint');
    await Promise.all(Array.from({ length: CONNECTIONS }, () => ask(`${server.url}/checkpoint`)));
    await until(async () => (await counted(server, '/checkpoint')) === from + CONNECTIONS);
  });

  it('refuse as one: with its reason, and not ready', async () => {
    witness.behaviour = () => ({ status: 503, body: '' });
    await submit(server, freshReceipt());
    await until(() => server.logs[0]!.trouble !== undefined);
    const ready = await Promise.all(
      Array.from({ length: 12 }, async () => (await ask(`${server.url}/readyz`)).status),
    );
    witness.behaviour = () => undefined;
    expect(new Set(ready)).toEqual(new Set([503]));
    await until(() => server.logs[0]!.trouble === undefined);
  });
});

describe('a port', () => {
  it('that somebody has already is refused, though front ends share theirs', async () => {
    const server = await startTestLog({ settings: { workers: 2 } });
    const { port } = new URL(server.url);
    const settings = { workers: 2, listen: { port: Number(port) } };
    await expect(startTestLog({ settings })).rejects.toThrow(/already in use/);
    await server.close();
  });

  it('that another server is about to take is refused, and free again when that has ended', async () => {
    const port = await freeBasePort();
    const settings = { workers: 2, listen: { port } };
    const claim = await claimPort({ host: '127.0.0.1', port });
    await expect(startTestLog({ settings })).rejects.toThrow(/already in use/);
    await claim.release();
    for (let i = 0; i < 2; i++) await (await startTestLog({ settings })).close();
  });
});

describe('a log that has gone back', () => {
  it('takes no entry at any front end, by the same problem', async () => {
    const witness = await FakeWitness.start('w1', 51);
    const policy = policyOf([witness], 1);
    witness.behaviour = () => ({ status: 503, body: '' });
    const server = await startTestLog({ policy, settings: { workers: 2 }, confirmed: false });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => submit(server, freshReceipt())),
    );
    for (const problem of answers) expect(problem.code).toBe('not-confirmed');
    await server.close();
    await witness.close();
  });
});

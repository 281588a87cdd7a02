/** Searches and entries over HTTP: all that is answered can be verified, pages are stable, and typos are told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OneEntryAnswer, SearchAnswer } from '#explorer/search/answers.ts';
import { describeEntry } from '#explorer/search/described-entry.ts';
import { summaryOf } from '#explorer/search/summary.ts';
import { decodeBase64, encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { asHash, leafHash } from '#protocol/merkle/hash.ts';
import { verifyInclusion } from '#protocol/merkle/proof.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { ExploredLog, TestExplorer } from '#test/support/explorer-api.ts';
import { problemOf } from '#test/support/http.ts';
import { freshReceipt } from '#test/support/log.ts';

const A = new ExploredLog('log.example/a');
const B = new ExploredLog('log.example/b');
const HASH = new Uint8Array(32).fill(9);
const BASE_MS = Date.UTC(2026, 0, 1);
let explorer: TestExplorer;

beforeAll(async () => {
  explorer = await TestExplorer.start([A, B]);
  const receipts = Array.from({ length: 300 }, (_, i) =>
    freshReceipt({
      code_ref: `git:${i % 10}`,
      ts: BASE_MS + i * 3_600_000,
      policy_ids: i % 3 === 0 ? ['eu_region', 'no_pii'] : ['no_retention'],
      ...(i === 42 && { input_hash: encodeBase64Url(HASH) }),
    }),
  );
  await explorer.add(A, receipts.slice(0, 200));
  await explorer.add(A, receipts.slice(200));
  await explorer.add(B, [encodeUtf8('anything'), encodeUtf8('')]);
});
afterAll(() => explorer?.close());

const search = (query: string) => explorer.json<SearchAnswer>(`/v1/search?${query}`);

/** Fails unless each entry is in the tree that its log has signed, and is what is said of it. */
function expectVerified({ checkpoints, entries }: SearchAnswer): void {
  for (const entry of entries) {
    const { key } = entry.log === A.origin ? A : B;
    const identity = { origin: entry.log, keys: [key.verifier] };
    const { size, root } = openCheckpoint(checkpoints[entry.log]!, identity).checkpoint;
    const bytes = decodeBase64(entry.entry);
    const proof = entry.proof.map((hash) => asHash(decodeBase64(hash)));
    expect(verifyInclusion(leafHash(bytes), entry.index, size, proof, root)).toBe(true);
    expect(entry.leaf_hash).toBe(toHex(leafHash(bytes)));
    const { type, description } = describeEntry(bytes, ENTRY_TYPES);
    expect([entry.type, entry.summary]).toEqual([type, summaryOf(description)]);
  }
}

async function everyPage(query: string): Promise<SearchAnswer[]> {
  const pages: SearchAnswer[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: SearchAnswer = await search(`${query}&cursor=${cursor}`);
    pages.push(page);
    cursor = page.next_cursor;
  }
  return pages;
}

it('answers entries that lead to the checkpoints of their logs, newest first', async () => {
  const page = await search('limit=200');
  expectVerified(page);
  expect(page.entries.slice(0, 3).map(({ log, index }) => [log, index])).toEqual([
    [B.origin, 1],
    [B.origin, 0],
    [A.origin, 299],
  ]);
  expect(Object.keys(page.checkpoints).sort()).toEqual([A.origin, B.origin]);
  expect(Object.keys((await search(`log=${A.origin}`)).checkpoints)).toEqual([A.origin]);
});

it('says of each log that was searched for which of its entries a page answers', async () => {
  const [first, second, ...more] = await everyPage('limit=150&code_ref_prefix=git');
  expect(first!.searched).toEqual({
    [A.origin]: { from: 150, to: 300 },
    [B.origin]: { from: 0, to: 2 },
  });
  expect(second!.searched).toEqual({
    [A.origin]: { from: 0, to: 150 },
    [B.origin]: { from: 0, to: 0 },
  });
  expect(more).toEqual([]);
  const { searched } = await search(`log=${B.origin}`);
  expect(searched).toEqual({ [B.origin]: { from: 0, to: 2 } });
});

it('pages go through all entries once, however the log grows meanwhile', async () => {
  const log = new ExploredLog('log.example/growing');
  const growing = await TestExplorer.start([log]);
  try {
    await growing.add(
      log,
      Array.from({ length: 120 }, (_, i) => encodeUtf8(`first ${i}`)),
    );
    const indices: number[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: SearchAnswer = await growing.json(`/v1/search?limit=50&cursor=${cursor}`);
      indices.push(...page.entries.map(({ index }) => index));
      await growing.add(log, [encodeUtf8(`later ${indices.length}`)]);
      cursor = page.next_cursor;
    }
    expect(indices).toEqual(Array.from({ length: 120 }, (_, i) => 119 - i));
  } finally {
    await growing.close();
  }
});

describe('finds by', () => {
  const receipt = () => describeEntry(A.entries[42]!, ENTRY_TYPES).description.facts!;
  it.each<[string, () => string, number]>([
    ['index', () => `log=${A.origin}&index=42`, 1],
    ['leaf hash', () => `leaf=${toHex(leafHash(A.entries[42]!))}`, 1],
    ['code reference', () => 'code_ref=git%3A2', 30],
    ['its beginning', () => 'code_ref_prefix=git', 300],
    ['issuer', () => `issuer=${receipt().issuer}`, 300],
    ['policies', () => 'policy=no_pii&policy=eu_region', 100],
    ['input', () => `input_hash=${toHex(HASH)}`, 1],
    ['output', () => `output_hash=${receipt().outputHash}`, 1],
    ['nonce', () => `nonce=${receipt().nonce}`, 1],
    ['any hash', () => `hash=${toHex(HASH).toUpperCase()}`, 1],
    ['time', () => 'from=2026-01-01&to=2026-01-02', 24],
    ['several of these', () => 'from=2026-01-01&to=2026-01-02&policy=no_pii&code_ref=git:0', 1],
    ['what is not there', () => 'policy=unheard_of', 0],
  ])('%s', async (_, query, count) => {
    const pages = await everyPage(query());
    for (const page of pages) expectVerified(page);
    expect(pages.flatMap(({ entries }) => entries).length).toBe(count);
  });
});

it('one entry comes with an offline proof that verifies', async () => {
  const entry = await explorer.json<OneEntryAnswer>(`/v1/entries/42?log=${A.origin}`);
  const proof = parseTlogProof(entry.tlog_proof);
  verifyTlogProof(proof, leafHash(A.entries[42]!), parsePolicy(A.policyText));
  expect(decodeBase64(entry.entry)).toEqual(A.entries[42]);
  expectVerified({ checkpoints: { [A.origin]: proof.checkpoint }, entries: [entry], searched: {} });
});

describe('refuses, naming what was likely meant:', () => {
  it.each([
    ['an unknown parameter', '/v1/search?code-ref=git', 400, 'code-ref', 'code_ref=git'],
    ['a mistyped limit', '/v1/search?limt=5', 400, 'limt', 'limit=5'],
    ['a limit above the most', '/v1/search?limit=201', 400, 'limit', undefined],
    ['a limit of none', '/v1/search?limit=0', 400, 'limit', undefined],
    ['two limits', '/v1/search?limit=1&limit=2', 400, 'limit', undefined],
    ['a cursor that is none', '/v1/search?cursor=x', 400, 'cursor', undefined],
    ['a hash that is too short', `/v1/search?leaf=${'0'.repeat(63)}`, 400, 'leaf', undefined],
    [
      'times that are turned',
      '/v1/search?from=2026-02-01&to=2026-01-01',
      400,
      'to',
      'from=2026-01-01&to=2026-02-01',
    ],
    ['a log that is not here', '/v1/search?log=log.example/c', 404, 'log', undefined],
    ['no log among several', '/v1/entries/1', 400, 'log', undefined],
    ['an index that is none', `/v1/entries/x?log=${A.origin}`, 400, 'index', undefined],
    ['an index beyond the log', `/v1/entries/300?log=${A.origin}`, 404, 'index', undefined],
    [
      'a parameter that entries have not',
      `/v1/entries/1?logs=${A.origin}`,
      400,
      'logs',
      'log=log.example%2Fa',
    ],
  ])('%s', async (_, path, status, field, suggestion) => {
    const problem = await problemOf(await explorer.get(path));
    expect([problem.status, problem.field, problem.suggestion]).toEqual([
      status,
      field,
      suggestion,
    ]);
  });
});

it('a request takes what it costs from its client', async () => {
  const log = new ExploredLog('log.example/limited');
  const limiter = new RateLimiter({ ratePerSecond: 0.001, burst: 12 });
  const limited = await TestExplorer.start([log], { limiter });
  try {
    expect((await limited.get('/v1/search')).status).toBe(200);
    expect((await limited.get('/v1/search')).status).toBe(200);
    const refused = await limited.get('/v1/search');
    expect((await problemOf(refused)).code).toBe('rate-limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // What is cheap still has its turn.
    expect((await limited.get('/v1/logs')).status).toBe(200);
  } finally {
    await limited.close();
  }
});

it('leaves out nothing that is shown while it searches', async () => {
  const log = new ExploredLog('log.example/meanwhile');
  let whileSearching = async () => {};
  const explored = await TestExplorer.start([log], {}, (index) => ({
    ...index,
    logs: () => index.logs(),
    tile: (...asked) => index.tile(...asked),
    close: () => index.close(),
    search: async (...asked) => {
      await whileSearching();
      return await index.search(...asked);
    },
  }));
  try {
    await explored.add(log, [encodeUtf8('a')]);
    whileSearching = () => explored.add(log, [encodeUtf8('b')]);
    const { entries } = await explored.json<SearchAnswer>('/v1/search');
    expect(entries.map(({ index }) => index)).toEqual([1, 0]);
  } finally {
    await explored.close();
  }
});

it('says nothing of an index that is damaged', async () => {
  const log = new ExploredLog('log.example/damaged');
  const damaged = await TestExplorer.start([log], {}, (index) => ({
    ...index,
    logs: () => index.logs(),
    entry: (...asked) => index.entry(...asked),
    close: () => index.close(),
    search: async (...asked) => {
      const page = await index.search(...asked);
      const entries = page.entries.map((entry) => ({ ...entry, bytes: encodeUtf8('other') }));
      return { ...page, entries };
    },
    tile: async (...asked) => (await index.tile(...asked))?.map((byte) => byte ^ 1),
  }));
  try {
    await damaged.add(log, [encodeUtf8('a'), encodeUtf8('b')]);
    for (const path of ['/v1/search', '/v1/entries/0']) {
      expect((await problemOf(await damaged.get(path))).status).toBe(500);
    }
  } finally {
    await damaged.close();
  }
});

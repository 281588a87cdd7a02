/**
 * What an explorer's index costs as it grows, and how long each kind of search takes in it, with the proofs of what is
 * found; and the whole indexer, that reads a log's files, verifies its tree and appends, with and without the entries
 * judged. Beside the latter stand the bare Ed25519 verifications of the same signatures on all processors.
 *
 *     ./tecp bench explorer [--entries 1000000] [--asked 100]
 */
import { rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { type EntryJudge, JUDGE_NOTHING } from '#client/entry-judge.ts';
import { ed25519Library } from '#crypto';
import { EntryAnswers } from '#explorer/api/entry-answers.ts';
import { IndexTrees } from '#explorer/api/index-trees.ts';
import { ReadLogs } from '#explorer/api/read-logs.ts';
import type { SeenCheckpoint } from '#explorer/index/search-index.ts';
import { Gathered } from '#explorer/index/sqlite/gathered.ts';
import { CHUNK_NUMBERS, encodePostings, type Term } from '#explorer/index/sqlite/postings.ts';
import { openSearchThreads } from '#explorer/index/sqlite/search-threads.ts';
import { changedSegments, LONGEST_SEGMENT } from '#explorer/index/sqlite/segments.ts';
import { TERM_KEYS_BYTES, Terms } from '#explorer/index/sqlite/terms.ts';
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { LogIndexer } from '#explorer/indexer/log-indexer.ts';
import { oneAtATime } from '#explorer/indexer/one-at-a-time.ts';
import { ReadingPlaces } from '#explorer/indexer/reading-places.ts';
import { describeEntry } from '#explorer/search/described-entry.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { formatPolicy, parsePolicy } from '#protocol/policy/policy.ts';
import { FolderTileSource } from '#service/folder-tile-source.ts';
import { JudgingThreads } from '#service/judging/judging-threads.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { writeLogFolder } from '#test/support/log-folder.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { tempFolder } from '#test/support/temp.ts';
import { VerifyingThreads, verificationsOf } from './bare-verification.ts';
import { entryOf, SEARCHES, type World } from './support/explorer-world.ts';
import { residentMiB } from './support/processor-time.ts';
import { type Row, report } from './support/report.ts';

const option = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { entries: option('1000000'), asked: option('100') } });
const [ENTRIES, ASKED] = [Number(values.entries), Number(values.asked)];
/** What the indexer hands over at a time. */
const BATCH = 4096;
const PAGE = 50;
const INDEXED_PER_SECOND = 20_000;
const SEARCH_P95_MS = 50;
/** Of a log whose files are read, and of one whose signatures are verified. */
const [READ, JUDGED] = [Math.min(ENTRIES, 131_072), Math.min(ENTRIES, 16_384)];

/** Whose terms alone are measured: one segment. */
const OF_TERMS = Math.min(ENTRIES, LONGEST_SEGMENT);

const key = logKey('log.example/bench');
const origin = key.verifier.name;
const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);
const types = entryTypes(['tecp-receipt']);
const folder = tempFolder();

interface Spent {
  readonly entries: number;
  readonly wallMs: number;
  readonly processorMs: number;
}

/** `work` returns of how many entries it was. */
async function spend(work: () => Promise<number>): Promise<Spent> {
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  const entries = await work();
  const { user, system } = process.cpuUsage(before);
  return { entries, wallMs: performance.now() - startMs, processorMs: (user + system) / 1000 };
}

const rows: Row[] = [];

function rateRow(what: string, { entries, wallMs, processorMs }: Spent, more: Partial<Row>): void {
  const rate = ((1000 * entries) / wallMs).toFixed(0);
  const figure = `${rate}/s, ${((1000 * processorMs) / entries).toFixed(1)} us`;
  rows.push({ what, figure, ...more });
}

/** Beside the rate that was promised of the whole indexer: what one processor does alone, whatever else runs here. */
function promised({ entries, processorMs }: Spent): Partial<Row> {
  const ratio = (1000 * entries) / processorMs / INDEXED_PER_SECOND;
  return { ratio, of: `x ${INDEXED_PER_SECOND}/s`, atLeast: 1 };
}

/** Appends entries as they come out of a verified walk; what is not the index's is not measured. */
async function fill(path: string, world: World, size: number): Promise<SeenCheckpoint> {
  const writer = openSqliteWriter(path, { types, judged: false });
  const tree = TileBuilder.empty();
  await writer.progress(origin);
  let total: Spent = { entries: 0, wallMs: 0, processorMs: 0 };
  let worstMs = 0;
  let early = 0;
  while (tree.size < size) {
    const firstIndex = tree.size;
    const count = Math.min(BATCH, size - firstIndex);
    const entries = Array.from({ length: count }, (_, i) => entryOf(firstIndex + i, world));
    const leaves = entries.map(leafHash);
    for (const leaf of leaves) tree.append(leaf);
    const verified = { firstIndex, entries, leaves, faults: new Map(), tiles: tree.takeChanged() };
    const spent = await spend(async () => {
      await writer.append(origin, [verified]);
      return count;
    });
    total = {
      entries: total.entries + count,
      wallMs: total.wallMs + spent.wallMs,
      processorMs: total.processorMs + spent.processorMs,
    };
    worstMs = Math.max(worstMs, spent.wallMs);
    if (early === 0 && 5 * tree.size >= size) early = residentMiB(process.pid).now;
  }
  const checkpoint = { size, root: tree.root(), note: 'a note', seenMs: 0, cosigned: [] };
  await writer.confirm(origin, checkpoint);
  await writer.close();
  const now = residentMiB(process.pid).now;
  rateRow(`index alone, ${size} entries, ${world}`, total, promised(total));
  const bytes = statSync(path).size / size;
  const memory = `${early.toFixed(0)} MiB at a fifth, ${now.toFixed(0)} MiB at the end`;
  rows.push({ what: '  on disk, memory', figure: `${bytes.toFixed(0)} bytes an entry, ${memory}` });
  rows.push({ what: '  the longest transaction', figure: `${worstMs.toFixed(0)} ms` });
  return checkpoint;
}

/** The same terms in postings of the index and in SQLite's own full-text search, without the entries. */
async function measureTerms(): Promise<void> {
  const terms = new Terms(new Uint8Array(TERM_KEYS_BYTES));
  const ofEntries = Array.from({ length: OF_TERMS }, (_, i) => {
    const bytes = entryOf(i);
    const { facts = {} } = describeEntry(bytes, types).description;
    const found: Term[] = [];
    terms.ofEntry(1, leafHash(bytes), facts, (high, low) => found.push({ high, low }));
    return found;
  });
  const texts = ofEntries.map((found) => found.map(({ high, low }) => `t${high}x${low}`).join(' '));
  const db = new Database(join(folder, 'terms.db'));
  db.pragma('journal_mode = WAL');
  db.exec(`CREATE VIRTUAL TABLE words USING fts5 (term, content = '', detail = none, columnsize = 0);
    CREATE TABLE postings (id INTEGER PRIMARY KEY, chunk BLOB NOT NULL)`);
  const insert = db.prepare('INSERT INTO words (rowid, term) VALUES (?, ?)');
  const forget = db.prepare('DELETE FROM postings WHERE id >= ?');
  const write = db.prepare('INSERT INTO postings (id, chunk) VALUES (?, ?)');
  const gathered = new Gathered(0);
  const inBatches = async (append: (first: number, end: number) => void) => {
    const transaction = db.transaction(append);
    for (let first = 0; first < OF_TERMS; first += BATCH) {
      transaction(first, Math.min(first + BATCH, OF_TERMS));
    }
    return OF_TERMS;
  };
  const fullText = await spend(() =>
    inBatches((first, end) => {
      for (let i = first; i < end; i++) insert.run(i, texts[i]!);
    }),
  );
  const postings = await spend(() =>
    inBatches((first, end) => {
      for (let i = first; i < end; i++) {
        for (const { high, low } of ofEntries[i]!) gathered.add(high, low);
        gathered.endEntry();
      }
      const segments = changedSegments(first, end);
      forget.run(segments[0]!.start * CHUNK_NUMBERS);
      for (const segment of segments) {
        for (const { from, bytes } of encodePostings(gathered.sorted(segment), segment)) {
          write.run(segment.start * CHUNK_NUMBERS + from, bytes);
        }
      }
    }),
  );
  db.close();
  rateRow(`the terms of ${OF_TERMS} entries alone, in FTS5`, fullText, {});
  rateRow('  in postings', postings, {});
}

async function measureRestart(path: string): Promise<void> {
  const startMs = performance.now();
  const writer = openSqliteWriter(path, { types, judged: false });
  await writer.append(origin, []);
  await writer.close();
  const tookMs = performance.now() - startMs;
  rows.push({ what: 'from a start to the next append', figure: `${tookMs.toFixed(0)} ms` });
}

/** Each kind of search in turns with all others, with the proofs of what it finds. */
async function measureSearches(path: string, checkpoint: SeenCheckpoint): Promise<void> {
  const onFatal = (error: Error) => {
    throw error;
  };
  const threads = availableParallelism();
  const index = await openSearchThreads(path, { types, threads, onFatal });
  const log = {
    origin,
    url: 'http://bench',
    policyText: formatPolicy(policy),
    entryTypes: types,
    judged: false,
  };
  const logs = new ReadLogs({ index, logs: [log], standing: () => ({ state: 'current' }) });
  const answers = new EntryAnswers(logs, new IndexTrees(index));
  const confirmed = new Map([[origin, checkpoint]]);
  const kinds = Object.entries(SEARCHES).map(([name, filters]) => {
    return { name, filters, spent: [] as Spent[] };
  });
  // The first round is for the compiler.
  for (let n = -1; n < ASKED; n++) {
    for (const kind of kinds) {
      const filtersOfTurn = kind.filters(Math.max(n, 0), checkpoint.size);
      const spent = await spend(async () => {
        const page = await index.search(filtersOfTurn, PAGE);
        return (await answers.all(page.entries, confirmed, async () => undefined)).length;
      });
      if (n >= 0) kind.spent.push(spent);
    }
  }
  await index.close();
  for (const { name, spent } of kinds) {
    const wall = spent.map(({ wallMs }) => wallMs);
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(wall, share));
    const processor = quantile(
      spent.map(({ processorMs }) => processorMs),
      0.95,
    );
    const found = spent.reduce((sum, { entries }) => sum + entries, 0) / ASKED;
    const figure = `${ms(p50!)} / ${ms(p95!)} / ${ms(p99!)} ms, ${ms(processor)} of the processor, ${found} found`;
    const target = { ratio: p95! / SEARCH_P95_MS, of: `x ${SEARCH_P95_MS} ms`, atMost: 1 };
    rows.push({ what: `search: ${name}`, figure, ...target });
  }
}

const ms = (value: number) => value.toFixed(1);

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;
}

/** The public files of a log with these entries. */
function logFolder(entries: readonly Uint8Array[]): string {
  const place = tempFolder();
  const source = new MemorySource(key);
  for (let at = 0; at < entries.length; at += BATCH)
    source.append(...entries.slice(at, at + BATCH));
  writeLogFolder(place, source.sign());
  return place;
}

async function indexFolder(place: string, size: number, judge: EntryJudge): Promise<Spent> {
  const path = join(folder, 'indexer.db');
  const writer = oneAtATime(openSqliteWriter(path, { types, judged: false }));
  const indexer = new LogIndexer({
    origin,
    policy,
    writer,
    judge,
    places: new ReadingPlaces(1, 5000),
    slowPlaces: new ReadingPlaces(1, 5000),
    openSource: () => new FolderTileSource(place),
    onProgress: () => undefined,
    onSlow: () => undefined,
    now: Date.now,
  });
  const spent = await spend(async () => {
    await indexer.round(new AbortController().signal);
    return size;
  });
  const { confirmed } = await writer.progress(origin);
  await writer.close();
  if (confirmed?.size !== size) throw new Error('the indexer did not get to the end');
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  return spent;
}

async function measureIndexer(): Promise<void> {
  const read = logFolder(Array.from({ length: READ }, (_, i) => entryOf(i)));
  const tree = await indexFolder(read, READ, JUDGE_NOTHING);
  rateRow(`indexer, ${READ} entries from a folder, tree alone`, tree, promised(tree));
  const receipts = Array.from({ length: JUDGED }, () => freshReceipt());
  const place = logFolder(receipts);
  const threads = new VerifyingThreads(verificationsOf(receipts));
  const judge = new JudgingThreads(types, availableParallelism());
  // The first are for the compiler, and for the threads to start.
  await threads.verifyAll('chosen');
  await indexFolder(place, JUDGED, judge);
  const bare = await spend(async () => {
    await threads.verifyAll('chosen');
    return JUDGED;
  });
  const judged = await indexFolder(place, JUDGED, judge);
  await Promise.all([threads.close(), judge.close()]);
  rateRow(`bare Ed25519, ${ed25519Library}, all processors`, bare, {});
  const ratio = bare.wallMs / judged.wallMs;
  rateRow(`indexer, ${JUDGED} receipts from a folder, judged`, judged, { ratio, of: 'x bare' });
}

const path = join(folder, 'index.db');
const checkpoint = await fill(path, 'receipts', ENTRIES);
await measureRestart(path);
await measureSearches(path, checkpoint);
await fill(join(folder, 'distinct.db'), 'everything distinct', Math.ceil(ENTRIES / 4));
await measureTerms();
await measureIndexer();

report(rows, [
  `entries of ${entryOf(ENTRIES).length} bytes, appended ${BATCH} at a time; rates by the clock, processor time for each`,
  `entry, and ratios to ${INDEXED_PER_SECOND}/s by that; searches with the proofs of a page of ${PAGE}, p50 / p95 / p99 of`,
  `${ASKED} each by the clock, and p95 of their processor time in all threads, all kinds in turns`,
]);

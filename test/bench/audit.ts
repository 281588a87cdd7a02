/**
 * How fast a log is re-derived by what `tecp audit` and the monitor call: from memory, from a folder, over HTTP
 * from a log server that is a process of its own, and by a monitor that follows it; with every receipt judged,
 * and of the tree alone. Beside them stand the bare Ed25519 verifications of the same signatures on all
 * processors, of which the better library counts: nothing that verifies can beat it on this machine. Bare hashes
 * stand beside the tree. All take turns, so that what else the machine does slows all.
 *
 * Processor time is of this process with all of its threads, and beside it that of the log server.
 *
 *     ./tecp bench audit [--entries 16384] [--rounds 5]
 */
import crypto from 'node:crypto';
import { Agent, get } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkLog, type EntryChecks } from '#client/check-log.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import { ed25519Library } from '#crypto';
import { openView } from '#monitor/statements/view.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { Follower } from '#monitor/watch/follow.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  entriesPath,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { FolderTileSource } from '#service/folder-tile-source.ts';
import { JudgingThreads } from '#service/judging/judging-threads.ts';
import { outboundFetch } from '#service/outbound.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { writeLogFolder } from '#test/support/log-folder.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { VerifyingThreads, verificationsOf } from './bare-verification.ts';
import { startLog } from './support/log-process.ts';
import { processorMs } from './support/processor-time.ts';
import { type Row, report } from './support/report.ts';

const option = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { entries: option('16384'), rounds: option('5') } });
const [ENTRIES, ROUNDS] = [Number(values.entries), Number(values.rounds)];
const TREE_ONLY_PER_SECOND = 300_000;
/** A walk of the tree alone is short: so many of them are one run. */
const TREE_WALKS = 8;
const BATCH = 1000;
const READING = 8;

/** Seconds of all runs, and of the processor: of this process and of the log server. */
interface Spent {
  wall: number;
  own: number;
  server: number;
}

const key = logKey('log.example/bench');
const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);
const types = entryTypes(['tecp-receipt']);
const receipts = Array.from({ length: ENTRIES }, () => freshReceipt());
const memory = new MemorySource(key).append(...receipts).sign();
const folder = tempFolder();
writeLogFolder(folder, memory);
const log = await startLog();
const logUrl = `http://127.0.0.1:${log.port}`;
await fillLog();
const judge = new JudgingThreads(types, availableParallelism());
const threads = new VerifyingThreads(verificationsOf(receipts));

/** Has the log server take the receipts, and waits until it shows all of them. */
async function fillLog(): Promise<void> {
  const client = new LogClient(logUrl);
  for (let at = 0; at < ENTRIES; at += BATCH) {
    await client.submitBatch(receipts.slice(at, at + BATCH));
  }
  const source = new HttpTileSource(logUrl);
  await until(async () => sizeOf(await source.checkpoint()) === ENTRIES);
}

function sizeOf(note: string): number {
  return parseCheckpoint(parseNote(note).text).size;
}

/** The log's files in memory, as they come over the wire. */
function encoded(): TileSource {
  const bundles: Uint8Array[] = [];
  for (let at = 0; at < ENTRIES; at += TILE_WIDTH) {
    bundles.push(encodeEntryBundle(receipts.slice(at, at + TILE_WIDTH)));
  }
  return {
    checkpoint: () => memory.checkpoint(),
    tile: (level, index, width) => memory.tile(level, index, width),
    entries: async (index, width) => decodeEntryBundle(bundles[index]!, width),
  };
}

async function walk(source: TileSource, entries: EntryChecks): Promise<void> {
  const { problems } = await checkLog(source, { policy, entryTypes: types, entries, judge });
  if (problems.length > 0) throw new Error(problems[0]!.detail);
}

/** A new monitor's way through the log: its database included, all of its threads for it. */
async function follow(): Promise<void> {
  const state = MonitorState.open(join(tempFolder(), 'monitor.db'));
  const options = { fetch: outboundFetch };
  const follower = new Follower({
    origin: key.verifier.name,
    url: logUrl,
    source: (signal) => new HttpTileSource(logUrl, { ...options, signal }),
    policy,
    entryTypes: types,
    entries: 'check',
    judge,
    state,
    save: (write) => state.db.transaction(write).immediate(),
    onProblems: ([problem]) => {
      throw new Error(problem?.detail);
    },
    now: Date.now,
  });
  const note = await new HttpTileSource(logUrl, options).checkpoint();
  await follower.walk(openView(note, key.verifier.name, policy), new AbortController().signal);
  if (follower.confirmedSize !== ENTRIES) throw new Error('the monitor did not get to the end');
  state.close();
}

/** What no tree of these entries can do without: a hash of each leaf, and as many nodes. */
async function hashAll(): Promise<void> {
  const node = new Uint8Array(65);
  for (const entry of receipts) {
    crypto.hash('sha256', entry, 'binary');
    crypto.hash('sha256', node, 'binary');
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: READING });

/** A file of the log, thrown away as it comes: what reading over HTTP costs before anybody looks at it. */
function throwAway(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip' };
    const asked = get(`${logUrl}/${path}`, { agent, headers }, (answer) => {
      answer.on('end', resolve).resume();
    });
    asked.once('error', reject);
  });
}

/** All bundles and their tiles, as many at once as a walk has on their way. */
async function readAll(): Promise<void> {
  const paths = Array.from({ length: Math.ceil(ENTRIES / TILE_WIDTH) }, (_, index) => {
    const width = tileWidth('entries', index, ENTRIES);
    return [entriesPath(index, width), tilePath(0, index, width)];
  }).flat();
  const next = paths.values();
  const readSome = async (): Promise<void> => {
    for (const path of next) await throwAway(path);
  };
  await Promise.all(Array.from({ length: READING }, readSome));
}

async function often(times: number, work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < times; i++) await work();
}

const sources = {
  memory: encoded(),
  folder: new FolderTileSource(folder),
  http: new HttpTileSource(logUrl),
};
const runs = {
  bareChosen: () => threads.verifyAll('chosen'),
  bareNode: () => threads.verifyAll('node:crypto'),
  memory: () => walk(sources.memory, 'check'),
  folder: () => walk(sources.folder, 'check'),
  http: () => walk(sources.http, 'check'),
  monitor: follow,
  hashes: () => often(TREE_WALKS, hashAll),
  memoryTree: () => often(TREE_WALKS, () => walk(sources.memory, 'tree-only')),
  folderTree: () => often(TREE_WALKS, () => walk(sources.folder, 'tree-only')),
  reading: () => often(TREE_WALKS, readAll),
  httpTree: () => often(TREE_WALKS, () => walk(sources.http, 'tree-only')),
};
type Run = keyof typeof runs;
const names = Object.keys(runs) as Run[];
const spent = Object.fromEntries(
  names.map((name) => [name, { wall: 0, own: 0, server: 0 }]),
) as Record<Run, Spent>;

async function spend(total: Spent, run: () => Promise<void>): Promise<void> {
  const [startMs, before, serverMs] = [performance.now(), process.cpuUsage(), processorMs(log.pid)];
  await run();
  const { user, system } = process.cpuUsage(before);
  total.wall += (performance.now() - startMs) / 1000;
  total.own += (user + system) / 1e6;
  total.server += (processorMs(log.pid) - serverMs) / 1000;
}

try {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      // The first round is for the compiler.
      await spend(round === 0 ? { wall: 0, own: 0, server: 0 } : spent[name], runs[name]);
    }
  }
} finally {
  await Promise.all([threads.close(), judge.close(), log.stop()]);
}

const COUNTS = { full: ENTRIES * ROUNDS, tree: ENTRIES * ROUNDS * TREE_WALKS };
const best: Run = spent.bareChosen.wall <= spent.bareNode.wall ? 'bareChosen' : 'bareNode';

function rowOf(what: string, name: Run, count: number, promised: Partial<Row> = {}): Row {
  const { wall, own, server } = spent[name];
  const serverUs = server === 0 ? '' : ` + ${((1e6 * server) / count).toFixed(1)} of the log`;
  const figure = `${(count / wall).toFixed(0)}/s, ${((1e6 * own) / count).toFixed(1)} us${serverUs}`;
  return { what, figure, ...promised };
}

const judged = (what: string, name: Run): Row =>
  rowOf(what, name, COUNTS.full, {
    ratio: spent[best].wall / spent[name].wall,
    of: 'x bare',
    atLeast: 0.8,
  });
const treeOnly = (what: string, name: Run): Row =>
  rowOf(what, name, COUNTS.tree, {
    ratio: COUNTS.tree / spent[name].wall / TREE_ONLY_PER_SECOND,
    of: `x ${TREE_ONLY_PER_SECOND}/s`,
    atLeast: 1,
  });

report(
  [
    rowOf(`bare Ed25519, ${ed25519Library}, all processors`, 'bareChosen', COUNTS.full),
    rowOf('bare Ed25519, node:crypto, all processors', 'bareNode', COUNTS.full),
    judged('receipts judged, from memory', 'memory'),
    judged('receipts judged, from a folder', 'folder'),
    judged('receipts judged, over HTTP', 'http'),
    judged('followed by a monitor', 'monitor'),
    rowOf('bare SHA-256, leaves and nodes', 'hashes', COUNTS.tree),
    treeOnly('tree alone, from memory', 'memoryTree'),
    treeOnly('tree alone, from a folder', 'folderTree'),
    rowOf('bundles and tiles over HTTP, thrown away', 'reading', COUNTS.tree),
    treeOnly('tree alone, over HTTP', 'httpTree'),
  ],
  [
    `${ENTRIES} receipts, ${ROUNDS} rounds; rates by the clock, processor time for each entry`,
    'by processor time a walk over HTTP costs, its log included, ' +
      `${((spent.http.own + spent.http.server) / spent[best].own).toFixed(2)} x the bare verifications;`,
    'a walk of the tree alone over HTTP takes ' +
      `${(spent.httpTree.wall / spent.reading.wall).toFixed(2)} x as long as reading its files, and ` +
      `from a folder ${(COUNTS.tree / spent.folderTree.own / TREE_ONLY_PER_SECOND).toFixed(2)} x ` +
      `${TREE_ONLY_PER_SECOND} entries for each second of processor time`,
  ],
);

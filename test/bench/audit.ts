/**
 * How fast a log is re-derived, by the function that `tecp audit` and the monitor call: entries per second
 * with every receipt judged, and of the tree alone. Beside them stand the bare Ed25519 verifications of the
 * same signatures with imported keys, in both ways to use all processors, of which the better one counts: nothing
 * that verifies can beat it on this machine. Bare hashes stand beside the tree. All take turns in one
 * process, so that what else the machine does slows all.
 *
 * Processor time is of the whole process, the pool's threads included: unlike wall time it says little
 * about other programs. Bundles and tiles are in memory, encoded as a log serves them.
 *
 *     ./tecp bench audit [--entries 16384] [--rounds 5]
 */
import crypto from 'node:crypto';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { checkLog } from '#client/check-log.ts';
import type { TileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { decodeEntryBundle, encodeEntryBundle, TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { VerifyingThreads, verificationsOf, verifyInPool } from './bare-verification.ts';

const option = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { entries: option('16384'), rounds: option('5') } });
const [ENTRIES, ROUNDS] = [Number(values.entries), Number(values.rounds)];
const WANTED = { full: 0.8, treeOnly: 300_000 };

/** Seconds of one run, or their sum. */
interface Spent {
  wall: number;
  cpu: number;
}

/** What no tree of these entries can do without: a hash of each leaf, and as many nodes. */
async function hashAll(entries: readonly Uint8Array[]): Promise<void> {
  const node = new Uint8Array(65);
  for (const entry of entries) {
    crypto.hash('sha256', entry, 'binary');
    crypto.hash('sha256', node, 'binary');
  }
}

/** The log's files as they come over the wire. */
function encoded(source: MemorySource): TileSource {
  const bundles: Uint8Array[] = [];
  for (let at = 0; at < source.log.length; at += TILE_WIDTH) {
    bundles.push(encodeEntryBundle(source.log.slice(at, at + TILE_WIDTH)));
  }
  return {
    checkpoint: () => source.checkpoint(),
    tile: (level, index, width) => source.tile(level, index, width),
    entries: async (index, width) => decodeEntryBundle(bundles[index]!, width),
  };
}

function none(): Spent {
  return { wall: 0, cpu: 0 };
}

async function spend(total: Spent, run: () => Promise<void>): Promise<void> {
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(before);
  total.wall += (performance.now() - startMs) / 1000;
  total.cpu += (user + system) / 1e6;
}

function print(what: string, { wall, cpu }: Spent, count: number, verdict = ''): void {
  const cells = [(count / wall).toFixed(0), ((1e6 * cpu) / count).toFixed(2)];
  console.log(
    what.padEnd(32) +
      cells
        .map((cell) => cell.padStart(16))
        .join('')
        .concat('   ', verdict),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;

const key = logKey();
const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);
const receipts = Array.from({ length: ENTRIES }, () => freshReceipt());
const source = encoded(new MemorySource(key).append(...receipts).sign());
const verifications = verificationsOf(receipts);

async function walk(entries: 'check' | 'tree-only'): Promise<void> {
  const types = entryTypes(['tecp-receipt']);
  const report = await checkLog(source, { policy, entryTypes: types, entries });
  if (report.problems.length > 0) throw new Error(report.problems[0]!.detail);
}

const threads = new VerifyingThreads(verifications);
const runs = {
  bareInPool: () => verifyInPool(verifications),
  bareOnThreads: () => threads.verifyAll(),
  full: () => walk('check'),
  hashes: () => hashAll(receipts),
  treeOnly: () => walk('tree-only'),
};
const names = ['bareInPool', 'bareOnThreads', 'full', 'hashes', 'treeOnly'] as const;
const spent = Object.fromEntries(names.map((name) => [name, none()])) as Record<
  keyof typeof runs,
  Spent
>;

for (let round = 0; round <= ROUNDS; round++) {
  for (const name of names) {
    // The first round is for the compiler.
    await spend(round === 0 ? none() : spent[name], runs[name]);
  }
}
await threads.close();
const { bareInPool, bareOnThreads, full, hashes, treeOnly } = spent;
const count = ENTRIES * ROUNDS;
console.log(
  `${availableParallelism()} processors (${cpus()[0]?.model}), Node ${process.versions.node}`,
);
console.log(
  `load average at the end: ${loadavg()[0]!.toFixed(1)}; ${ENTRIES} receipts, ${ROUNDS} rounds\n`,
);
console.log(
  ''.padEnd(32) + ['per second', 'processor us'].map((cell) => cell.padStart(16)).join(''),
);
print('bare Ed25519, in the pool', bareInPool, count);
print('bare Ed25519, on threads', bareOnThreads, count);
const shareOf = (what: keyof Spent): string =>
  percent(Math.min(bareInPool[what], bareOnThreads[what]) / full[what]);
const share = `${shareOf('wall')} of bare by the clock, ${shareOf('cpu')} by processor time`;
print('whole walk, receipts judged', full, count, `${share}; wanted ${percent(WANTED.full)}`);
print('bare SHA-256, leaves and nodes', hashes, count);
const perCpuSecond = (count / treeOnly.cpu).toFixed(0);
print(
  'walk of the tree alone',
  treeOnly,
  count,
  `${perCpuSecond} for each second of processor time; wanted ${WANTED.treeOnly}`,
);

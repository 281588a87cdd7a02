/**
 * Three regions, how far they are from one another, and what that alone makes of each thing that a client of a log
 * waits for: round trips times delay, with machines that take no time.
 */
export const REGIONS = ['us', 'eu', 'asia'] as const;
export type Region = (typeof REGIONS)[number];

/**
 * Where the sequencer and the primary of PostgreSQL are: of the three the one to which the longest way, and all ways together, are
 * shortest.
 */
export const HOME: Region = 'us';

const ROUND_TRIPS_MS: Readonly<Record<string, number>> = {
  'us eu': 80,
  'us asia': 140,
  'eu asia': 160,
};
/** Of the packets between two regions. */
export const LOSS = 0.001;

/** 0 within a region. */
export function roundTripMs(a: Region, b: Region): number {
  return ROUND_TRIPS_MS[`${a} ${b}`] ?? ROUND_TRIPS_MS[`${b} ${a}`] ?? 0;
}

/** For the k-th of the witnesses, one in each of these regions, to answer whoever is in `from`. */
export function quorumMs(from: Region, witnesses: readonly Region[], k: number): number {
  const all = witnesses.map((region) => roundTripMs(from, region)).sort((a, b) => a - b);
  return all[k - 1] ?? Number.POSITIVE_INFINITY;
}

/** What is asked of a log. */
export const TASKS = ['index', 'quorum', 'proof', 'checkpoint', 'by hash', 'tile'] as const;
export type Task = (typeof TASKS)[number];

/** Why a round of cosigning ends later than its quorum: `GRACE_MS` of log-server/publishing/publisher.ts. */
const GRACE_MS = 50;

/**
 * The least that each takes, where `up` are the regions that reach one another. Infinite where the sequencer is not
 * reached, or its quorum is not.
 */
export function expectedMs(task: Task, from: Region, up: readonly Region[], k: number): number {
  const isReached = up.includes(HOME) && up.includes(from);
  const way = isReached || from === HOME ? roundTripMs(from, HOME) : Number.POSITIVE_INFINITY;
  const reached = up.includes(HOME) ? up : [HOME];
  const quorum = quorumMs(HOME, reached, k);
  const all = Math.max(...REGIONS.map((region) => roundTripMs(HOME, region)));
  const isWhole = reached.length === REGIONS.length;
  const round = isWhole ? Math.min(all, quorum + GRACE_MS) : quorum + GRACE_MS;
  const expected: Record<Task, number> = {
    index: way,
    // One way to the sequencer, then the witnesses.
    quorum: way / 2 + round,
    // Both ways, and once more for the hashes of the proof, which are where the tree is.
    proof: way + round + way,
    // Nobody is shown less than anybody was before: so the store is asked.
    checkpoint: way,
    // Its index, the checkpoint that it is proven under, and its hashes: each is asked for by what came before.
    'by hash': 3 * way,
    tile: way,
  };
  return expected[task];
}

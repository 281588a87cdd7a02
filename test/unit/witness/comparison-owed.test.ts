/**
 * No cosignature while a comparison is owed: however a log avoids showing that two of its checkpoints
 * are of one tree, it gets its time and no more; and an honest one loses nothing.
 */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeBase64 } from '#protocol/base64.ts';
import { encodeEvidence, evidenceId, proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import { logOf } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import {
  checks,
  cosignedBy,
  evidenceOf,
  feed,
  servePeer,
  TileServer,
  WITHHOLDING,
} from '#test/support/cross-check.ts';
import { listed } from '#test/support/evidence.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { until } from '#test/support/wait.ts';
import {
  Cleanup,
  startTestWitness,
  type TestWitness,
  witnessSetup,
} from '#test/support/witness.ts';
import { MAX_COMPARISONS } from '#witness/comparison-table.ts';
import type { WitnessConfig } from '#witness/config.ts';
import { WitnessState } from '#witness/state.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const PATIENCE_MS = 1500;
const peerKey = newKey('witness.example/peer', KEY_TYPES.cosignatureEd25519);

let log: MemoryLog;
let tiles: TileServer;
/** What the peer shows. */
let shown: string;

beforeEach(async () => {
  log = new MemoryLog().growTo(400);
  tiles = await TileServer.start(cleanup, log);
});

async function configWith(options: { patienceMs?: number; url?: string } = {}) {
  const { patienceMs = PATIENCE_MS, url = tiles.url } = options;
  const peerUrl = await servePeer(cleanup, () => shown);
  return witnessSetup(cleanup.folder(), [log], {
    config: {
      logs: [{ vkey: log.key.verifier.text, url }],
      peers: [{ url: peerUrl, vkeys: [peerKey.verifier.text] }],
      cross_check: { interval_ms: 100, timeout_ms: 1000, patience_ms: patienceMs },
    },
  }).config;
}

/** A witness at `size` whose peer has been shown another tree, or a later one; nothing was owed before `fromMs`. */
async function startBeside(other: MemoryLog, otherSize: number, size: number) {
  shown = await cosignedBy(other, otherSize, [peerKey]);
  const config = await configWith();
  const witness = await startTestWitness(cleanup, config);
  const fromMs = performance.now();
  await feed(witness, log, 0, size);
  return { witness, config, fromMs };
}

async function offer(witness: TestWitness, from: MemoryLog, oldSize: number, size: number) {
  const body = formatAddCheckpoint(await from.request(oldSize, size));
  const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
  const text = await response.text();
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    problem: isProblem ? JSON.parse(text) : {},
  };
}

/** Offers the log's tree again, each time the same, until the answer has this status. */
async function untilAnswered(witness: TestWitness, size: number, status: number) {
  let answer = await offer(witness, log, size, size);
  const isThere = async () => {
    answer = await offer(witness, log, size, size);
    return answer.status === status;
  };
  await until(isThere);
  return answer;
}

interface Described {
  readonly cosigning: boolean;
  readonly owed: { readonly size: number; readonly source: string; readonly since: number }[];
}

async function described(witness: TestWitness): Promise<Described> {
  const { logs } = (await (await fetch(`${witness.url}/`)).json()) as { logs: Described[] };
  return logs[0]!;
}

describe('a log with two faces that withholds the tiles which would show it', () => {
  it.each(WITHHOLDING)('by %s is no longer cosigned once its time is over', async (mode) => {
    tiles.mode = mode;
    const { witness, fromMs } = await startBeside(log.fork(100, 350), 350, 270);
    const refused = await untilAnswered(witness, 270, 503);
    expect(performance.now() - fromMs).toBeGreaterThan(PATIENCE_MS / 2);
    expect(refused.problem).toMatchObject({ code: 'comparison-owed', owed_size: 350 });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    expect(await evidenceOf(witness)).toEqual([]);
    // Also not for what really extends the tree cosigned here.
    expect((await offer(witness, log, 270, 300)).status).toBe(503);
    expect(await described(witness)).toMatchObject({ cosigning: false, owed: [{ size: 350 }] });

    tiles.view = log.fork(100, 350);
    tiles.mode = 'serve';
    const frozen = await untilAnswered(witness, 270, 403);
    expect(frozen.problem.code).toBe('log-frozen');
    expect(await evidenceOf(witness)).toMatchObject([{ kind: 'different-size-fork' }]);
  });

  it('is no longer cosigned when the other face is the smaller one', async () => {
    tiles.mode = 503;
    const { witness } = await startBeside(log.fork(100, 270), 270, 350);
    await untilAnswered(witness, 350, 503);
    tiles.mode = 'serve';
    await untilAnswered(witness, 350, 403);
  });

  it('gains nothing by a restart of the witness, or by a peer that is gone meanwhile', async () => {
    tiles.mode = 503;
    const { witness, config } = await startBeside(log.fork(100, 350), 350, 270);
    await untilAnswered(witness, 270, 503);
    await witness.close();
    const alone: WitnessConfig = { ...config, peers: [] };
    const second = await startTestWitness(cleanup, alone);
    expect((await offer(second, log, 270, 300)).status).toBe(503);
    expect(await described(second)).toMatchObject({ cosigning: false, owed: [{ size: 350 }] });
  });

  it('gains nothing by offering the other face to the same witness', async () => {
    tiles.mode = 'hang';
    shown = await cosignedBy(log, 270, [peerKey]);
    const witness = await startTestWitness(cleanup, await configWith());
    await feed(witness, log, 0, 270);
    const fork = log.fork(100, 300);
    expect(await offer(witness, fork, 270, 300)).toMatchObject({ status: 422 });
    const refused = await untilAnswered(witness, 270, 503);
    expect(refused.problem.owed_size).toBe(300);
    expect(await described(witness)).toMatchObject({ owed: [{ source: 'add-checkpoint' }] });
  });

  it('is frozen without any tiles by two trees of a size that was cosigned before', async () => {
    tiles.mode = 404;
    shown = await cosignedBy(log, 350, [peerKey]);
    const witness = await startTestWitness(cleanup, await configWith());
    for (const [old, size] of [
      [0, 120],
      [120, 270],
      [270, 350],
    ] as const) {
      await feed(witness, log, old, size);
    }
    shown = await cosignedBy(log.fork(100, 120), 120, [peerKey]);
    await untilAnswered(witness, 350, 403);
    expect(await evidenceOf(witness)).toMatchObject([{ kind: 'same-size-fork' }]);
  });
});

describe('an honest log', () => {
  it('whose tiles are away for less than its time notices nothing', async () => {
    tiles.mode = 503;
    shown = await cosignedBy(log, 350, [peerKey]);
    const witness = await startTestWitness(cleanup, await configWith({ patienceMs: 600_000 }));
    await feed(witness, log, 0, 270);
    await until(async () => (await checks(witness, 'undecided')) > 2);
    for (let size = 271; size < 280; size++) {
      expect((await feed(witness, log, size - 1, size)).kind).toBe('cosigned');
    }
    tiles.mode = 'serve';
    await until(async () => (await described(witness)).owed.length === 0);
    expect(await evidenceOf(witness)).toEqual([]);
  });

  it('whose tiles were away for longer is cosigned again as soon as they are back', async () => {
    tiles.mode = 503;
    const { witness } = await startBeside(log, 350, 270);
    await untilAnswered(witness, 270, 503);
    tiles.mode = 'serve';
    await untilAnswered(witness, 270, 200);
    expect(await described(witness)).toEqual(
      expect.objectContaining({ cosigning: true, owed: [] }),
    );
    expect((await offer(witness, log, 270, 400)).status).toBe(200);
  });

  it('may show it without tiles, by the proof to the very checkpoint', async () => {
    tiles.mode = 'hang';
    const { witness } = await startBeside(log, 350, 270);
    await untilAnswered(witness, 270, 503);
    expect((await offer(witness, log, 270, 350)).status).toBe(200);
    expect((await offer(witness, log, 350, 400)).status).toBe(200);
    expect(await described(witness)).toMatchObject({ cosigning: true, owed: [] });
  });

  it('may show it without tiles, by the proof from a smaller checkpoint to the one cosigned', async () => {
    tiles.mode = 'hang';
    const { witness } = await startBeside(log, 270, 350);
    await untilAnswered(witness, 350, 503);
    expect((await offer(witness, log, 270, 350)).status).toBe(409);
    expect((await offer(witness, log, 350, 400)).status).toBe(200);
  });

  it('is not held up by a clock that jumps', async () => {
    tiles.mode = 503;
    shown = await cosignedBy(log, 350, [peerKey]);
    let nowMs = Date.now();
    const config = await configWith({ patienceMs: 600_000 });
    const witness = await startTestWitness(cleanup, config, { now: () => nowMs });
    await feed(witness, log, 0, 270);
    await until(async () => (await checks(witness, 'undecided')) > 2);
    nowMs += 24 * 3_600_000;
    const before = await checks(witness, 'undecided');
    await until(async () => (await checks(witness, 'undecided')) > before + 2);
    expect((await feed(witness, log, 270, 280)).kind).toBe('cosigned');
  });

  it('is not held up by replays of its checkpoints where nobody can ask it for tiles', async () => {
    const { config } = witnessSetup(cleanup.folder(), [log], {
      config: { cross_check: { interval_ms: 100, patience_ms: 100 } },
    });
    const witness = await startTestWitness(cleanup, config);
    await feed(witness, log, 0, 270);
    for (const size of [5, 300]) expect((await offer(witness, log, 3, size)).status).toBe(409);
    expect((await described(witness)).owed).toEqual([]);
    expect((await offer(witness, log, 270, 400)).status).toBe(200);
  });
});

describe('what is owed', () => {
  function open(): WitnessState {
    const path = `${cleanup.folder()}/w.db`;
    rmSync(path, { force: true });
    const state = WitnessState.open(path, [peerKey.verifier], { create: true });
    state.logs.configure([logOf(log.key.verifier)], 0);
    cleanup.add(() => state.close());
    return state;
  }

  async function tree(from: MemoryLog, size: number) {
    return { size, root: await from.root(size), note: await from.checkpoint(size) };
  }

  async function advance(state: WitnessState, size: number) {
    const { note, ...own } = await tree(log, size);
    state.update(log.origin, 0, () => ({
      answer: undefined,
      advance: { ...own, note, logNote: note, timeSeconds: 1000 },
    }));
  }

  const sizes = (state: WitnessState) => state.owed(log.origin).map(({ size }) => size);

  it('is bounded, and no flood of honest checkpoints pushes out what another source told', async () => {
    const state = open();
    await advance(state, 50);
    const incriminating = await tree(log.fork(20, 90), 90);
    expect(state.learn(log.origin, 'honest', incriminating, 0).learned).toBe('owed');
    for (let size = 91; size < 191; size++) {
      state.learn(log.origin, 'liar', await tree(log, size), 0);
    }
    for (let size = 1; size < 50; size++) {
      state.learn(log.origin, 'liar', await tree(log, size), 0);
    }
    expect(state.owed(log.origin)).toHaveLength(1 + MAX_COMPARISONS);
    expect(sizes(state)).toContain(90);
    // The oldest of one source, which wait for longest, and its newest.
    expect(sizes(state).slice(1, 4)).toEqual([91, 92, 93]);
    expect(sizes(state).at(-1)).toBe(49);
  });

  it('waits no shorter for the place of another one that gave way, as the log signs newer ones', async () => {
    const state = open();
    await advance(state, 20);
    for (let size = 21; size < 21 + MAX_COMPARISONS - 1; size++) {
      const shared = await tree(log, size);
      state.learn(log.origin, 'peer', shared, 0);
      state.compared(log.origin, 20, shared, { kind: 'consistent' }, 0);
    }
    const other = log.fork(40, 400);
    await advance(state, 50);
    state.countWaiting([log.origin], 1000, 0);
    for (let size = 90; size < 150; size++) {
      state.learn(log.origin, 'peer', await tree(other, size), 0);
      state.countWaiting([log.origin], 1000, 0);
    }
    for (const shared of state.owed(log.origin).filter(({ size }) => size < 50)) {
      state.compared(log.origin, 50, shared, { kind: 'consistent' }, 0);
    }
    expect(state.owed(log.origin)).toMatchObject([{ size: 149, waitedMs: 59_000 }]);
  });

  it('is settled by any tree that was cosigned before, and by the next one if it is that', async () => {
    const state = open();
    for (const size of [50, 60, 70]) await advance(state, size);
    for (const size of [50, 60, 70]) {
      const learned = state.learn(log.origin, 'peer', await tree(log, size), 0);
      expect(learned).toEqual({ learned: 'consistent', found: [] });
    }
    state.learn(log.origin, 'peer', await tree(log, 80), 0);
    expect(sizes(state)).toEqual([80]);
    await advance(state, 80);
    expect(sizes(state)).toEqual([]);
  });

  it('is owed again when another tree has been cosigned than the one that was compared', async () => {
    const state = open();
    await advance(state, 50);
    const ahead = await tree(log.fork(55, 90), 90);
    state.learn(log.origin, 'peer', ahead, 0);
    state.compared(log.origin, 50, ahead, { kind: 'consistent' }, 0);
    expect(sizes(state)).toEqual([]);
    await advance(state, 60);
    expect(sizes(state)).toEqual([90]);
  });

  it('counts from the first cosignature on for what was known before it', async () => {
    const state = open();
    state.learn(log.origin, 'peer', await tree(log.fork(20, 90), 90), 0);
    expect(sizes(state)).toEqual([]);
    await advance(state, 60);
    expect(sizes(state)).toEqual([90]);
  });

  it('is evidence at once where two sources tell of two trees of one size', async () => {
    const state = open();
    await advance(state, 50);
    state.learn(log.origin, 'one', await tree(log, 90), 0);
    const { learned, found } = state.learn(log.origin, 'two', await tree(log.fork(60, 90), 90), 0);
    expect(learned).toBe('contradiction');
    expect(found).toMatchObject([{ kind: 'same-size-fork' }]);
    expect(state.log(log.origin).frozenBy).toBe(found[0]!.id);
  });
});

describe('evidence that a monitor lists', () => {
  it('freezes the log as that of a peer does, and garbage freezes nothing', async () => {
    const notes = [await log.checkpoint(200), await log.fork(1, 200).checkpoint()] as const;
    const [evidence] = proveSameSizeFork(...notes, [log.key.verifier]);
    const id = evidenceId(evidence!);
    let isGarbage = true;
    const url = await cleanup.serve((request, response) => {
      if (request.url === '/evidence') response.end(JSON.stringify([listed(evidence!)]));
      else response.end(isGarbage ? 'garbage' : encodeEvidence(evidence!));
    });
    const { config } = witnessSetup(cleanup.folder(), [log], {
      config: { monitors: [{ url }], cross_check: { interval_ms: 100, timeout_ms: 1000 } },
    });
    const witness = await startTestWitness(cleanup, config);
    await until(async () => (await checks(witness, 'bad-answer')) > 1);
    expect((await feed(witness, log, 0, 300)).kind).toBe('cosigned');
    isGarbage = false;
    const frozen = await untilAnswered(witness, 300, 403);
    expect(frozen.problem).toMatchObject({ code: 'log-frozen', evidence: id });
  });
});

it('the root that is owed is named, so that an operator can look for it', async () => {
  tiles.mode = 404;
  const { witness } = await startBeside(log, 350, 270);
  const { problem } = await untilAnswered(witness, 270, 503);
  expect(problem.owed_root).toBe(encodeBase64(await log.root(350)));
});

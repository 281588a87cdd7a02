/**
 * Witnesses that compare themselves with their peers: what freezes a log, and all that must not.
 */
import type { RequestListener } from 'node:http';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeEvidence, proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import { KEY_TYPES, type SignerKey } from '#protocol/note/key.ts';
import {
  checks,
  cosignedBy,
  evidenceOf,
  feed,
  type Show,
  servePeer,
} from '#test/support/cross-check.ts';
import { listed } from '#test/support/evidence.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { timed } from '#test/support/stretch.ts';
import { until } from '#test/support/wait.ts';
import {
  Cleanup,
  capturedLogger,
  startTestWitness,
  type TestWitness,
  witnessSetup,
} from '#test/support/witness.ts';
import type { WitnessConfig } from '#witness/config.ts';
import { WitnessState } from '#witness/state.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** For each request of a witness: above what a busy machine takes, and for those that hang. */
const TIMEOUT_MS = 20_000;
const HANGING_MS = 4000;

const peerKey = newKey('witness.example/peer', KEY_TYPES.cosignatureEd25519);
const peerMlDsaKey = newKey('witness.example/peer', KEY_TYPES.cosignatureMlDsa44);
let log: MemoryLog;
/** What the log's tile server shows. */
let shownTiles: MemoryLog;
let tilesUrl: string;
let captured: ReturnType<typeof capturedLogger>;

beforeEach(async () => {
  log = new MemoryLog().growTo(300);
  shownTiles = log;
  tilesUrl = await cleanup.serveTiles(() => shownTiles);
  captured = capturedLogger();
});

/** A witness that checks the given peers ten times a second. */
function configWith(
  peers: { url: string; keys: readonly SignerKey[] }[],
  timeoutMs = TIMEOUT_MS,
): WitnessConfig {
  const { config } = witnessSetup(cleanup.folder(), [log], {
    config: {
      logs: [{ vkey: log.key.verifier.text, url: tilesUrl }],
      peers: peers.map(({ url, keys }) => ({ url, vkeys: keys.map((k) => k.verifier.text) })),
      cross_check: { interval_ms: 100, timeout_ms: timeoutMs },
    },
  });
  return config;
}

function startWith(...options: Parameters<typeof configWith>): Promise<TestWitness> {
  return startTestWitness(cleanup, configWith(...options), { logger: captured.logger });
}

/** A checkpoint as the peer shows it. */
const cosigned = (from: MemoryLog, size: number, keys = [peerKey], timeSeconds?: number) =>
  cosignedBy(from, size, keys, timeSeconds);

const fakePeer = (show: Show) => servePeer(cleanup, show);

const logs = (message: string) => captured.lines.filter(({ msg }) => msg === message);

describe('a log that shows two trees', () => {
  it('is frozen when the peer has another tree of the same size', async () => {
    let shown: string | undefined;
    const witness = await startWith([{ url: await fakePeer(() => shown), keys: [peerKey] }]);
    await feed(witness, log, 0, 200);
    shown = await cosigned(log.fork(100, 200), 200);
    await until(async () => (await evidenceOf(witness)).length > 0);
    expect(await evidenceOf(witness)).toEqual([
      { kind: 'same-size-fork', standing: 'proof', accused: log.key.verifier.text },
    ]);
    await expect(feed(witness, log, 200)).rejects.toMatchObject({ status: 403 });
    expect(logs('a contradiction is proven')).toMatchObject([{ level: 'error' }]);
  });

  it('is frozen by its own signature, whatever the peer that shows it has cosigned', async () => {
    let shown: string | undefined;
    const witness = await startWith([{ url: await fakePeer(() => shown), keys: [peerKey] }]);
    await feed(witness, log, 0, 200);
    shown = await log.fork(1, 200).checkpoint();
    await until(async () => (await evidenceOf(witness)).length > 0);
    await expect(feed(witness, log, 200)).rejects.toMatchObject({ status: 403 });
  });

  it.each([
    ['smaller than our own', 270, 290],
    ['larger than our own', 290, 270],
  ])('is frozen when the peer has another tree %s', async (_, peerSize, ownSize) => {
    const fork = log.fork(100, peerSize);
    if (peerSize > ownSize) shownTiles = fork;
    const peer = await fakePeer(() => cosigned(fork, peerSize, [peerKey, peerMlDsaKey]));
    const witness = await startWith([{ url: peer, keys: [peerKey, peerMlDsaKey] }]);
    await feed(witness, log, 0, ownSize);
    await until(async () => (await evidenceOf(witness)).length > 0);
    expect(await evidenceOf(witness)).toEqual([
      { kind: 'different-size-fork', standing: 'proof', accused: log.key.verifier.text },
    ]);
    await expect(feed(witness, log, ownSize)).rejects.toMatchObject({ status: 403 });
  });

  it('stays frozen after a restart, when the peer shows something else', async () => {
    let shown: string | undefined;
    const config = configWith([{ url: await fakePeer(() => shown), keys: [peerKey] }]);
    const first = await startTestWitness(cleanup, config);
    await feed(first, log, 0, 200);
    shown = await cosigned(log.fork(100, 200), 200);
    await until(async () => (await evidenceOf(first)).length > 0);
    await first.close();
    shown = await cosigned(log, 200);
    const second = await startTestWitness(cleanup, config);
    await until(async () => (await checks(second, 'frozen')) > 0);
    await expect(feed(second, log, 200)).rejects.toMatchObject({ status: 403 });
    expect(await second.client.checkpoint(log.origin)).toContain('\n200\n');
  });

  it('is frozen by every honest witness, by evidence of another where its own tiles do not tell', async () => {
    const fork = log.fork(100, 250);
    shownTiles = fork;
    const first = witnessSetup(cleanup.folder(), [log], { name: 'witness.example/a' });
    const alone = await startTestWitness(cleanup, first.config);
    await feed(alone, log, 0, 290);
    // Only tiles of the fork are to be had, so these two can never compare 250 with 290.
    const second = await startWith([{ url: alone.url, keys: first.keys }]);
    await feed(second, fork, 0);
    await until(async () => (await checks(second, 'undecided')) > 1);
    expect(await evidenceOf(second)).toEqual([]);
    await expect(feed(alone, log.fork(5, 290), 290)).rejects.toMatchObject({ status: 422 });
    await until(async () => (await evidenceOf(second)).length > 0);
    await expect(feed(second, fork, 250)).rejects.toMatchObject({ status: 403 });
  });
});

describe('a peer that goes back and cosigns both trees', () => {
  it('is accused beside the log, over a restart, when the tiles come', async () => {
    let shown: string | undefined = await cosigned(log, 200, [peerKey], 1_800_000_000);
    const peers = [{ url: await fakePeer(() => shown), keys: [peerKey] }];
    const config = configWith(peers);
    const first = await startTestWitness(cleanup, config);
    await feed(first, log, 0, 250);
    await until(async () => (await checks(first, 'consistent')) > 0);
    await first.close();
    const fork = log.fork(100, 240);
    shown = await cosigned(fork, 240, [peerKey], 1_800_000_500);
    const second = await startTestWitness(cleanup, config);
    const accused = async (by: TestWitness) => (await evidenceOf(by)).map((item) => item.accused);
    await until(async () => (await accused(second)).includes(log.key.verifier.text));
    expect(await accused(second)).not.toContain(peerKey.verifier.text);
    await second.close();
    shownTiles = fork;
    const third = await startTestWitness(cleanup, config);
    await until(async () => (await accused(third)).includes(peerKey.verifier.text));
  });

  it('is accused by evidence that another shows, beside whatever is false there', async () => {
    const notes = [await cosigned(log, 200), await cosigned(log.fork(100, 200), 200)] as const;
    const [valid] = proveSameSizeFork(...notes, [peerKey.verifier]);
    const lie = { ...listed(valid!), id: 'f'.repeat(64), accused: log.key.verifier.text };
    const url = await cleanup.serve((request, response) => {
      if (request.url === '/evidence') response.end(JSON.stringify([lie, listed(valid!)]));
      else if (request.url?.endsWith(lie.id)) response.end('{}');
      else if (request.url?.startsWith('/evidence/')) response.end(encodeEvidence(valid!));
      else response.writeHead(404).end();
    });
    const { config } = witnessSetup(cleanup.folder(), [log], {
      config: {
        peers: [{ url: await fakePeer(() => undefined), vkeys: [peerKey.verifier.text] }],
        logs: [{ vkey: log.key.verifier.text, url: tilesUrl }],
        monitors: [{ url }],
        cross_check: { interval_ms: 100, timeout_ms: TIMEOUT_MS },
      },
    });
    const witness = await startTestWitness(cleanup, config);
    await until(async () => (await evidenceOf(witness)).length > 0);
    expect(await evidenceOf(witness)).toMatchObject([{ accused: peerKey.verifier.text }]);
    expect((await feed(witness, log, 0, 200)).kind).toBe('cosigned');
  });

  it('makes no more evidence against itself than there is room for', async () => {
    const { config } = witnessSetup(cleanup.folder(), [log]);
    const origins = Array.from({ length: 70 }, (_, i) =>
      newKey(`log.example/${i}`, KEY_TYPES.ed25519),
    );
    const keys = [log.key.verifier];
    const state = WitnessState.open(config.database, undefined, { create: true });
    cleanup.add(() => state.close());
    state.logs.configure([{ origin: log.origin, keys }], 0);
    for (const key of origins) {
      const other = new MemoryLog(key).growTo(5);
      const notes = [await cosigned(other, 5), await cosigned(other.fork(1, 5), 5)] as const;
      state.recordEvidence(proveSameSizeFork(...notes, [peerKey.verifier]), 1, 'a peer');
    }
    expect(state.evidence.count()).toBe(64);
    const fork = [await log.checkpoint(), await log.fork(1, 300).checkpoint()] as const;
    expect(state.recordEvidence(proveSameSizeFork(...fork, keys), 2, 'a peer')).toHaveLength(1);
    expect(state.evidence.count()).toBe(65);
    expect(state.log(log.origin).frozenBy).toBeDefined();
  });
});

describe('a storage that fails while evidence is stored', () => {
  it('loses nothing: the evidence is found again at the next round', async () => {
    const record = vi.spyOn(WitnessState.prototype, 'learn');
    cleanup.add(() => record.mockRestore());
    record.mockImplementationOnce(() => {
      throw new Database.SqliteError('injected', 'SQLITE_FULL');
    });
    record.mockImplementationOnce(() => {
      throw new Error('injected');
    });
    let shown: string | undefined;
    const witness = await startWith([{ url: await fakePeer(() => shown), keys: [peerKey] }]);
    await feed(witness, log, 0, 200);
    shown = await cosigned(log.fork(100, 200), 200);
    await until(async () => (await evidenceOf(witness)).length > 0);
    expect(logs('the storage failed')).toHaveLength(1);
    expect(logs('a scheduled task failed')).toHaveLength(1);
  });
});

describe('an honest log', () => {
  it('is never frozen while both witnesses and the log grow', async () => {
    const setups = ['witness.example/a', 'witness.example/b'].map((name) =>
      witnessSetup(cleanup.folder(), [log], {
        name,
        config: {
          logs: [{ vkey: log.key.verifier.text, url: tilesUrl }],
          cross_check: { interval_ms: 100, timeout_ms: TIMEOUT_MS },
        },
      }),
    );
    const [a, b] = setups as [(typeof setups)[0], (typeof setups)[0]];
    const first = await startTestWitness(cleanup, a.config);
    const vkeys = a.keys.map(({ verifier }) => verifier);
    const watching = { ...b.config, peers: [{ url: first.url, vkeys }] };
    const second = await startTestWitness(cleanup, watching, { logger: captured.logger });
    let [sizeA, sizeB] = [0, 0];
    const compared = () => checks(second, 'consistent');
    // However many of its rounds a busy machine has room for meanwhile, some are among them.
    for (let size = 7; size < 900 || (await compared()) < 3; size += 17) {
      log.growTo(size);
      if (size % 3 !== 0) {
        await feed(first, log, sizeA, size);
        sizeA = size;
      }
      if (size % 3 !== 1) {
        await feed(second, log, sizeB, size);
        sizeB = size;
      }
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    const before = await compared();
    await until(async () => (await compared()) > before);
    expect(await checks(second, 'undecided')).toBe(0);
    expect(await evidenceOf(second)).toEqual([]);
  });

  it('is not frozen when its tiles are garbage, missing, or those of another tree', async () => {
    let shown = await cosigned(log, 200);
    const peer = await fakePeer(() => shown);
    const witness = await startWith([{ url: peer, keys: [peerKey] }]);
    await feed(witness, log, 0, 290);
    await until(async () => (await checks(witness, 'consistent')) > 0);
    shownTiles = new MemoryLog(log.key).growTo(300, 'other');
    shown = await cosigned(log, 210);
    await feed(witness, log, 290, 295);
    await until(async () => (await checks(witness, 'undecided')) > 2);
    expect(await evidenceOf(witness)).toEqual([]);
    expect(logs('the peer could not be compared with')).toMatchObject([{ result: 'undecided' }]);
    shownTiles = log;
    const consistent = await checks(witness, 'consistent');
    await until(async () => (await checks(witness, 'consistent')) > consistent);
    await feed(witness, log, 295, 300);
  });
});

describe('a peer', () => {
  it('that cosigns a smaller tree later convicts nobody: an anomaly, by its name', async () => {
    let shown = await cosigned(log, 200, [peerKey], 1_800_000_000);
    const witness = await startWith([{ url: await fakePeer(() => shown), keys: [peerKey] }]);
    await feed(witness, log, 0, 250);
    await until(async () => (await checks(witness, 'consistent')) > 0);
    shown = await cosigned(log, 150, [peerKey], 1_800_000_005);
    await until(async () => (await evidenceOf(witness)).length > 0);
    expect(await evidenceOf(witness)).toEqual([
      { kind: 'cosigned-backwards', standing: 'anomaly', accused: peerKey.verifier.text },
    ]);
    expect((await feed(witness, log, 250, 251)).kind).toBe('cosigned');
    const told = captured.lines.filter(({ kind }) => kind === 'cosigned-backwards');
    expect(told).toMatchObject([{ level: 'warn' }]);
  });

  it('whose old answer came from a cache is not accused', async () => {
    let shown = await cosigned(log, 200, [peerKey], 1_800_000_000);
    const witness = await startWith([{ url: await fakePeer(() => shown), keys: [peerKey] }]);
    await feed(witness, log, 0, 250);
    await until(async () => (await checks(witness, 'consistent')) > 0);
    shown = await cosigned(log, 150, [peerKey], 1_799_999_000);
    const before = await checks(witness, 'consistent');
    await until(async () => (await checks(witness, 'consistent')) > before + 1);
    expect(await evidenceOf(witness)).toEqual([]);
  });

  it('that has nothing yet, or whom we have nothing to show for, is compared later', async () => {
    let shown: string | undefined;
    const url = await cleanup.serve((_, response) => {
      response.writeHead(shown === undefined ? 404 : 200).end(shown);
    });
    const witness = await startWith([{ url, keys: [peerKey] }]);
    await until(async () => (await checks(witness, 'nothing-yet')) > 1);
    shown = await cosigned(log, 100);
    const before = await checks(witness, 'nothing-yet');
    await until(async () => (await checks(witness, 'nothing-yet')) > before);
    await feed(witness, log, 0);
    await until(async () => (await checks(witness, 'consistent')) > 0);
  });

  const stranger = newKey('witness.example/stranger', KEY_TYPES.cosignatureEd25519);
  const impostor = newKey(peerKey.verifier.name, KEY_TYPES.cosignatureEd25519);
  const otherLog = () => new MemoryLog(newKey('log.example/test', KEY_TYPES.ed25519)).growTo(200);
  const garbage: [string, () => Promise<string> | string][] = [
    ['nothing', () => ''],
    ['HTML', () => '<!doctype html><title>It works</title>'],
    ['more than fits', () => 'x'.repeat(300_000)],
    ['a checkpoint it has not cosigned', () => log.checkpoint(200)],
    ['a checkpoint that a stranger cosigned', () => cosigned(log, 200, [stranger])],
    ['a checkpoint with a cosignature by another key', () => cosigned(log, 200, [impostor])],
    ['a checkpoint of another log key', () => cosigned(otherLog(), 200)],
  ];
  it.each(garbage)('that answers with %s is told of once and freezes nothing', async (_, show) => {
    const witness = await startWith([{ url: await fakePeer(show), keys: [peerKey] }]);
    await feed(witness, log, 0, 200);
    await until(async () => (await checks(witness, 'bad-answer')) > 2);
    expect(await evidenceOf(witness)).toEqual([]);
    expect((await feed(witness, log, 200)).kind).toBe('cosigned');
    const warnings = logs('the peer could not be compared with');
    expect(warnings).toMatchObject([{ level: 'warn', result: 'bad-answer' }]);
  });

  it('that hangs or is away delays no other, and is told of once, and again when it is back', async () => {
    let isHanging = true;
    const hanging: RequestListener = async (request, response) => {
      if (isHanging) return;
      if (!request.url?.endsWith('/checkpoint')) response.writeHead(404).end();
      else response.end(await cosigned(log, 200));
    };
    const good = await fakePeer(() => cosigned(log, 200, [stranger]));
    const away = new Cleanup();
    const awayUrl = await away.serve(() => {});
    await away.run();
    const peers = [
      { url: await cleanup.serve(hanging), keys: [peerKey] },
      { url: awayUrl, keys: [newKey('witness.example/away', KEY_TYPES.cosignatureEd25519)] },
      { url: good, keys: [stranger] },
    ];
    const witness = await startWith(peers, HANGING_MS);
    await feed(witness, log, 0, 200);
    await until(async () => (await checks(witness, 'unreachable', peerKey.verifier.name)) > 1);
    const isDelayed = async () => (await checks(witness, 'consistent', stranger.verifier.name)) < 3;
    await until(async () => !(await isDelayed()));
    // On a busy machine the good one, too, may once be too late to answer.
    const of = (name: string, message: string) => logs(message).filter(({ peer }) => peer === name);
    for (const name of [peerKey.verifier.name, 'witness.example/away']) {
      expect(of(name, 'the peer could not be compared with'), name).toHaveLength(1);
    }
    isHanging = false;
    const back = () =>
      of(peerKey.verifier.name, 'compared with the peer').filter(
        ({ before }) => before === 'unreachable',
      );
    await until(() => back().length === 1);
    isHanging = true;
    const { tookMs, stretch } = await timed(() => witness.close());
    expect(tookMs).toBeLessThan(HANGING_MS * stretch);
  });

  it('that publishes evidence which is none, or is against somebody else, freezes nothing', async () => {
    const other = otherLog();
    const notes = [await other.checkpoint(), await other.fork(1, 200).checkpoint()] as const;
    const [valid] = proveSameSizeFork(...notes, [other.key.verifier]);
    const documents = [
      { ...valid!, accused: log.key.verifier },
      { ...valid!, first: valid!.second },
      valid!,
    ];
    for (const evidence of documents) {
      const item = { ...listed(evidence), accused: log.key.verifier.text };
      const items = [null, { ...item, id: 7 }, item];
      const url = await cleanup.serve(async (request, response) => {
        if (request.url === '/evidence') response.end(JSON.stringify(items));
        else if (request.url?.startsWith('/evidence/')) response.end(encodeEvidence(evidence));
        else response.end(await cosigned(log, 200));
      });
      const witness = await startWith([{ url, keys: [peerKey] }]);
      await feed(witness, log, 0, 200);
      await until(async () => (await checks(witness, 'bad-answer')) > 1);
      expect(await evidenceOf(witness)).toEqual([]);
      expect((await feed(witness, log, 200)).kind).toBe('cosigned');
    }
  });

  it('that lists what convicts nobody, and what is false, keeps no proof from being taken over', async () => {
    const notes = [await log.checkpoint(150), await log.fork(1, 150).checkpoint()] as const;
    const [valid] = proveSameSizeFork(...notes, [log.key.verifier]);
    const item = listed(valid!);
    const items = [
      { ...item, id: 'a'.repeat(64), kind: 'invalid-entry', standing: 'breach' },
      { ...item, id: 'b'.repeat(64) },
      item,
    ];
    const url = await cleanup.serve(async (request, response) => {
      if (request.url === '/evidence') response.end(JSON.stringify(items));
      else if (request.url === `/evidence/${item.id}`) response.end(encodeEvidence(valid!));
      else if (request.url?.startsWith('/evidence/')) response.end('{}');
      else response.end(await cosigned(log, 200));
    });
    const witness = await startWith([{ url, keys: [peerKey] }]);
    await feed(witness, log, 0, 200);
    await until(async () => (await evidenceOf(witness)).length > 0);
  });

  it.each(['{}', 'garbage', '[]'])('may list its evidence as %s', async (list) => {
    const url = await cleanup.serve(async (request, response) => {
      if (request.url === '/evidence') response.end(list);
      else response.end(await cosigned(log, 200));
    });
    const witness = await startWith([{ url, keys: [peerKey] }]);
    await feed(witness, log, 0, 200);
    const result = list === '[]' ? 'nothing-yet' : 'bad-answer';
    await until(async () => (await checks(witness, result)) > 1);
    // Rounds before anything was cosigned here have nothing to compare with.
    await until(async () => (await checks(witness, 'consistent')) > 0);
  });
});

/** What is shown must extend what this browser has seen: a fork is evidence, a rollback is said, growth is silent. */
import { describe, expect, it } from 'vitest';
import { judgeCheckpoint } from '#explorer/web/verify/checkpoints/judge-checkpoint.ts';
import { MAX_SEEN_LOGS } from '#explorer/web/verify/checkpoints/seen-checkpoints.ts';
import { compareNotes } from '#explorer/web/verify/comparison/compare-notes.ts';
import { memoryStorage } from '#explorer/web/verify/trust/text-storage.ts';
import { offeredTrust } from '#explorer/web/verify/trust/trust.ts';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import {
  encodeEvidence,
  evidenceId,
  parseEvidence,
  proveSameSizeFork,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { verifyConsistency } from '#protocol/merkle/proof.ts';
import { HonestExplorer, HonestLog, NOW_MS, someEntries } from './honest-explorer.ts';

const ORIGIN = 'log.example/a';
const ENTRIES = someEntries(600);
const honest = (size: number) => new HonestLog(ORIGIN, KEY.key).grow(...ENTRIES.slice(0, size));
/** The same log with another entry at `at`. */
const forked = (size: number, at: number) =>
  new HonestLog(ORIGIN, KEY.key).grow(...ENTRIES.slice(0, size).with(at, someEntries(1, 'x')[0]!));
const KEY = new HonestLog(ORIGIN);

/** What a visitor who saw `before` is told of `after`. */
async function visits(before: HonestLog, after: HonestLog, storage = memoryStorage()) {
  await new HonestExplorer(before).visitor({ storage, nowMs: () => NOW_MS });
  return await visit(after, storage);
}

async function visit(log: HonestLog, storage = memoryStorage(), askedMs = NOW_MS + 2) {
  const explorer = new HonestExplorer(log);
  const browser = explorer.browser({ storage, nowMs: () => NOW_MS + 1 });
  const { findings, logs } = await browser.logs(await explorer.logsAnswer(), askedMs);
  const codes = findings.map(({ code }) => code);
  return { codes, continuity: logs[0]!.checkpoint!.continuity };
}

describe('a log that goes on', () => {
  it.each([
    [1, 1],
    [1, 40],
    [40, 600],
    [255, 257],
    [512, 513],
  ])('from %i to %i entries raises nothing', async (small, large) => {
    const { codes, continuity } = await visits(honest(small), honest(large));
    expect(codes).toEqual([]);
    expect(continuity.before).toEqual({ size: small, seenMs: NOW_MS });
  });

  it('is remembered at its newest', async () => {
    const storage = memoryStorage();
    await visits(honest(10), honest(30), storage);
    expect((await visit(honest(30), storage)).continuity.before?.size).toBe(30);
  });
});

describe('a log that contradicts itself', () => {
  it.each([
    [40, 40, 7],
    [40, 600, 0],
    [300, 301, 299],
    [600, 40, 7],
  ])('at %i and %i entries gives evidence that convicts it', async (first, second, at) => {
    const { codes, continuity } = await visits(honest(first), forked(second, at));
    expect(codes).toContain(second < first ? 'log-rolled-back' : 'log-contradiction');
    // Of a larger tree the explorer has no files any more.
    if (second < first) return;
    expect(continuity.evidence).not.toHaveLength(0);
    for (const { name, bytes, accused } of continuity.evidence) {
      const verdict = verifyEvidence(parseEvidence(bytes));
      expect(verdict).toMatchObject({ proven: true, standing: 'proof' });
      expect(verdict.accused).toContain(accused);
      expect(name).toMatch(/^[0-9a-f]{16}\.tecp-evidence\.json$/);
    }
  });

  it('is said at each visit, until the visitor forgets what was seen', async () => {
    const storage = memoryStorage();
    expect((await visits(honest(40), forked(50, 3), storage)).codes).toEqual(['log-contradiction']);
    expect((await visit(forked(50, 3), storage)).codes).toEqual(['log-contradiction']);
    expect((await visit(honest(40), storage)).codes).toEqual([]);
    new HonestExplorer(KEY).browser({ storage }).seen.forget(ORIGIN);
    expect((await visit(forked(50, 3), storage)).codes).toEqual([]);
  });
});

describe('less than before', () => {
  it('is said, unless the answer was asked for before more was seen', async () => {
    const storage = memoryStorage();
    expect((await visits(honest(40), honest(30), storage)).codes).toContain('log-rolled-back');
    const files = honest(40);
    const explorer = new HonestExplorer(files);
    const browser = await explorer.visitor({ storage });
    const old = await files.note(30);
    const answer = { entries: [], searched: { [ORIGIN]: { from: 0, to: 30 } } };
    const judge = async (askedMs: number) => {
      const asked = { filters: {}, limit: 1, askedMs, cursor: '30' };
      const verdict = await browser.search({ ...answer, checkpoints: { [ORIGIN]: old } }, asked);
      return verdict.findings.map(({ code }) => code);
    };
    expect(await judge(NOW_MS - 5)).toEqual([]);
    expect(await judge(NOW_MS + 5)).toEqual(['log-rolled-back']);
  });
});

describe('what is not shown any more', () => {
  it.each([
    ['with a size, and no checkpoint', 40, ['log-rolled-back', 'checkpoint-missing']],
    ['as one of which nothing is there', 0, ['log-rolled-back']],
  ])('of a log that is listed %s is less than before', async (_, size, codes) => {
    const storage = memoryStorage();
    const explorer = new HonestExplorer(honest(40));
    await explorer.visitor({ storage, nowMs: () => NOW_MS });
    const { logs, now_ms } = await explorer.logsAnswer();
    const { checkpoint: _checkpoint, ...bare } = logs[0]!;
    const told = async (askedMs: number, own = memoryStorage()) => {
      const answer = { logs: [{ ...bare, size, shown_size: size }], now_ms };
      const { findings } = await explorer.browser({ storage: own }).logs(answer, askedMs);
      return findings.map(({ code }) => code);
    };
    expect(await told(NOW_MS + 1, storage)).toEqual(codes);
    // Of an answer that was on its way, and of a log that this browser never saw, it is none.
    expect(await told(NOW_MS - 1, storage)).not.toContain('log-rolled-back');
    expect(await told(NOW_MS + 1)).not.toContain('log-rolled-back');
  });

  it('of a log that is not listed is a doubt, until the visitor forgets it', async () => {
    const storage = memoryStorage();
    await new HonestExplorer(honest(40)).visitor({ storage });
    const other = new HonestLog('log.example/b').grow(...someEntries(3));
    const told = { codes: ['log-not-listed'] };
    expect(await visit(other, storage)).toMatchObject(told);
    expect(await visit(other, storage)).toMatchObject(told);
    new HonestExplorer(KEY).browser({ storage }).seen.forget(ORIGIN);
    expect(await visit(other, storage)).toMatchObject({ codes: [] });
  });
});

describe('what is remembered', () => {
  const opened = async (name: string, size = 1) => {
    const log = new HonestLog(name).grow(...ENTRIES.slice(0, size));
    return judgeCheckpoint(await log.note(), name, offeredTrust(log.policy), NOW_MS).opened!;
  };

  it('is never dropped for logs that are listed later, however many', async () => {
    const storage = memoryStorage();
    await new HonestExplorer(honest(40)).visitor({ storage });
    const { seen } = new HonestExplorer(KEY).browser({ storage });
    const one = await opened('invented');
    const invented = (i: number) => ({
      ...one,
      cosignatures: [],
      checkpoint: { ...one.checkpoint, origin: `invented/${i}` },
    });
    const became = Array.from({ length: MAX_SEEN_LOGS }, (_, i) =>
      seen.remember(invented(i), undefined, NOW_MS),
    );
    expect([became.at(0), became.at(-1)]).toEqual(['kept', 'no-room']);
    expect((await visit(forked(40, 3), storage)).codes).toContain('log-contradiction');
  });

  it('is bounded in size, too', async () => {
    const storage = memoryStorage();
    const { seen } = new HonestExplorer(KEY).browser({ storage });
    const one = await opened('log.example/a', 3);
    const long = { ...one, note: { ...one.note, text: `${one.note.text}${'x'.repeat(39_000)}\n` } };
    const became = Array.from({ length: 60 }, (_, i) =>
      seen.remember(
        { ...long, checkpoint: { ...one.checkpoint, origin: `invented/${i}` } },
        undefined,
        NOW_MS,
      ),
    );
    expect(became.at(0)).toBe('kept');
    expect(became.at(-1)).toBe('no-room');
    expect(storage.read('tecp-explorer.seen')!.length).toBeLessThan(2 * 1024 * 1024);
  });

  it('is not replaced by one that was not compared with it, as where two tabs judge at once', async () => {
    const storage = memoryStorage();
    await new HonestExplorer(honest(10)).visitor({ storage });
    // While one tab reads the tiles that it needs, the other sees more.
    const race = async (mine: HonestLog, others: HonestLog) => {
      const explorer = new HonestExplorer(mine);
      let isDone = false;
      const fetch: typeof explorer.fetch = async (...asked) => {
        if (!isDone) {
          isDone = true;
          await new HonestExplorer(others).visitor({ storage });
        }
        return await explorer.fetch(...asked);
      };
      const browser = explorer.browser({ storage, fetch });
      const { findings } = await browser.logs(await explorer.logsAnswer(), NOW_MS);
      expect(isDone).toBe(true);
      return findings.map(({ code }) => code);
    };
    expect(await race(honest(30), honest(50))).not.toContain('log-contradiction');
    expect((await visit(honest(50), storage)).continuity.before?.size).toBe(50);
    const fork = forked(80, 60);
    expect(await race(honest(80), fork)).toEqual(['log-contradiction']);
    expect((await visit(fork, storage)).codes).toEqual([]);
  });
});

describe('what cannot be compared', () => {
  it('is a doubt where the files do not come or are of another tree', async () => {
    const storage = memoryStorage();
    await new HonestExplorer(honest(40)).visitor({ storage });
    const grown = new HonestExplorer(honest(50));
    const away = grown.browser({ storage, fetch: async () => new Response('', { status: 404 }) });
    const verdict = await away.logs(await grown.logsAnswer(), NOW_MS);
    expect(verdict.findings.map(({ code, gravity }) => [code, gravity])).toEqual([
      ['log-not-compared', 'doubt'],
    ]);
  });

  it('is a doubt where the explorer offers another policy, and nothing is forgotten', async () => {
    const storage = memoryStorage();
    await new HonestExplorer(honest(40)).visitor({ storage });
    const stranger = new HonestLog(ORIGIN).grow(...ENTRIES.slice(0, 50));
    expect((await visit(stranger, storage)).codes).toEqual(['log-not-compared']);
    expect((await visit(forked(50, 3), storage)).codes).toEqual(['log-contradiction']);
  });

  it('is not remembered, nor is what lacks its quorum', async () => {
    const storage = memoryStorage();
    const log = honest(40);
    const explorer = new HonestExplorer(log);
    const answer = await explorer.logsAnswer();
    const logs = [{ ...answer.logs[0]!, checkpoint: await log.note(40, [1]) }];
    await explorer.browser({ storage }).logs({ ...answer, logs }, NOW_MS);
    expect(storage.read('tecp-explorer.seen')).toBeUndefined();
  });

  it('is nothing that a damaged storage could make of it', async () => {
    const storage = memoryStorage();
    storage.write('tecp-explorer.seen', '[{"log":"a"}]');
    expect((await visit(honest(40), storage)).codes).toEqual([]);
    const full = {
      ...memoryStorage(),
      write: () => {
        throw new Error('full');
      },
    };
    expect((await visit(honest(40), full)).codes).toEqual(['log-not-kept']);
  });
});

describe('checkpoints on one list', () => {
  const listed = async (log: HonestLog, ...others: readonly [HonestLog, number][]) => {
    const explorer = new HonestExplorer(log);
    const lists = await Promise.all(
      others.map(([other, size]) => explorer.checkpoints([size], other)),
    );
    const answer = await explorer.checkpoints([log.size, 12]);
    const checkpoints = [
      ...answer.checkpoints,
      ...lists.flatMap((list) => list.checkpoints),
    ].toSorted((a, b) => b.size - a.size);
    return await (await explorer.visitor()).checkpoints({ ...answer, checkpoints }, {});
  };

  it('of one size with two roots are evidence, also where it is the size of the newest', async () => {
    for (const size of [12, 40]) {
      const verdict = await listed(honest(40), [forked(40, 3), size]);
      expect(verdict.findings.map(({ code }) => code)).toEqual(['log-contradiction']);
      expect(verdict.evidence).not.toHaveLength(0);
      for (const { bytes } of verdict.evidence) {
        expect(verifyEvidence(parseEvidence(bytes))).toMatchObject({ proven: true });
      }
    }
  });

  it('above the newest of the log are compared with it, by the files that are served', async () => {
    const log = honest(40);
    const verdict = await listed(log, [forked(60, 3), 60]);
    expect(verdict.findings.map(({ code }) => code)).toEqual(['log-not-compared']);
    // One that came since the log was asked for.
    const explorer = new HonestExplorer(log);
    const visitor = await explorer.visitor();
    log.grow(...ENTRIES.slice(40, 50));
    const since = await visitor.checkpoints(await explorer.checkpoints([50, 40]), {});
    expect(since.findings).toEqual([]);
  });
});

describe('that a log has contradicted itself', () => {
  const proofOf = async (a: HonestLog, b: HonestLog, key = KEY.key.verifier) => {
    const [evidence] = proveSameSizeFork(await a.note(), await b.note(), [key]);
    return { id: evidenceId(evidence!), bytes: encodeEvidence(evidence!) };
  };
  /** Of a log that the explorer says is frozen, by what it has as evidence. */
  const told = async (id: string, bytes: Uint8Array | undefined, status = 404) => {
    const explorer = new HonestExplorer(honest(40));
    const { logs, now_ms } = await explorer.logsAnswer();
    const answer = { logs: [{ ...logs[0]!, state: 'frozen', evidence: [id] }], now_ms };
    const fetch: typeof explorer.fetch = async (url, init) => {
      if (!url.endsWith(`/v1/evidence/${id}`)) return await explorer.fetch(url, init);
      return bytes === undefined
        ? new Response('', { status })
        : new Response(new Uint8Array(bytes));
    };
    const verdict = await explorer.browser({ fetch }).logs(answer, NOW_MS);
    const codes = verdict.findings.map(({ code }) => code);
    return [verdict.logs[0]!.isConvicted, ...codes];
  };

  it('is proved by evidence against its own key, and by nothing else', async () => {
    const { id, bytes } = await proofOf(honest(40), forked(40, 3));
    expect(await told(id, bytes)).toEqual([true]);
    const unproven = [false, 'log-not-convicted'];
    expect(await told('ab'.repeat(32), undefined)).toEqual(unproven);
    expect(await told('ab'.repeat(32), bytes)).toEqual(unproven);
    expect(await told(id, encodeUtf8('{}'))).toEqual(unproven);
    // Another key of the same name, such as one that the explorer has made for it.
    const own = new HonestLog(ORIGIN);
    const grown = (salt: string) => new HonestLog(ORIGIN, own.key).grow(...someEntries(5, salt));
    const invented = await proofOf(grown('a'), grown('b'), own.key.verifier);
    expect(await told(invented.id, invented.bytes)).toEqual(unproven);
  });

  it('is a doubt where the evidence does not come', async () => {
    const { id } = await proofOf(honest(40), forked(40, 3));
    expect(await told(id, undefined, 503)).toEqual([false, 'log-evidence-missing']);
  });
});

describe('two checkpoints that a visitor compares', () => {
  const scene = async (log: HonestLog) => (await new HonestExplorer(log).visitor()).scene();

  it.each([
    [3, 7],
    [40, 40],
    [255, 600],
  ])('of one history, %i and %i, are consistent by a proof', async (small, large) => {
    const log = honest(large);
    const notes = [await log.note(small), await log.note(large)] as const;
    const there = await compareNotes(notes[0], notes[1], await scene(log));
    expect(there.kind).toBe('consistent');
    expect(there.findings).toEqual([]);
    const [a, b] = there.sides!.map((side) => side.checkpoint!);
    expect([a!.size, b!.size]).toEqual([small, large]);
    expect(verifyConsistency(a!.size, a!.root, b!.size, b!.root, there.proof!)).toBe(true);
    const back = await compareNotes(notes[1], notes[0], await scene(log));
    expect([back.kind, back.proof]).toEqual([there.kind, there.proof]);
  });

  it('of two histories contradict each other, with evidence', async () => {
    const log = forked(50, 3);
    const compared = await compareNotes(
      await honest(40).note(),
      await log.note(),
      await scene(log),
    );
    expect(compared.kind).toBe('contradiction');
    expect(compared.evidence).not.toHaveLength(0);
    expect(decodeUtf8(compared.evidence[0]!.bytes)).toContain('different-size-fork');
  });

  it('are undecided where they are no notes, of two logs, or not signed', async () => {
    const log = honest(9);
    const other = await new HonestLog('log.example/b').grow(...ENTRIES.slice(0, 3)).note();
    const stranger = await new HonestLog(ORIGIN).grow(...ENTRIES.slice(0, 3)).note();
    for (const note of ['nothing', other, stranger]) {
      const compared = await compareNotes(await log.note(), note, await scene(log));
      expect(compared.kind).toBe('undecided');
    }
  });
});

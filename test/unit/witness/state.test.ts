/**
 * The witness's memory: who it belongs to, what it refuses to forget, and what a failing storage
 * means for the answers.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { evidenceId, parseEvidence, proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { logOf } from '#protocol/note/checkpoint.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { ConfigError } from '#service/errors.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { WitnessState } from '#witness/state.ts';

const cleanup = new Cleanup();
afterEach(async () => {
  vi.restoreAllMocks();
  await cleanup.run();
});

const ed25519 = newKey('witness.example/one', KEY_TYPES.cosignatureEd25519).verifier;
const mlDsa = newKey('witness.example/one', KEY_TYPES.cosignatureMlDsa44).verifier;

function open(path: string, log: MemoryLog, keys = [ed25519]): WitnessState {
  const state = WitnessState.open(path, keys, { create: true });
  state.logs.configure([logOf(log.key.verifier)], 0);
  cleanup.add(() => state.close());
  return state;
}

async function advanceTo(state: WitnessState, log: MemoryLog, size: number): Promise<void> {
  const note = await log.checkpoint(size);
  const advance = { size, root: await log.root(size), note, logNote: note, timeSeconds: 1000 };
  state.update(log.origin, 0, () => ({ answer: undefined, advance }));
}

async function forkOf(log: MemoryLog, size: number) {
  const notes = [await log.checkpoint(size), await log.fork(1, size).checkpoint()] as const;
  return proveSameSizeFork(...notes, [log.key.verifier]);
}

describe('a database', () => {
  it('starts with the empty tree for each log', () => {
    const log = new MemoryLog();
    const state = open(join(cleanup.folder(), 'w.db'), log);
    expect(state.log(log.origin)).toEqual({
      origin: log.origin,
      size: 0,
      root: EMPTY_ROOT,
      note: undefined,
      timeSeconds: 0,
      frozenBy: undefined,
    });
    expect(() => state.log('nobody')).toThrow(RangeError);
  });

  it('is of one process at a time', async () => {
    const setup = witnessSetup(cleanup.folder(), [new MemoryLog()]);
    await startTestWitness(cleanup, setup.config);
    await expect(startTestWitness(cleanup, setup.config)).rejects.toThrow(ConfigError);
  });

  it('is of one witness: another name or another key is refused, a second kind is welcome', () => {
    const path = join(cleanup.folder(), 'w.db');
    const log = new MemoryLog();
    const otherName = newKey('witness.example/two', KEY_TYPES.cosignatureEd25519).verifier;
    const otherKey = newKey(ed25519.name, KEY_TYPES.cosignatureEd25519).verifier;
    open(path, log).close();
    expect(() => open(path, log, [otherName])).toThrow(/database of the witness/);
    expect(() => open(path, log, [otherKey])).toThrow(/is not configured/);
    open(path, log, [ed25519, mlDsa]).close();
    expect(() => open(path, log, [otherKey, mlDsa])).toThrow(ConfigError);
  });

  it('whose checkpoint the log did not sign is refused', async () => {
    const path = join(cleanup.folder(), 'w.db');
    const log = new MemoryLog().growTo(5);
    const state = open(path, log);
    await advanceTo(state, log, 5);
    state.close();
    for (const note of ['nonsense', await log.checkpoint(4)]) {
      const db = new Database(path);
      db.prepare('UPDATE logs SET note = ?').run(note);
      db.close();
      expect(() => open(path, log)).toThrow(/damaged/);
    }
  });
});

describe('the schema itself', () => {
  it('refuses to go back, to take up a frozen log, or to change evidence', async () => {
    const path = join(cleanup.folder(), 'w.db');
    const log = new MemoryLog().growTo(9);
    const state = open(path, log);
    await advanceTo(state, log, 5);
    const otherRoot = await log.fork(1, 5).root();
    const note = await log.checkpoint(5);
    const back = [
      { size: 4, root: await log.root(4), note, logNote: note, timeSeconds: 1000 },
      { size: 5, root: otherRoot, note, logNote: note, timeSeconds: 1000 },
      { size: 6, root: await log.root(6), note, logNote: note, timeSeconds: 999 },
    ];
    for (const advance of back) {
      const update = () => state.update(log.origin, 0, () => ({ answer: undefined, advance }));
      expect(update).toThrow(/cannot be taken back/);
    }
    state.recordEvidence(await forkOf(log, 5), 1, 'a peer');
    await expect(advanceTo(state, log, 6)).rejects.toThrow(/frozen/);
    state.close();
    const db = new Database(path);
    cleanup.add(() => db.close());
    expect(() => db.exec('UPDATE logs SET frozen_by = NULL')).toThrow(/frozen/);
    expect(() => db.exec('DELETE FROM logs')).toThrow(/never forgotten/);
    expect(() => db.exec("UPDATE evidence SET statement = ''")).toThrow(/never changed/);
    expect(() => db.exec('DELETE FROM evidence')).toThrow(/never deleted/);
  });
});

describe('evidence', () => {
  it('is kept once for a kind and a key, with its exact bytes', async () => {
    const log = new MemoryLog().growTo(9);
    const state = open(join(cleanup.folder(), 'w.db'), log);
    const [first] = await forkOf(log, 5);
    expect(state.recordEvidence([first!], 77, 'a peer')).toMatchObject([{ detectedAtMs: 77 }]);
    expect(state.recordEvidence([first!], 78, 'a peer')).toEqual([]);
    expect(state.recordEvidence(await forkOf(log, 6), 79, 'a peer')).toEqual([]);
    expect(state.evidence.list()).toHaveLength(1);
    const id = evidenceId(first!);
    expect(state.log(log.origin).frozenBy).toBe(id);
    expect(evidenceId(parseEvidence(state.evidence.bytes(id)!))).toBe(id);
    expect(state.evidence.bytes('00')).toBeUndefined();
  });

  it('that proves nothing is never stored, and nothing else of that decision', async () => {
    const log = new MemoryLog().growTo(9);
    const state = open(join(cleanup.folder(), 'w.db'), log);
    const [fork] = await forkOf(log, 5);
    const nothing = { ...fork!, second: fork!.first };
    expect(() => state.recordEvidence([fork!, nothing], 1, 'a peer')).toThrow(/proves nothing/);
    expect(state.evidence.list()).toEqual([]);
    expect(state.log(log.origin).frozenBy).toBeUndefined();
  });
});

describe('a storage that fails', () => {
  const failure = (code: string) => new Database.SqliteError('injected', code);
  const { updateTogether } = WitnessState.prototype;

  /** The first update that stores a cosigned tree fails, before or after it has been committed. */
  function failOnce(code: string, when: 'before' | 'after'): void {
    let isDone = false;
    vi.spyOn(WitnessState.prototype, 'updateTogether').mockImplementation(async function (
      this: WitnessState,
      origin,
      nowMs,
      decide,
    ) {
      let fails = false;
      const answer = await updateTogether.call(this, origin, nowMs, (current, memory) => {
        const decision = decide(current, memory);
        fails = !isDone && decision.advance !== undefined;
        isDone ||= fails;
        if (fails && when === 'before') throw failure(code);
        return decision;
      });
      if (fails) throw failure(code);
      return answer as never;
    });
  }

  async function witnessWith(fatal: (error: unknown) => void) {
    const log = new MemoryLog().growTo(9);
    const setup = witnessSetup(cleanup.folder(), [log]);
    const witness = await startTestWitness(cleanup, setup.config, { fatal });
    const add = async (oldSize: number, size: number) => {
      const body = formatAddCheckpoint(await log.request(oldSize, size));
      const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
      return { status: response.status, text: await response.text() };
    };
    const ready = async () => (await fetch(`${witness.url}/readyz`)).status;
    return { log, witness, add, ready };
  }

  it('without persisting: 503, no cosignature leaves, and the next try finds the old state', async () => {
    const fatal = vi.fn();
    const { log, witness, add, ready } = await witnessWith(fatal);
    failOnce('SQLITE_FULL', 'before');
    const answer = await add(0, 5);
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'storage' });
    expect(answer.text).not.toContain('\u2014');
    expect(await ready()).toBe(503);
    expect(await witness.client.checkpoint(log.origin)).toBeUndefined();
    expect((await add(7, 6)).status).toBe(400);
    expect(await ready()).toBe(503);
    expect((await add(0, 6)).status).toBe(200);
    expect(await ready()).toBe(200);
    expect(fatal).not.toHaveBeenCalled();
  });

  it('although it persisted: 503, and the next try meets the new state', async () => {
    const fatal = vi.fn();
    const { add } = await witnessWith(fatal);
    failOnce('SQLITE_IOERR_FSYNC', 'after');
    expect((await add(0, 5)).status).toBe(503);
    expect(fatal).toHaveBeenCalledOnce();
    expect(await add(0, 6)).toEqual({ status: 409, text: '5\n' });
    expect((await add(5, 6)).status).toBe(200);
  });

  it('with an error of ours is 500, and the process goes on', async () => {
    const fatal = vi.fn();
    const { add } = await witnessWith(fatal);
    vi.spyOn(WitnessState.prototype, 'updateTogether').mockImplementationOnce(() => {
      throw failure('SQLITE_CONSTRAINT_TRIGGER');
    });
    expect((await add(0, 5)).status).toBe(500);
    expect((await add(0, 5)).status).toBe(200);
    expect(fatal).not.toHaveBeenCalled();
  });
});

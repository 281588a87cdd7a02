/**
 * A witness whose key takes its time to sign: what may happen meanwhile, and what must not.
 */
import { afterEach, expect, it } from 'vitest';
import { KEY_TYPES, type SignerKey, type VerifierKey } from '#protocol/note/key.ts';
import { formatAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import { formatSignSubtree } from '#protocol/witness/sign-subtree.ts';
import { createLogger } from '#service/logging.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup, witnessSetup } from '#test/support/witness.ts';
import { createAddCheckpoint } from '#witness/add-checkpoint.ts';
import { Cosigner } from '#witness/cosigner.ts';
import { MAX_IN_LINE } from '#witness/line-by-log.ts';
import { createWitnessMetrics } from '#witness/metrics.ts';
import { createSignSubtree } from '#witness/sign-subtree.ts';
import { memorySigner, type Signer, SigningError } from '#witness/signer.ts';
import { WitnessState } from '#witness/state.ts';
import type { Answer } from '#witness/verdict.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const key = newKey('witness.example/one', KEY_TYPES.cosignatureEd25519);
const logger = createLogger({ name: 'witness', level: 'silent' });

/** A key that signs when it is told to. */
class HeldKey implements Signer {
  readonly verifier: VerifierKey;
  readonly #key: SignerKey;
  readonly waiting: (() => void)[] = [];
  signed = 0;
  isAway = false;

  constructor(signing: SignerKey) {
    this.verifier = signing.verifier;
    this.#key = signing;
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        this.signed += 1;
        if (this.isAway) reject(new SigningError('away'));
        else resolve(memorySigner(this.#key).sign(message));
      });
    });
  }

  async release(): Promise<void> {
    await until(() => this.waiting.length > 0);
    this.waiting.shift()!();
  }
}

function witnessOf(log: MemoryLog, signing = key) {
  const held = new HeldKey(signing);
  const { config } = witnessSetup(cleanup.folder(), [log]);
  const state = WitnessState.open(config.database, [signing.verifier], { create: true });
  state.logs.configure(config.logs, 0);
  cleanup.add(() => state.close());
  const cosigner = new Cosigner([held]);
  const metrics = createWitnessMetrics(state);
  const addCheckpoint = createAddCheckpoint({
    state,
    cosigner,
    guard: { hasLooked: () => true, look: async () => undefined },
    patienceMs: 60_000,
    metrics,
    logger,
    now: Date.now,
  });
  const add = async (from: MemoryLog, oldSize: number, size: number) =>
    addCheckpoint(new TextEncoder().encode(formatAddCheckpoint(await from.request(oldSize, size))));
  const signSubtree = createSignSubtree({ state, cosigner, metrics });
  return { held, state, add, cosigner, signSubtree };
}

const codeOf = (answer: Answer) => (answer.kind === 'refused' ? answer.refusal.code : answer.kind);

it('stores nothing before it has signed, and then the tree with its cosignatures at once', async () => {
  const log = new MemoryLog().growTo(20);
  const { held, state, add } = witnessOf(log);
  const answer = add(log, 0, 7);
  await until(() => held.waiting.length === 1);
  expect(state.log(log.origin)).toMatchObject({ size: 0, note: undefined, timeSeconds: 0 });
  await held.release();
  expect(codeOf(await answer)).toBe('cosigned');
  expect(state.log(log.origin)).toMatchObject({ size: 7 });
  expect(state.log(log.origin).note).toContain(key.verifier.name);
});

it('never signs for a second tree while the first of the log waits for the key', async () => {
  const log = new MemoryLog().growTo(20);
  const { held, state, add } = witnessOf(log);
  const first = add(log, 0, 7);
  await until(() => held.waiting.length === 1);
  const fork = add(log.fork(3, 9), 0, 9);
  await held.release();
  expect(codeOf(await first)).toBe('cosigned');
  expect(codeOf(await fork)).toBe('other-size');
  expect(held.signed).toBe(1);
  expect(state.log(log.origin).size).toBe(7);
});

it('lets no signature leave of a log that was frozen meanwhile', async () => {
  const log = new MemoryLog().growTo(20);
  const { held, state, add } = witnessOf(log);
  const first = add(log, 0, 7);
  await until(() => held.waiting.length === 1);
  const note = await log.fork(3, 7).checkpoint(7);
  const root = await log.fork(3, 7).root(7);
  const tree = { size: 7, root: await log.root(7), note: await log.checkpoint(7) };
  state.learn(log.origin, 'a', tree, 0);
  expect(state.learn(log.origin, 'b', { size: 7, root, note }, 0).learned).toBe('contradiction');
  await held.release();
  expect(codeOf(await first)).toBe('log-frozen');
  expect(state.log(log.origin)).toMatchObject({ size: 0, note: undefined });
});

it('signs again with the keys of now where one was retired meanwhile', async () => {
  const log = new MemoryLog().growTo(20);
  const { held, add, cosigner } = witnessOf(log);
  const answer = add(log, 0, 7);
  await until(() => held.waiting.length === 1);
  const other = newKey(key.verifier.name, KEY_TYPES.cosignatureEd25519);
  cosigner.setKeys([memorySigner(other)], [{ key: key.verifier, retiredAtMs: 1 }]);
  await held.release();
  const cosigned = await answer;
  expect(cosigned).toMatchObject({ kind: 'cosigned' });
  const lines = cosigned.kind === 'cosigned' ? cosigned.lines : '';
  expect(lines.trimEnd().split('\n')).toHaveLength(1);
  expect(Buffer.from(lines.trim().split(' ').at(-1)!, 'base64').toString('hex', 0, 4)).toBe(
    other.verifier.id,
  );
});

it('gives no cosignature of a subtree by a key that was retired meanwhile', async () => {
  const log = new MemoryLog().growTo(20);
  const pq = newKey(key.verifier.name, KEY_TYPES.cosignatureMlDsa44);
  const { held, add, cosigner, signSubtree } = witnessOf(log, pq);
  const cosigned = add(log, 0, 7);
  await held.release();
  expect(codeOf(await cosigned)).toBe('cosigned');
  const request = { ...(await log.subtree(0, 4, 7)), checkpoint: await log.checkpoint(7) };
  const body = new TextEncoder().encode(formatSignSubtree({ ...request, cosignatures: [] }));
  const answer = signSubtree(body);
  await until(() => held.waiting.length === 1);
  const other = newKey(key.verifier.name, KEY_TYPES.cosignatureMlDsa44);
  cosigner.setKeys([memorySigner(other)], [{ key: pq.verifier, retiredAtMs: 1 }]);
  await held.release();
  expect(await answer).toMatchObject({ kind: 'refused', refusal: { code: 'cannot-sign' } });
});

it('cosigns nothing by the word of a key of the log that was removed meanwhile', async () => {
  const log = new MemoryLog().growTo(20);
  const { held, state, add } = witnessOf(log);
  const next = newKey(log.origin, KEY_TYPES.ed25519).verifier;
  state.logs.add({ origin: log.origin, keys: [next] }, 'operator', 1);
  const first = add(log, 0, 7);
  const waiting = add(log, 7, 9);
  await until(() => held.waiting.length === 1);
  state.removeLogKey(log.origin, log.key.verifier.text, 2);
  await held.release();
  expect([codeOf(await first), codeOf(await waiting)]).toEqual(['untrusted', 'untrusted']);
  expect(held.signed).toBe(1);
  expect(state.log(log.origin)).toMatchObject({ size: 0, note: undefined });
  expect(state.owed(log.origin)).toEqual([]);
});

it('refuses without storing anything while the key is away, and goes on when it is back', async () => {
  const log = new MemoryLog().growTo(20);
  const { held, state, add } = witnessOf(log);
  held.isAway = true;
  const answer = add(log, 0, 7);
  await held.release();
  expect(codeOf(await answer)).toBe('cannot-sign');
  expect(state.log(log.origin)).toMatchObject({ size: 0, note: undefined, timeSeconds: 0 });
  held.isAway = false;
  const again = add(log, 0, 7);
  await held.release();
  expect(codeOf(await again)).toBe('cosigned');
});

it('has a limited line for each log, beyond which it is busy', async () => {
  const log = new MemoryLog().growTo(20);
  const { held, add } = witnessOf(log);
  const waiting = Array.from({ length: MAX_IN_LINE }, () => add(log, 0, 7));
  await until(() => held.waiting.length === 1);
  expect(codeOf(await add(log, 0, 7))).toBe('busy');
  await held.release();
  expect((await Promise.all(waiting)).map(codeOf)).toEqual([
    'cosigned',
    ...Array.from({ length: MAX_IN_LINE - 1 }, () => 'other-size'),
  ]);
});

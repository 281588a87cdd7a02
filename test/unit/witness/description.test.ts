/** `GET /` as JSON, of many logs: what a stranger's request may cost. */
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup } from '#test/support/witness.ts';
import { Cosigner } from '#witness/cosigner.ts';
import { describe } from '#witness/description.ts';
import { memorySigner } from '#witness/signer.ts';
import { WitnessState } from '#witness/state.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const NOW_MS = 1_700_000_000_000;
const logs = Array.from({ length: 30 }, (_, i) =>
  new MemoryLog(newKey(`log.example/${i}`, KEY_TYPES.ed25519)).growTo(3),
);
const [first, second] = logs;

it('looks up by itself only a log of which something is wrong', async () => {
  const state = WitnessState.open(join(cleanup.folder(), 'w.db'), undefined, { create: true });
  cleanup.add(() => state.close());
  const entries = logs.map(({ origin, key }) => ({ origin, keys: [key.verifier] }));
  state.logs.discover(entries, 'list http://127.0.0.1/test', NOW_MS);
  const treeOf = async (log: MemoryLog, size: number) => {
    return { size, root: await log.root(size), note: await log.checkpoint(size) };
  };
  const cosigned = await treeOf(first!, 2);
  state.update(first!.origin, NOW_MS, () => ({
    answer: undefined,
    advance: { ...cosigned, logNote: cosigned.note, timeSeconds: 1 },
  }));
  state.learn(first!.origin, 'a peer', await treeOf(first!, 3), NOW_MS);
  state.sawOwn(second!.origin, {
    ...(await treeOf(second!, 2)),
    ...{ timeSeconds: 5, source: 'a peer', foundAtMs: NOW_MS },
  });
  const lookups = [
    vi.spyOn(state, 'log'),
    vi.spyOn(state, 'owed'),
    vi.spyOn(state.forgotten, 'get'),
  ];
  const cosigner = new Cosigner([
    memorySigner(newKey('witness.example', KEY_TYPES.cosignatureEd25519)),
  ]);
  const sources = { state, cosigner, patienceMs: 60_000, bastions: () => [] };
  const described = describe(sources).logs;
  expect(described.map(({ origin }) => origin)).toEqual(logs.map(({ origin }) => origin));
  expect(described[0]).toMatchObject({ cosigning: true, owed: [{ size: 3, source: 'a peer' }] });
  expect(described[1]).toMatchObject({ cosigning: false, rolled_back: { size: 2, time: 5 } });
  expect(described[2]).toMatchObject({ size: 0, cosigning: true, owed: [] });
  const lookedUp = lookups.flatMap(({ mock }) => mock.calls.map(([origin]) => origin));
  expect(new Set(lookedUp)).toEqual(new Set([first!.origin, second!.origin]));
});

it('tells of a log as soon as it was added or disabled', () => {
  const state = WitnessState.open(join(cleanup.folder(), 'w.db'), undefined, { create: true });
  cleanup.add(() => state.close());
  const cosigner = new Cosigner([
    memorySigner(newKey('witness.example', KEY_TYPES.cosignatureEd25519)),
  ]);
  const told = () => describe({ state, cosigner, patienceMs: 60_000, bastions: () => [] }).logs;
  expect(told()).toEqual([]);
  const { origin, key } = first!;
  state.logs.add({ origin, keys: [key.verifier] }, 'operator', NOW_MS);
  expect(told()).toMatchObject([{ origin, cosigning: true }]);
  state.logs.disable(origin, NOW_MS);
  expect(told()).toMatchObject([{ origin, cosigning: false, disabled: expect.any(String) }]);
});

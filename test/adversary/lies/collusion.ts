/** Logs with accomplices, and what a victim is shown when nobody else looks. */
import { expect } from 'vitest';
import { proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import { until } from '#test/support/wait.ts';
import type { Lie } from '../lie.ts';
import { FROZEN_FOR_GOOD, NO_QUORUM, ONE_TREE } from '../safe.ts';
import { COMMON, type Scene } from '../scene.ts';
import { AT_ONCE, COMPARED, SEEN, TOLD } from '../timing.ts';
import { MISFITS } from './split.ts';
import { keepTwoFaces } from './withholding.ts';

/** Size of both trees. */
const FORKED = COMMON + 3;

/** A tree of its own for a victim that nobody else asks for. */
async function forkFor(scene: Scene): Promise<void> {
  await scene.log.fork('b', COMMON - 5);
  await scene.log.append(FORKED - (COMMON - 5), 'b');
  await scene.log.append(FORKED - COMMON, 'a');
  await scene.log.show('reader', 'b', { size: 'signed' });
}

/** What a victim finds who reads all of it and checks the quorum. */
async function victimRefuses(scene: Scene): Promise<void> {
  expect(await scene.read()).toEqual(['quorum']);
  scene.notice('victim', 'misses the quorum');
}

const REFUSED = { by: 'victim', sees: 'misses the quorum', within: AT_ONCE } as const;

export const COLLUSION: readonly Lie[] = [
  {
    name: 'two trees with a quorum each, by an accomplice among the witnesses',
    by: 'log and witness',
    act: async (scene) => {
      await keepTwoFaces(scene);
      const { witness, origin, log } = scene;
      await witness.remote.show(origin, await log.note('a'));
    },
    noticed: [
      { by: 'monitor', alert: 'log-contradiction', within: COMPARED },
      { by: 'monitor', alert: 'witness-misbehaviour', within: TOLD },
      { by: 'witness', sign: 'frozen', within: TOLD },
    ],
    beside: MISFITS,
    evidence: [
      { kind: 'different-size-fork', against: 'log' },
      { kind: 'different-size-fork', against: 'witness' },
    ],
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'another tree for a victim alone, while everybody who watches sees the first',
    by: 'log',
    act: async (scene) => {
      await forkFor(scene);
      await victimRefuses(scene);
    },
    noticed: [REFUSED],
    safe: [NO_QUORUM, ONE_TREE],
  },
  {
    name: 'another tree for a victim alone, cosigned by a minority',
    by: 'log and witness',
    act: async (scene) => {
      await forkFor(scene);
      await scene.cosign('b', 'x');
      await victimRefuses(scene);
    },
    noticed: [REFUSED],
    safe: [NO_QUORUM, ONE_TREE],
  },
  {
    name: 'another tree for a victim alone, cosigned by a whole quorum',
    by: 'log and quorum',
    place: 'harbour',
    act: async (scene) => {
      await forkFor(scene);
      await scene.cosign('b', 'x', 'y');
      await scene.log.show('reader', 'b');
      await scene.cosign('a', 'one', 'x', 'y');
      // All is in order, as far as a victim can see who asks nobody else.
      expect(await scene.read()).toEqual([]);
      await scene.grow(2, 'a', 'one', 'x', 'y');
      await scene.verified(FORKED + 2);
    },
    noticed: [],
    safe: [
      {
        says: 'the checkpoint of the victim convicts the log and each of them, once it meets any other',
        holds: async (scene) => {
          const { liarsByName } = scene.stage;
          const accomplices = ['x', 'y'].flatMap((name) => liarsByName.get(name)!.vkeys);
          const vkeys = [scene.staged.vkey, ...accomplices].map(parseVerifierKey);
          const [known, shown] = [await scene.log.note('a', FORKED), await scene.log.note('b')];
          const evidence = proveSameSizeFork(known, shown, vkeys);
          expect(evidence.map(({ accused }) => accused.text).sort()).toEqual(
            vkeys.map(({ text }) => text).sort(),
          );
        },
      },
    ],
  },
  {
    name: 'another tree for a victim alone, cosigned by a whole quorum, who hands it in',
    by: 'log and quorum',
    place: 'harbour',
    act: async (scene) => {
      await forkFor(scene);
      await scene.cosign('a', 'one', 'x', 'y');
      await scene.verified(FORKED);
      await scene.cosign('b', 'x', 'y');
      scene.begin();
      expect(await scene.gossip(await scene.log.note('b'))).toMatchObject({ says: 'inconsistent' });
      scene.notice('victim', 'is told: inconsistent');
    },
    noticed: [
      { by: 'victim', sees: 'is told: inconsistent', within: COMPARED },
      { by: 'monitor', alert: 'log-contradiction', within: SEEN },
      { by: 'monitor', alert: 'witness-misbehaviour', within: TOLD },
    ],
    beside: MISFITS,
    evidence: [
      { kind: 'same-size-fork', against: 'log' },
      { kind: 'same-size-fork', against: 'witness' },
    ],
    safe: [
      {
        says: 'the log and each of the quorum are convicted',
        holds: async (scene) => {
          const { liarsByName } = scene.stage;
          const accomplices = ['x', 'y'].flatMap((name) => liarsByName.get(name)!.vkeys);
          const guilty = [scene.staged.vkey, ...accomplices].sort();
          await until(
            () => {
              const accused = new Set(scene.evidence().map((item) => item.accused));
              return guilty.every((vkey) => accused.has(vkey));
            },
            { what: 'all of them convicted' },
          );
        },
      },
    ],
  },
];

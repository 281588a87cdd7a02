/** Logs with accomplices, and what a victim is shown when nobody else looks. */
import { expect } from 'vitest';
import { proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import { handIn, readAll } from '../anybody.ts';
import type { Lie } from '../lie.ts';
import { FROZEN_FOR_GOOD, NO_QUORUM, ONE_TREE } from '../safe.ts';
import { COMMON, type Scene } from '../scene.ts';
import { AT_ONCE, COMPARED, OWED, SEEN, TOLD } from '../timing.ts';
import { until } from '../until.ts';
import { COMPARERS, fork, MISFITS, showTwoFaces } from './two-trees.ts';

/** Size of both trees. */
const FORKED = COMMON + 3;

/** A tree of its own for a victim that nobody else asks for. */
async function forkFor(scene: Scene): Promise<void> {
  await fork(scene, { a: FORKED, b: FORKED, from: COMMON - 5 });
  await scene.log.show('reader', 'b', { size: 'signed' });
}

/** What a victim finds who reads all of it and checks the quorum. */
async function victimRefuses(scene: Scene): Promise<void> {
  scene.begin();
  expect(await readAll(scene)).toEqual(['quorum']);
  scene.notice('victim', 'misses the quorum');
}

/** Keys of the log and of its accomplices. */
function guilty({ stage, staged }: Scene): string[] {
  return [staged.vkey, ...['x', 'y'].flatMap((name) => stage.liarsByName.get(name)!.vkeys)];
}

const REFUSED = { by: 'victim', sees: 'misses the quorum', within: AT_ONCE } as const;

export const COLLUSION: readonly Lie[] = [
  {
    name: 'two trees with a quorum each, by an accomplice among the witnesses',
    by: 'log and witness',
    act: async (scene) => {
      await showTwoFaces(scene, ...COMPARERS);
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
      expect(await readAll(scene)).toEqual([]);
      await scene.grow(2, 'a', 'one', 'x', 'y');
      await scene.verified(FORKED + 2);
    },
    noticed: [],
    safe: [
      {
        says: 'the checkpoint of the victim convicts the log and each of them, once it meets any other',
        holds: async (scene) => {
          const vkeys = guilty(scene).map(parseVerifierKey);
          const [known, shown] = [await scene.log.note('a', FORKED), await scene.log.note('b')];
          const evidence = proveSameSizeFork(known, shown, vkeys);
          expect(evidence.map(({ accused }) => accused.text).sort()).toEqual(guilty(scene).sort());
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
      await handIn(scene, await scene.log.note('b'), 'inconsistent');
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
          await until(
            () => {
              const accused = new Set(scene.evidence().map((item) => item.accused));
              return guilty(scene).every((vkey) => accused.has(vkey));
            },
            { what: 'all of them convicted' },
          );
        },
      },
    ],
  },
  {
    name: 'another tree for a victim alone, who hands it in, and what would compare them withheld',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON, b: COMMON + 9, from: COMMON - 5 });
      await scene.log.withhold('monitor', 'tiles', 503);
      await scene.log.show('reader', 'b', { size: 'signed' });
      scene.begin();
      await handIn(scene, await scene.log.note('b'), 'pending', 202);
      scene.notice('victim', 'is told: pending');
    },
    noticed: [
      { by: 'victim', sees: 'is told: pending', within: COMPARED },
      { by: 'monitor', alert: 'checkpoint-unproven', within: OWED },
    ],
    beside: MISFITS,
    safe: [NO_QUORUM],
  },
];

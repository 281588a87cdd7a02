/** Logs that show two trees. */
import type { AlertKind } from '#monitor/judge/alert-kinds.ts';

import type { Lie } from '../lie.ts';
import { FROZEN_FOR_GOOD, NO_QUORUM } from '../safe.ts';
import { COMMON, type Scene } from '../scene.ts';
import { COMPARED, SEEN, SEEN_TWICE, TOLD } from '../timing.ts';

/** What does not fit may show itself in any of these ways, depending on who is asked first. */
export const MISFITS: readonly AlertKind[] = [
  'witnesses-disagree',
  'witness-other-tree',
  'log-went-back',
  'root-mismatch',
  'tile-mismatch',
  'consistency-unproven',
  'checkpoint-unproven',
];

/** Two trees from here on. */
async function fork(scene: Scene, sizeOfA: number, sizeOfB: number): Promise<void> {
  await scene.log.fork('b');
  await scene.log.append(sizeOfA - COMMON, 'a');
  await scene.log.append(sizeOfB - COMMON, 'b');
}

/** A to the first witness; B to the second, the monitor and the accomplice. */
async function split(scene: Scene): Promise<void> {
  await scene.log.show('one', 'a');
  await scene.log.show('two', 'b');
  await scene.log.show('monitor', 'b', { size: 'signed' });
  await scene.cosign('a', 'one');
  await scene.cosign('b', 'two', 'x');
}

const LOG_FORKED = (kind: 'same-size-fork' | 'different-size-fork') =>
  [{ kind, against: 'log' }] as const;

export const SPLIT: readonly Lie[] = [
  {
    name: 'two trees of one size, one for each witness',
    by: 'log',
    act: async (scene) => {
      await fork(scene, COMMON + 10, COMMON + 10);
      await scene.log.show('one', 'a');
      await scene.log.show('two', 'b');
      await scene.log.show('monitor', 'b', { size: 'signed' });
      // At the same instant: whoever has heard of the one refuses the other.
      await Promise.all([scene.offer('a', 'one'), scene.offer('b', 'two')]);
    },
    noticed: [
      { by: 'monitor', alert: 'log-contradiction', within: SEEN },
      { by: 'witness', sign: 'frozen', within: TOLD },
    ],
    beside: MISFITS,
    evidence: LOG_FORKED('same-size-fork'),
    safe: [FROZEN_FOR_GOOD, NO_QUORUM],
  },
  {
    name: 'two trees, the first witness shown the smaller one',
    by: 'log',
    act: async (scene) => {
      await fork(scene, COMMON + 5, COMMON + 12);
      await split(scene);
    },
    noticed: [
      { by: 'monitor', alert: 'log-contradiction', within: COMPARED },
      { by: 'witness', sign: 'frozen', within: TOLD },
    ],
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'two trees, and the files of the larger one for everybody',
    by: 'log',
    act: async (scene) => {
      await fork(scene, COMMON + 12, COMMON + 5);
      await split(scene);
      await scene.log.show('monitor', 'b', { size: 'signed', files: 'a' });
      await scene.log.show('two', 'b', { files: 'a' });
    },
    noticed: [
      { by: 'monitor', alert: 'log-contradiction', within: COMPARED },
      { by: 'witness', sign: 'frozen', within: TOLD },
    ],
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'another tree for the monitor alone',
    by: 'log',
    act: async (scene) => {
      await fork(scene, COMMON + 6, COMMON + 9);
      await scene.log.show('monitor', 'b', { size: 'signed' });
      await scene.cosign('a', 'one', 'two', 'x');
    },
    noticed: [
      { by: 'monitor', alert: 'log-contradiction', within: COMPARED },
      { by: 'witness', sign: 'frozen', within: TOLD },
    ],
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD, NO_QUORUM],
  },
  {
    name: 'two roots signed for one size, offered to one witness',
    by: 'log',
    act: async (scene) => {
      await fork(scene, COMMON + 6, COMMON + 6);
      await scene.cosign('a', 'one', 'two', 'x');
      const answer = await scene.offer('b', 'one');
      if (answer.kind === 'refused') scene.notice('witness', `refuses, 422 ${answer.code}`);
    },
    noticed: [
      { by: 'witness', sees: 'refuses, 422 other-root', within: SEEN },
      { by: 'witness', sign: 'frozen', within: TOLD },
      { by: 'monitor', alert: 'log-contradiction', within: SEEN_TWICE },
    ],
    beside: MISFITS,
    evidence: LOG_FORKED('same-size-fork'),
    safe: [FROZEN_FOR_GOOD, NO_QUORUM],
  },
  {
    name: 'another tree for a moment, and then the first one again',
    by: 'log',
    act: async (scene) => {
      await fork(scene, COMMON + 4, COMMON + 9);
      await scene.log.show('monitor', 'b', { size: 'signed' });
      await scene.verified(COMMON + 9);
      await scene.cosign('a', 'one', 'two', 'x');
      await scene.log.append(10, 'a');
      await scene.cosign('a', 'one', 'two', 'x');
      await scene.log.show('monitor', 'a');
    },
    noticed: [
      { by: 'monitor', alert: 'log-contradiction', within: TOLD },
      { by: 'witness', sign: 'frozen', within: TOLD },
    ],
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'now the one tree and now the other, look by look',
    by: 'log',
    act: async (scene) => {
      await fork(scene, COMMON + 4, COMMON + 8);
      await scene.cosign('a', 'one', 'two', 'x');
      await scene.log.show('monitor', 'b', { size: 'signed', files: 'a' });
      await scene.published(COMMON + 8);
      await scene.log.show('monitor', 'a');
      await scene.published(COMMON + 4);
      await scene.log.show('monitor', 'b', { size: 'signed' });
    },
    noticed: [
      { by: 'monitor', alert: 'log-contradiction', within: TOLD },
      { by: 'witness', sign: 'frozen', within: TOLD },
    ],
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD, NO_QUORUM],
  },
];

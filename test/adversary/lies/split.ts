/** Logs that show two trees. */
import type { Lie } from '../lie.ts';
import { FROZEN_FOR_GOOD, NO_QUORUM } from '../safe.ts';
import { COMMON } from '../scene.ts';
import { COMPARED, SEEN, SEEN_TWICE, TOLD } from '../timing.ts';
import { fork, MISFITS, provenWithin, showMonitor, split } from './two-trees.ts';

const LOG_FORKED = (kind: 'same-size-fork' | 'different-size-fork') =>
  [{ kind, against: 'log' }] as const;

export const SPLIT: readonly Lie[] = [
  {
    name: 'two trees of one size, one for each witness',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 10, b: COMMON + 10 });
      await split(scene);
    },
    noticed: provenWithin(SEEN),
    beside: MISFITS,
    evidence: LOG_FORKED('same-size-fork'),
    safe: [FROZEN_FOR_GOOD, NO_QUORUM],
  },
  {
    name: 'two trees, the first witness shown the smaller one',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 5, b: COMMON + 12 });
      await split(scene);
    },
    noticed: provenWithin(COMPARED),
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'two trees, and the files of the larger one for everybody',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 12, b: COMMON + 5 });
      await split(scene);
      await showMonitor(scene, 'a');
      await scene.log.show('two', 'b', { files: 'a' });
    },
    noticed: provenWithin(COMPARED),
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'another tree for the monitor alone',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 6, b: COMMON + 9 });
      await scene.cosign('a', 'one', 'two', 'x');
      scene.begin();
      await showMonitor(scene);
    },
    noticed: provenWithin(COMPARED),
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD, NO_QUORUM],
  },
  {
    name: 'two roots signed for one size, offered to one witness',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 6, b: COMMON + 6 });
      await scene.cosign('a', 'one', 'two', 'x');
      scene.begin();
      await scene.refused('one', await scene.log.signed('b'), 422, 'other-root');
      scene.notice('witness', 'refuses, 422 other-root');
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
      await fork(scene, { a: COMMON + 4, b: COMMON + 9 });
      await showMonitor(scene);
      await scene.verified(COMMON + 9);
      await scene.log.append(10, 'a');
      await scene.log.show('monitor', 'a');
      await scene.cosign('a', 'x', 'one');
      // Who is told of it by then refuses.
      await scene.tell('a', 'two');
    },
    noticed: provenWithin(TOLD),
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'now the one tree and now the other, look by look',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 4, b: COMMON + 8 });
      await scene.cosign('a', 'one', 'two', 'x');
      await showMonitor(scene, 'a');
      await scene.published(COMMON + 8);
      await scene.log.show('monitor', 'a');
      await scene.published(COMMON + 4);
      await showMonitor(scene);
    },
    noticed: provenWithin(TOLD),
    beside: MISFITS,
    evidence: LOG_FORKED('different-size-fork'),
    safe: [FROZEN_FOR_GOOD, NO_QUORUM],
  },
];

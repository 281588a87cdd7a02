/** Logs whose checkpoints, or what they say of themselves, are not what they must be. */
import { expect } from 'vitest';
import { isNoVerdict } from '#test/support/face.ts';
import type { Lie } from '../lie.ts';
import { GOES_ON, NO_QUORUM, NO_QUORUM_YET, ONE_TREE } from '../safe.ts';
import { COMMON, HONEST } from '../scene.ts';
import { AT_ONCE, DECLARED, LASTING, OWED, SEEN, SEEN_TWICE, STALE } from '../timing.ts';
import { until } from '../until.ts';
import { fork, MISFITS, showMonitor } from './two-trees.ts';

export const CHECKPOINTS: readonly Lie[] = [
  {
    name: 'a checkpoint that is smaller than before',
    by: 'log',
    act: async (scene) => {
      await scene.grow(8, 'a', 'one', 'two', 'x');
      await scene.verified(COMMON + 8);
      scene.begin();
      await scene.log.show('monitor', 'a', { size: COMMON });
    },
    noticed: [{ by: 'monitor', alert: 'log-went-back', within: SEEN_TWICE }],
    safe: [
      {
        says: 'witnesses refuse to go back',
        holds: async (scene) => {
          for (const name of HONEST) {
            const answer = await until(async () => {
              const last = await scene.log.offerAgain(COMMON, scene.urlOf(name));
              return !isNoVerdict(last) && last;
            });
            expect(answer).toEqual({ kind: 'other-size', size: COMMON + 8 });
          }
        },
      },
    ],
  },
  {
    name: 'nothing new, for ever',
    by: 'log',
    place: 'market',
    prepare: async () => undefined,
    // The first time is the last.
    act: async (scene) => await scene.grow(3, 'a', 'one', 'two'),
    noticed: [{ by: 'monitor', alert: 'checkpoint-stale', within: STALE }],
    safe: [ONE_TREE],
  },
  {
    name: 'a checkpoint under another key',
    by: 'log',
    act: async (scene) => {
      const checkpoint = await scene.log.signedByAnother();
      await scene.log.forge('monitor', 'checkpoint', { text: checkpoint });
      await scene.refused('one', checkpoint, 403, 'untrusted');
      scene.notice('witness', 'refuses, 403 untrusted');
    },
    noticed: [
      { by: 'witness', sees: 'refuses, 403 untrusted', within: AT_ONCE },
      { by: 'monitor', alert: 'checkpoint-invalid', within: SEEN },
    ],
    safe: [GOES_ON],
  },
  {
    name: 'a checkpoint with a signature that does not verify',
    by: 'log',
    act: async (scene) => {
      const note = await scene.log.signed('a');
      const size = `\n${await scene.log.size()}\n`;
      const checkpoint = note.replace(size, `\n${(await scene.log.size()) + 1}\n`);
      await scene.log.forge('monitor', 'checkpoint', { text: checkpoint });
      await scene.refused('one', checkpoint, 403, 'bad-signature');
      scene.notice('witness', 'refuses, 403 bad-signature');
    },
    noticed: [
      { by: 'witness', sees: 'refuses, 403 bad-signature', within: AT_ONCE },
      { by: 'monitor', alert: 'checkpoint-invalid', within: SEEN },
    ],
    safe: [GOES_ON],
  },
  {
    name: 'the checkpoint of another log',
    by: 'log',
    act: async (scene) => {
      const other = scene.stage.log('the market').remote;
      await scene.log.forge('monitor', 'checkpoint', { text: await other.signed('a') });
    },
    noticed: [{ by: 'monitor', alert: 'checkpoint-invalid', within: SEEN }],
    safe: [GOES_ON],
  },
  {
    name: 'a checkpoint without its quorum',
    by: 'log',
    act: async (scene) => {
      await scene.grow(4, 'a', 'one');
      await scene.log.show('monitor', 'a', { size: 'signed' });
    },
    noticed: [{ by: 'monitor', alert: 'quorum-missing', within: LASTING }],
    safe: [NO_QUORUM_YET, ONE_TREE],
  },
  {
    name: 'a larger checkpoint that no witness knows, and none of its files',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON, b: COMMON + 9 });
      await showMonitor(scene, 'a');
    },
    noticed: [
      { by: 'monitor', alert: 'quorum-missing', within: LASTING },
      { by: 'monitor', alert: 'checkpoint-unproven', within: OWED },
    ],
    beside: MISFITS,
    safe: [NO_QUORUM, ONE_TREE],
  },
  {
    name: 'the checkpoint of a tree of 2^53 - 1 entries',
    by: 'log',
    act: async (scene) => {
      const checkpoint = await scene.log.signedAs(Number.MAX_SAFE_INTEGER);
      await scene.log.forge('monitor', 'checkpoint', { text: checkpoint });
    },
    noticed: [
      { by: 'monitor', alert: 'quorum-missing', within: LASTING },
      { by: 'monitor', alert: 'checkpoint-unproven', within: OWED },
    ],
    beside: MISFITS,
    safe: [ONE_TREE],
  },
  {
    name: 'another key of its own, by its own account',
    by: 'log',
    act: async (scene) => {
      const { vkey } = scene.stage.log('the market');
      const keys = [{ origin: scene.origin, vkey }];
      const path = '.well-known/tecp-log-jwks';
      await scene.log.forge('monitor', path, { text: JSON.stringify({ keys }) });
    },
    noticed: [{ by: 'monitor', alert: 'log-keys-changed', within: DECLARED }],
    safe: [GOES_ON],
  },
  {
    name: 'another policy than everybody else has',
    by: 'log',
    act: async (scene) => {
      const text = `log ${scene.staged.vkey}\nquorum none\n`;
      await scene.log.forge('monitor', 'v1/log/policy', { text });
    },
    noticed: [{ by: 'monitor', alert: 'policy-drift', within: DECLARED }],
    safe: [GOES_ON],
  },
];

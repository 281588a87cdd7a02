/** Logs whose tiles or entries are not what they must be. */
import { expect } from 'vitest';
import { readAll } from '../anybody.ts';
import type { Lie } from '../lie.ts';
import { GOES_ON, NO_QUORUM, ONE_TREE } from '../safe.ts';
import { COMMON } from '../scene.ts';
import { AT_ONCE, BEHIND, DOWN, SEEN, WALKED } from '../timing.ts';
import { fork, MISFITS, showMonitor } from './two-trees.ts';

export const FILES: readonly Lie[] = [
  {
    name: 'a tile of other hashes',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 280, b: COMMON + 280, from: 0 });
      await scene.log.forge('monitor', 'tile/0/000', { face: 'b' });
      await scene.cosign('a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'tile-mismatch', within: WALKED }],
    beside: MISFITS,
    safe: [GOES_ON],
  },
  {
    name: 'a partial tile of other hashes',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 7, b: COMMON + 7, from: 0 });
      await scene.log.forge('monitor', `tile/0/000.p/${COMMON + 7}`, { face: 'b' });
      await scene.cosign('a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'tile-mismatch', within: WALKED }],
    beside: MISFITS,
    safe: [GOES_ON],
  },
  {
    name: 'a bundle of other entries',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 7, b: COMMON + 7 });
      await scene.log.forge('monitor', `tile/entries/000.p/${COMMON + 7}`, { face: 'b' });
      await scene.cosign('a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'tile-mismatch', within: WALKED }],
    beside: MISFITS,
    safe: [GOES_ON],
  },
  {
    name: 'a bundle that is none',
    by: 'log',
    act: async (scene) => {
      const path = `tile/entries/000.p/${COMMON + 7}`;
      await scene.log.forge('monitor', path, { text: 'not a bundle' });
      await scene.grow(7, 'a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'tile-mismatch', within: WALKED }],
    beside: MISFITS,
    safe: [GOES_ON],
  },
  {
    name: 'a signed root that its entries do not make',
    by: 'log',
    act: async (scene) => {
      await fork(scene, { a: COMMON + 7, b: COMMON + 7 });
      await showMonitor(scene, 'a');
    },
    noticed: [{ by: 'monitor', alert: 'root-mismatch', within: WALKED }],
    beside: MISFITS,
    safe: [NO_QUORUM, ONE_TREE],
  },
  {
    name: 'an entry that no verifier would accept',
    by: 'log',
    act: async (scene) => {
      await scene.log.appendText('{"version":"TECP-0.1","not":"a receipt"}', 'a');
      await scene.cosign('a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'invalid-entry', within: WALKED }],
    evidence: [{ kind: 'invalid-entry', against: 'log' }],
    safe: [
      {
        says: 'the entries beside it stay proven, and the log goes on',
        holds: async (scene) => {
          await scene.grow(2, 'a', 'one', 'two');
          await scene.verified(COMMON + 3);
        },
      },
    ],
  },
  {
    name: 'an entry that is withheld from everybody',
    by: 'log',
    act: async (scene) => {
      await scene.log.withhold('*', 'entries', 404);
      await scene.grow(3, 'a', 'one', 'two', 'x');
      expect(await readAll(scene)).toEqual(['unavailable']);
      scene.notice('reader', 'is refused the entry');
    },
    noticed: [
      { by: 'reader', sees: 'is refused the entry', within: SEEN },
      { by: 'monitor', alert: 'log-down', within: DOWN },
      { by: 'monitor', alert: 'monitor-lag', within: BEHIND },
    ],
    safe: [GOES_ON],
  },
  {
    name: 'an entry that is withheld from one reader alone',
    by: 'log',
    act: async (scene) => {
      await scene.log.withhold('reader', 'entries', 404);
      await scene.grow(3, 'a', 'one', 'two', 'x');
      scene.begin();
      expect(await readAll(scene)).toEqual(['unavailable']);
      scene.notice('reader', 'is refused the entry');
    },
    noticed: [{ by: 'reader', sees: 'is refused the entry', within: AT_ONCE }],
    safe: [
      {
        says: 'everybody else reads it',
        holds: async (scene) => await scene.verified(COMMON + 3),
      },
      GOES_ON,
    ],
  },
  {
    name: 'entries that come too slowly to be checked',
    by: 'log',
    act: async (scene) => {
      await scene.log.append(2000, 'a');
      await scene.cosign('a', 'one', 'two', 'x');
      await scene.log.delay(2000);
    },
    noticed: [{ by: 'monitor', alert: 'monitor-lag', within: BEHIND }],
    safe: [GOES_ON],
  },
  {
    name: 'entries of a type that nobody expects',
    by: 'log',
    act: async (scene) => {
      await scene.log.appendText('neither a receipt nor anything else', 'a');
      await scene.cosign('a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'unknown-entry', within: WALKED }],
    evidence: [{ kind: 'invalid-entry', against: 'log' }],
    beside: ['invalid-entry'],
    safe: [ONE_TREE],
  },
  {
    name: 'two receipts of one issuer with one number',
    by: 'anybody',
    act: async (scene) => {
      for (let i = 0; i < 2; i++) await scene.log.appendReceipt({ chain: { seq: 0 } }, 'a');
      await scene.cosign('a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'issuer-fork', within: WALKED }],
    safe: [GOES_ON],
  },
];

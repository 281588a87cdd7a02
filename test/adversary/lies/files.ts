/** Logs whose checkpoints, tiles or entries are not what they must be. */

import { expect } from 'vitest';
import type { Lie } from '../lie.ts';
import { GOES_ON, NO_QUORUM, ONE_TREE } from '../safe.ts';
import { COMMON } from '../scene.ts';
import {
  AT_ONCE,
  BEHIND,
  DECLARED,
  DOWN,
  LASTING,
  OWED,
  SEEN,
  SEEN_TWICE,
  STALE,
  WALKED,
} from '../timing.ts';
import { MISFITS } from './split.ts';

export const FILES: readonly Lie[] = [
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
          expect(await scene.log.offerFrom('a', scene.urlOf('one'), COMMON)).toMatchObject({
            kind: 'other-size',
            size: COMMON + 8,
          });
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
    name: 'a tile of other hashes',
    by: 'log',
    act: async (scene) => {
      await scene.log.fork('b', 0);
      await scene.log.append(300, 'b');
      await scene.log.forge('monitor', 'tile/0/000', { face: 'b' });
      await scene.grow(280, 'a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'tile-mismatch', within: WALKED }],
    beside: MISFITS,
    safe: [GOES_ON],
  },
  {
    name: 'a partial tile of other hashes',
    by: 'log',
    act: async (scene) => {
      await scene.log.fork('b', 0);
      await scene.log.append(COMMON + 7, 'b');
      await scene.log.forge('monitor', `tile/0/000.p/${COMMON + 7}`, { face: 'b' });
      await scene.grow(7, 'a', 'one', 'two', 'x');
    },
    noticed: [{ by: 'monitor', alert: 'tile-mismatch', within: WALKED }],
    beside: MISFITS,
    safe: [GOES_ON],
  },
  {
    name: 'a bundle of other entries',
    by: 'log',
    act: async (scene) => {
      await scene.log.fork('b');
      await scene.log.append(7, 'b');
      await scene.log.forge('monitor', `tile/entries/000.p/${COMMON + 7}`, { face: 'b' });
      await scene.grow(7, 'a', 'one', 'two', 'x');
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
      await scene.log.fork('b');
      await scene.log.append(7, 'a');
      await scene.log.append(7, 'b');
      await scene.log.show('monitor', 'b', { size: 'signed', files: 'a' });
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
      expect(await scene.read()).toEqual(['unavailable']);
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
      await scene.log.fork('b');
      await scene.log.append(4, 'a', 'b');
      await scene.cosign('a', 'one');
      await scene.log.show('monitor', 'a', { size: 'signed' });
    },
    noticed: [{ by: 'monitor', alert: 'quorum-missing', within: LASTING }],
    safe: [NO_QUORUM, ONE_TREE],
  },
  {
    name: 'a larger checkpoint that no witness knows, and none of its files',
    by: 'log',
    act: async (scene) => {
      await scene.log.fork('b');
      await scene.log.append(9, 'b');
      await scene.log.show('monitor', 'b', { size: 'signed', files: 'a' });
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

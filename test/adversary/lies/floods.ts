/** Floods of whatever is bounded, to push out what matters; and what anybody may hand in. */
import { expect } from 'vitest';

import { randomBytes } from '#crypto';
import { decodeUtf8, toHex } from '#protocol/bytes.ts';
import { encodeEvidence, proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import { handIn } from '../anybody.ts';
import type { Lie } from '../lie.ts';
import { FROZEN_FOR_GOOD, GOES_ON, NO_LONGER_COSIGNED, OTHERS_SUFFICE } from '../safe.ts';
import { COMMON, HONEST } from '../scene.ts';
import { AT_ONCE, COMPARED, DOWN, OWED, SEEN, STARVED } from '../timing.ts';
import { COMPARERS, fork, keepTwoFaces, MISFITS, provenWithin } from './two-trees.ts';

/** More than a witness keeps of one source. */
const OWED_CHECKPOINTS = 24;
/** A body costs by its length. */
const LONG = 'x'.repeat(100_000);
/** Of a list that is below the limit on its bytes. */
const LISTED = 3000;

export const FLOODS: readonly Lie[] = [
  {
    name: 'a flood of offers, to push out what a witness is owed',
    by: 'log and witness',
    act: async (scene) => {
      for (const audience of COMPARERS) await scene.log.withhold(audience, 'tiles', 503);
      await keepTwoFaces(scene);
      const flood = async (name: 'one' | 'two') => {
        for (let i = 0; i < OWED_CHECKPOINTS; i++) {
          const checkpoint = await scene.log.signedAs(1000 + i);
          await scene.log.offer('a', scene.urlOf(name), checkpoint);
        }
      };
      await Promise.all(HONEST.map(flood));
    },
    noticed: [
      { by: 'witness', sign: 'no longer cosigned', within: STARVED },
      { by: 'monitor', alert: 'consistency-unproven', within: OWED },
    ],
    beside: MISFITS,
    safe: [NO_LONGER_COSIGNED],
  },
  {
    name: 'a flood of evidence against strangers, and one true piece behind it',
    by: 'log and witness',
    act: async (scene) => {
      const { log, witness, staged } = scene;
      await fork(scene, { a: COMMON, b: COMMON, from: COMMON - 3 });
      const [one, other] = [await log.signed('a'), await log.signed('b')];
      const [document] = proveSameSizeFork(one, other, [parseVerifierKey(staged.vkey)]);
      await witness.remote.publish(decodeUtf8(encodeEvidence(document!)), LISTED);
    },
    noticed: provenWithin(COMPARED),
    evidence: [{ kind: 'same-size-fork', against: 'log' }],
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'a list of evidence that is longer than anybody reads',
    by: 'witness',
    place: 'market',
    act: async ({ witness }) => {
      const id = () => toHex(randomBytes(32));
      const items = Array.from({ length: 10_000 }, () => ({ id: id() }));
      await witness.remote.list(JSON.stringify(items));
      await witness.remote.untilAsked('evidence', 2);
    },
    noticed: [],
    safe: [OTHERS_SUFFICE],
  },
  {
    name: 'a checkpoint with hundreds of signature lines',
    by: 'log',
    act: async (scene) => {
      const note = await scene.log.note('a');
      const line = `${note.trimEnd().split('\n').at(-1)}\n`;
      await scene.log.forge('monitor', 'checkpoint', { text: note + line.repeat(400) });
    },
    noticed: [{ by: 'monitor', alert: 'checkpoint-invalid', within: SEEN }],
    safe: [GOES_ON],
  },
  {
    name: 'a checkpoint handed in that the log never signed',
    by: 'anybody',
    act: async (scene) => {
      await handIn(scene, await scene.log.signedByAnother(), 'untrusted', 403);
      scene.notice('monitor', 'refuses, 403 untrusted');
    },
    noticed: [{ by: 'monitor', sees: 'refuses, 403 untrusted', within: AT_ONCE }],
    safe: [GOES_ON],
  },
  {
    name: 'a flood of checkpoints handed in, and a true one behind it',
    by: 'anybody',
    place: 'market',
    prepare: async (scene) => {
      await scene.log.append(20, 'a');
      await scene.cosign('a', 'one', 'two');
      await scene.verified(20);
    },
    act: async (scene) => {
      const note = (await scene.log.signedByAnother()) + LONG;
      await handIn(scene, note, 'rate-limited', 429);
      scene.notice('monitor', 'refuses, 429');
    },
    noticed: [{ by: 'monitor', sees: 'refuses, 429', within: DOWN }],
    safe: [
      {
        says: 'a true one is judged as soon as the flood is over, and nothing of it is kept',
        holds: async (scene) => {
          await handIn(scene, await scene.log.note('a', 20), 'consistent');
          expect(scene.evidence()).toEqual([]);
        },
      },
    ],
  },
];

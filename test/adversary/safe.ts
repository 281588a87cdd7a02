/** What stays safe in spite of a lie, in words and as a check of it. */
import { expect } from 'vitest';
import type { OfferAnswer } from '#test/support/face.ts';
import { isAccepted, isCosignedByHonest } from './anybody.ts';
import type { Safe } from './lie.ts';
import { COMMON, type Scene, type WitnessName } from './scene.ts';
import { until } from './until.ts';

const FROZEN: OfferAnswer = { kind: 'refused', status: 403, code: 'log-frozen' };
const OWED: OfferAnswer = { kind: 'refused', status: 503, code: 'comparison-owed' };

async function refusedBy(scene: Scene, face: string, answer: OfferAnswer, names: WitnessName[]) {
  // Beyond what any witness has cosigned of either tree: nothing else is wrong with it.
  const sizes = [await scene.log.size('a'), await scene.log.size('b')];
  await scene.log.append(Math.max(...sizes) + 1 - (await scene.log.size(face)), face);
  for (const name of names) {
    await until(async () => equal(await scene.offer(face, name), answer), {
      what: `${name} to refuse ${face} of ${scene.lie.name}: ${JSON.stringify(answer)}`,
    });
  }
}

function equal(a: OfferAnswer, b: OfferAnswer): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** After a proven contradiction. */
export const FROZEN_FOR_GOOD: Safe = {
  says: 'no honest witness cosigns either tree again',
  holds: async (scene) => {
    for (const face of ['a', 'b']) await refusedBy(scene, face, FROZEN, ['one', 'two']);
  },
};

/** While what would compare two trees is not shown. */
export const NO_LONGER_COSIGNED: Safe = {
  says: 'neither tree is cosigned until they are compared, and then never again',
  holds: async (scene) => {
    await refusedBy(scene, 'a', OWED, ['one']);
    await refusedBy(scene, 'b', OWED, ['two']);
    // Nobody is convicted by what is hidden; what is shown at last does it.
    expect(scene.evidence()).toEqual([]);
    await scene.log.comeClean();
    await FROZEN_FOR_GOOD.holds(scene);
  },
};

/** The log's own tree goes on, in front of everybody. */
export const GOES_ON: Safe = {
  says: 'nobody is convicted, and the log goes on',
  holds: async (scene) => {
    await scene.log.comeClean();
    await scene.grow(2, 'a', 'one', 'two');
    await scene.verified(await scene.log.size());
    expect(scene.evidence()).toEqual([]);
  },
};

/** The tree that everybody knows is the only one with cosignatures of the honest. */
export const ONE_TREE: Safe = {
  says: 'honest witnesses go on with the one tree that they cosigned',
  holds: async (scene) => {
    await scene.log.comeClean();
    await scene.grow(1, 'a', 'one', 'two');
  },
};

/** And what has one they do accept: or nothing would be said by this. */
function lacksQuorum(face: string): Safe {
  return {
    says: 'verifiers accept nothing that lacks a quorum',
    holds: async (scene) => {
      expect(isAccepted(scene, await scene.log.note('a', COMMON))).toBe(true);
      expect(isAccepted(scene, await scene.log.note(face))).toBe(false);
    },
  };
}

/** Of the second tree, and of the first one before its quorum has cosigned it. */
export const NO_QUORUM = lacksQuorum('b');
export const NO_QUORUM_YET = lacksQuorum('a');

/** One witness lies, and the honest two are a quorum, and convicted of nothing. */
export const OTHERS_SUFFICE: Safe = {
  says: 'the other witnesses make the quorum',
  holds: async (scene) => {
    const size = await scene.log.size();
    await until(async () => await isCosignedByHonest(scene, size + 1), {
      what: 'a quorum of the honest',
    });
    await scene.verified(size + 1);
    expect(scene.framed()).toEqual([]);
  },
};

/** A log that nobody has frozen, and whose witness alone is accused. */
export const LOG_UNHARMED: Safe = {
  says: 'the log is not frozen',
  holds: async (scene) => {
    await scene.grow(1, 'a', 'one', 'two');
    expect(scene.evidence().filter(({ accused }) => accused === scene.staged.vkey)).toEqual([]);
  },
};

/** What stays safe in spite of a lie, in words and as a check of it. */
import { expect } from 'vitest';
import type { OfferAnswer } from '#test/support/face.ts';
import { until } from '#test/support/wait.ts';
import type { Safe } from './lie.ts';
import type { Scene, WitnessName } from './scene.ts';

const FROZEN: OfferAnswer = { kind: 'refused', status: 403, code: 'log-frozen' };
const OWED: OfferAnswer = { kind: 'refused', status: 503, code: 'comparison-owed' };

async function refusedBy(scene: Scene, face: string, answer: OfferAnswer, names: WitnessName[]) {
  await scene.log.append(1, face);
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
    await refusedBy(scene, 'a', FROZEN, ['one']);
    await refusedBy(scene, 'b', FROZEN, ['two']);
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

export const NO_QUORUM: Safe = {
  says: 'verifiers accept nothing that lacks a quorum',
  holds: async (scene) => {
    expect(scene.isAccepted(await scene.log.note('b'))).toBe(false);
  },
};

/** The accomplice lies, and the honest two are a quorum. */
export const OTHERS_SUFFICE: Safe = {
  says: 'the other witnesses make the quorum',
  holds: async (scene) => {
    const size = await scene.log.size();
    await until(async () => (await sizeOf(scene)) > size, { what: 'a log that goes on' });
    expect(scene.evidence().filter(({ accused }) => accused === scene.staged.vkey)).toEqual([]);
  },
};

async function sizeOf(scene: Scene): Promise<number> {
  const watched = scene.monitor.view.last.logs.find(({ origin }) => origin === scene.origin);
  return watched?.verified_size ?? 0;
}

/** A log that nobody has frozen, and whose witness alone is accused. */
export const LOG_UNHARMED: Safe = {
  says: 'the log is not frozen',
  holds: async (scene) => {
    await scene.grow(1, 'a', 'one', 'two');
    expect(scene.evidence().filter(({ accused }) => accused === scene.staged.vkey)).toEqual([]);
  },
};

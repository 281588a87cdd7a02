/**
 * Two trees, each with a quorum: the log keeps one honest witness and the accomplice on either side,
 * answers everything else, and does not give the tiles that would compare them. Every way of not giving it.
 */

import { WAYS, type Way } from '../liars/ways.ts';
import type { Lie, Noticed } from '../lie.ts';
import { FROZEN_FOR_GOOD, GOES_ON, NO_LONGER_COSIGNED } from '../safe.ts';
import { COMMON } from '../scene.ts';
import { DOWN, OWED, SEEN, STARVED, TOLD } from '../timing.ts';
import { COMPARERS, keepTwoFaces, MISFITS, provenWithin, showTwoFaces } from './two-trees.ts';

/** The monitor says what it is owed, and the witnesses wait for it in vain. */
const UNPROVEN: readonly Noticed[] = [
  { by: 'monitor', alert: 'consistency-unproven', within: OWED },
  { by: 'witness', sign: 'no longer cosigned', within: STARVED },
];

function byWay(way: Way): Lie {
  const what = typeof way === 'number' ? `status ${way}` : WORDS[way];
  return {
    name: `two trees with a quorum each, and for what would compare them ${what}`,
    by: 'log and witness',
    act: async (scene) => {
      for (const audience of COMPARERS) {
        await scene.log.withhold(audience, 'tiles', way);
      }
      await keepTwoFaces(scene);
    },
    noticed: UNPROVEN,
    beside: MISFITS,
    safe: [NO_LONGER_COSIGNED],
  };
}

const WORDS: Readonly<Record<Exclude<Way, number>, string>> = {
  hang: 'no answer',
  drip: 'a byte now and then',
  truncated: 'half a tile',
  'over-long': 'a tile without end',
  wrong: 'other bytes',
  redirect: 'a redirect',
};

export const WITHHOLDING: readonly Lie[] = [
  ...WAYS.map(byWay),
  {
    name: 'two trees with a quorum each, and one tile of them withheld',
    by: 'log and witness',
    act: async (scene) => {
      for (const audience of COMPARERS) {
        await scene.log.withhold(audience, `/tile/0/000.p/${COMMON + 10}`, 404);
      }
      await keepTwoFaces(scene);
    },
    noticed: UNPROVEN,
    beside: MISFITS,
    safe: [NO_LONGER_COSIGNED],
  },
  {
    name: 'two trees, and what would compare them withheld from one witness only',
    by: 'log and witness',
    act: async (scene) => await showTwoFaces(scene, 'monitor', 'two'),
    noticed: provenWithin(TOLD),
    beside: MISFITS,
    evidence: [{ kind: 'different-size-fork', against: 'log' }],
    safe: [FROZEN_FOR_GOOD],
  },
  {
    name: 'two trees, and what would compare them withheld from the monitor only',
    by: 'log and witness',
    act: async (scene) => await showTwoFaces(scene, 'one', 'two'),
    noticed: provenWithin(TOLD).toReversed(),
    beside: MISFITS,
    evidence: [{ kind: 'different-size-fork', against: 'log' }],
    safe: [FROZEN_FOR_GOOD],
  },
  ...withoutCheckpoint(),
];

/** The checkpoint itself is withheld from the monitor, who watches an honest log. */
function withoutCheckpoint(): Lie[] {
  const down: Noticed = { by: 'monitor', alert: 'log-down', within: DOWN };
  const invalid: Noticed = { by: 'monitor', alert: 'checkpoint-invalid', within: SEEN };
  const ways: [Way, string, Noticed][] = [
    [404, 'status 404', down],
    [410, 'status 410', down],
    [429, 'status 429', down],
    [500, 'status 500', down],
    [503, 'status 503', down],
    ['redirect', 'a redirect', down],
    ['hang', 'no answer', down],
    ['drip', 'a byte now and then', down],
    ['truncated', 'half of it', invalid],
    ['over-long', 'one without end', invalid],
    ['wrong', 'other bytes', invalid],
  ];
  return ways.map(([way, words, noticed]) => ({
    name: `for its checkpoint ${words}`,
    by: 'log',
    act: async (scene) => await scene.log.withhold('monitor', 'checkpoint', way),
    noticed: [noticed],
    safe: [GOES_ON],
  }));
}

/** A network that does to requests what it likes, between honest parties. */

import type { Weather } from '../liars/link.ts';
import type { Lie, Safe } from '../lie.ts';
import { GOES_ON } from '../safe.ts';
import { COMMON, type Scene } from '../scene.ts';
import { DOWN, SEEN, SEEN_TWICE } from '../timing.ts';
import { until } from '../until.ts';
import { MISFITS } from './two-trees.ts';

/** Whom the monitor reaches over a link each. */
const ABROAD = ['one', 'two', 'x'] as const;

/** Under whatever weather, as it is. */
const GOES_ON_IN_IT: Safe = {
  says: 'the log goes on and is checked, though more slowly',
  holds: async (scene) => {
    for (let round = 1; round <= 3; round++) {
      await scene.grow(2, 'a', 'one', 'two', 'x');
      await scene.verified(COMMON + 2 * round);
    }
    await nobodyIsConvicted(scene);
  },
};

const FAIR_AGAIN: Safe = {
  says: 'nobody is convicted, and all goes on when it is over',
  holds: async (scene) => {
    await scene.link.set({});
    await scene.grow(2, 'a', 'one', 'two');
    await scene.verified(await scene.log.size());
    await nobodyIsConvicted(scene);
  },
};

async function nobodyIsConvicted(scene: Scene): Promise<void> {
  if (scene.evidence().length > 0) throw new Error('somebody was convicted');
}

function underWay(name: string, weather: Weather): Lie {
  return {
    name,
    by: 'network',
    hasLink: true,
    act: async (scene) => await scene.link.set(weather),
    noticed: [],
    safe: [GOES_ON_IN_IT],
  };
}

export const NETWORK: readonly Lie[] = [
  underWay('a network that drops one request of three', { dropsOneOf: 3 }),
  underWay('a network that delays and reorders requests', { delayMs: 1500 }),
  underWay('a network that sends every request twice', { twice: true }),
  {
    name: 'a network that brings every offer to a witness twice',
    by: 'network',
    act: async ({ log, stage, urlOf }) => {
      const link = stage.liars.link('offers');
      const { url } = await link.start();
      await link.leadTo(urlOf('one'));
      await link.set({ twice: true });
      for (let round = 0; round < 3; round++) {
        await log.append(1, 'a');
        await until(async () => (await log.offer('a', url)).kind === 'cosigned');
      }
    },
    noticed: [],
    safe: [GOES_ON],
  },
  {
    name: 'a network that answers with what was true before',
    by: 'network',
    hasLink: true,
    act: async (scene) => {
      await scene.grow(4, 'a', 'one', 'two', 'x');
      await scene.verified(COMMON + 4);
      scene.begin();
      await scene.link.set({ stale: true });
    },
    noticed: [{ by: 'monitor', alert: 'log-went-back', within: SEEN_TWICE }],
    safe: [FAIR_AGAIN],
  },
  {
    name: 'a network that changes a bit of every answer',
    by: 'network',
    hasLink: true,
    act: async (scene) => await scene.link.set({ flips: true }),
    noticed: [{ by: 'monitor', alert: 'checkpoint-invalid', within: SEEN }],
    beside: MISFITS,
    safe: [FAIR_AGAIN],
  },
  {
    name: 'a network that keeps the monitor from the log',
    by: 'network',
    hasLink: true,
    act: async (scene) => await scene.link.set({ cut: true }),
    noticed: [{ by: 'monitor', alert: 'log-down', within: DOWN }],
    safe: [FAIR_AGAIN],
  },
  {
    name: 'a network that keeps the monitor from all witnesses',
    by: 'network',
    place: 'island',
    act: async ({ stage }) => {
      for (const name of ABROAD) await stage.liars.link(name).set({ cut: true });
    },
    noticed: [
      { by: 'monitor', alert: 'witness-down', about: 'one', within: DOWN },
      { by: 'monitor', alert: 'witness-down', about: 'two', within: DOWN },
      { by: 'monitor', alert: 'quorum-missing', about: 'witnesses', within: DOWN },
    ],
    safe: [
      {
        says: 'nobody is convicted, and all goes on when it is over',
        holds: async (scene) => {
          const { stage } = scene;
          for (const name of ABROAD) await stage.liars.link(name).set({});
          await scene.grow(2, 'a', ...ABROAD);
          await scene.verified(COMMON + 2);
          await nobodyIsConvicted(scene);
        },
      },
    ],
  },
];

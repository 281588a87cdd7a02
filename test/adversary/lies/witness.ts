/** Witnesses that lie about what they cosigned, or do not do what a witness does. */
import { expect } from 'vitest';
import { encodeBase64 } from '#protocol/base64.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import {
  type Evidence,
  encodeEvidence,
  evidenceId,
  proveSameSizeFork,
} from '#protocol/evidence/evidence.ts';
import { parseVerifierKey } from '#protocol/note/key.ts';
import { openWithPolicy } from '#protocol/policy/policy.ts';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import type { Way } from '../liars/ways.ts';
import type { Lie, Noticed } from '../lie.ts';
import { LOG_UNHARMED, OTHERS_SUFFICE } from '../safe.ts';
import { COMMON, type Scene } from '../scene.ts';
import { DECLARED, DOWN, LASTING, type Rule, SEEN_TWICE, STALE } from '../timing.ts';
import { until } from '../until.ts';

/** In the market: it has cosigned, and been seen to. */
async function wasHonest(scene: Scene): Promise<void> {
  const { name } = scene.witness;
  await until(
    () => {
      const seen = scene.monitor.view.last.witnesses.find((witness) => witness.name === name);
      return seen?.logs.some(({ origin, size }) => origin === scene.origin && size !== undefined);
    },
    { what: `${name} seen to cosign` },
  );
}

function told(alert: Extract<Noticed, { alert: string }>['alert'], within: Rule): Noticed[] {
  return [{ by: 'monitor', alert, within }];
}

function inMarket(name: string, noticed: Noticed[], act: Lie['act']): Lie {
  const common = { by: 'witness', place: 'market', prepare: wasHonest } as const;
  return { ...common, name, act, noticed, beside: BESIDE, safe: [OTHERS_SUFFICE] };
}

/** What one fault may look like, besides, on the way there. */
const BESIDE = ['witness-invalid', 'witness-went-back'] as const;

function withholds(name: string, way: Way, noticed: Noticed[]): Lie {
  return inMarket(name, noticed, async ({ witness }) => {
    await witness.remote.withhold('everything', way);
  });
}

const GONE: readonly Lie[] = [
  withholds('a witness that answers nothing', 'hang', told('witness-down', DOWN)),
  withholds('a witness that answers garbage', 'wrong', told('witness-invalid', LASTING)),
  withholds('a witness that answers without end', 'over-long', told('witness-invalid', LASTING)),
  withholds('a witness that answers a byte now and then', 'drip', told('witness-down', DOWN)),
  withholds('a witness that answers half', 'truncated', told('witness-invalid', LASTING)),
  withholds('a witness that answers status 500', 500, told('witness-error', DOWN)),
  withholds('a witness that redirects', 'redirect', told('witness-down', DOWN)),
  withholds('a witness that no longer knows the log', 404, told('witness-went-back', SEEN_TWICE)),
];

const SHOWS: readonly Lie[] = [
  inMarket(
    'a witness that shows an old cosignature again',
    told('witness-went-back', SEEN_TWICE),
    async (scene) => {
      const { witness, log, origin } = scene;
      await witness.remote.show(
        origin,
        await witness.remote.cosigned(await log.signed('a', 1), 1000),
      );
    },
  ),
  inMarket('a witness that stops cosigning', told('witness-stale', STALE), async ({ witness }) => {
    await witness.remote.withhold('offers', 503);
  }),
  inMarket(
    'a witness that shows what it has not cosigned',
    told('witness-invalid', LASTING),
    async ({ witness, log, origin }) => {
      await witness.remote.show(origin, await log.signed('a'));
    },
  ),
  inMarket(
    'a witness whose cosignature does not verify',
    told('witness-invalid', LASTING),
    async ({ witness, log, origin }) => {
      const note = await witness.remote.cosigned(await log.signed('a'));
      const other = await witness.remote.cosigned(await log.signed('a', 1));
      const lines = other.split('\n').slice(-3).join('\n');
      await witness.remote.show(
        origin,
        note.split('\n').slice(0, -3).join('\n').concat('\n', lines),
      );
    },
  ),
  inMarket(
    'a witness that shows the checkpoint of another log',
    told('witness-invalid', LASTING),
    async ({ witness, stage, origin }) => {
      const other = [...stage.logs.values()].find((log) => log.origin !== origin)!;
      await witness.remote.show(
        origin,
        await witness.remote.cosigned(await other.remote.signed('a')),
      );
    },
  ),
  inMarket(
    'a witness that signs with one of its two keys only',
    told('witness-stale', STALE),
    async ({ witness }) => await witness.remote.signWith(1),
  ),
  {
    ...inMarket(
      'a witness whose clock is an hour ahead',
      told('witness-stale', LASTING),
      async ({ witness }) => await witness.remote.setClock(3600),
    ),
    beside: ['clock-skew'],
  },
  inMarket(
    'a witness that lists other keys than it had',
    told('witness-keys-changed', DECLARED),
    async ({ witness, stage }) => {
      const { vkeys } = stage.witnesses.one;
      await witness.remote.serve('metadata', JSON.stringify({ vkeys }));
    },
  ),
  {
    ...inMarket(
      'a witness whose clock is set back by an hour',
      told('witness-cosigned-backwards', SEEN_TWICE),
      async ({ witness }) => await witness.remote.setClock(-3600),
    ),
    beside: ['clock-skew', 'witness-stale'],
    evidence: [{ kind: 'cosigned-backwards', against: 'witness' }],
  },
];

/** Nobody has anything to complain about, though it lists what it likes. */
function lists(name: string, act: Lie['act']): Lie {
  return { ...inMarket(name, [], act), beside: [] };
}

const FRAMES: readonly Lie[] = [
  lists('a witness that lists false evidence against an honest log', async (scene) => {
    const { witness, log, staged, origin } = scene;
    const second = await log.signed('a');
    const [, , root] = second.split('\n');
    // All of it is in order, but that the log has not signed this root.
    const first = second.replace(root!, encodeBase64(new Uint8Array(32)));
    const accused = parseVerifierKey(staged.vkey);
    const forged: Evidence = { kind: 'same-size-fork', accused, first, second };
    await witness.remote.publish(decodeUtf8(encodeEvidence(forged)));
    await witness.remote.untilAsked(`evidence/${evidenceId(forged)}`, 1);
    // By then it has been judged.
    await witness.remote.untilAsked(witnessCheckpointPath(origin), 2);
  }),
  lists(
    'a witness that lists real evidence against somebody else',
    async ({ witness, stage, origin }) => {
      const stranger = stage.liars.log('stranger.example/log');
      const { vkey } = await stranger.start();
      await stranger.append(3, 'a');
      await stranger.fork('b', 0);
      await stranger.append(3, 'b');
      const keys = [parseVerifierKey(vkey)];
      const [one, other] = [await stranger.signed('a'), await stranger.signed('b')];
      const [document] = proveSameSizeFork(one, other, keys).map(encodeEvidence);
      await witness.remote.publish(decodeUtf8(document!));
      await witness.remote.untilAsked('evidence', 1);
      await witness.remote.untilAsked(witnessCheckpointPath(origin), 2);
    },
  ),
];

const ACCOMPLICE: readonly Lie[] = [
  {
    name: 'a smaller tree cosigned later than a larger one',
    by: 'witness',
    act: async (scene) => {
      const { log, witness, origin } = scene;
      const nowSeconds = Math.floor(Date.now() / 1000);
      await scene.grow(4, 'a', 'one', 'two');
      const smaller = await log.signed('a');
      await scene.grow(5, 'a', 'one', 'two');
      const larger = await log.signed('a');
      await witness.remote.show(origin, await witness.remote.cosigned(larger, nowSeconds));
      await scene.seenAt('x', COMMON + 9);
      scene.begin();
      await witness.remote.show(origin, await witness.remote.cosigned(smaller, nowSeconds + 5));
    },
    noticed: [{ by: 'monitor', alert: 'witness-cosigned-backwards', within: SEEN_TWICE }],
    beside: ['witness-went-back'],
    evidence: [{ kind: 'cosigned-backwards', against: 'witness' }],
    safe: [LOG_UNHARMED],
  },
  {
    name: 'an earlier time than that of an earlier tree',
    by: 'log and witness',
    act: async (scene) => {
      const { log, witness } = scene;
      const hourAgo = Math.floor(Date.now() / 1000) - 3600;
      await scene.grow(4, 'a', 'one');
      const note = await witness.remote.cosigned(await log.note('a'), hourAgo);
      await log.forge('monitor', 'checkpoint', { text: note });
      scene.notes.set('back-dated', note);
    },
    noticed: [{ by: 'monitor', alert: 'witness-cosigned-backwards', within: SEEN_TWICE }],
    beside: ['clock-skew'],
    evidence: [{ kind: 'cosigned-backwards', against: 'witness' }],
    safe: [
      {
        says: 'the logged time is that of a whole quorum',
        holds: async (scene) => {
          const { quorumTimeSeconds } = openWithPolicy(
            scene.notes.get('back-dated')!,
            scene.policy,
          );
          expect(Date.now() / 1000 - quorumTimeSeconds!).toBeLessThan(1800);
        },
      },
    ],
  },
];

export const WITNESS: readonly Lie[] = [...GONE, ...SHOWS, ...FRAMES, ...ACCOMPLICE];

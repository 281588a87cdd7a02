/** What lies with two trees have in common: how the trees come about, who is shown which, and what follows. */
import type { AlertKind } from '#monitor/judge/alert-kinds.ts';
import type { Noticed } from '../lie.ts';
import { COMMON, type Scene } from '../scene.ts';
import { type Rule, TOLD } from '../timing.ts';

/** What does not fit may show itself in any of these ways, depending on who is asked first. */
export const MISFITS: readonly AlertKind[] = [
  'witnesses-disagree',
  'witness-other-tree',
  'log-went-back',
  'root-mismatch',
  'tile-mismatch',
  'consistency-unproven',
  'checkpoint-unproven',
];

/** How a contradiction is noticed that can be proven: by the monitor, and by every honest witness. */
export function provenWithin(within: Rule): Noticed[] {
  return [
    { by: 'monitor', alert: 'log-contradiction', within },
    { by: 'witness', sign: 'frozen', within: TOLD },
  ];
}

/** Whoever would compare two trees. */
export const COMPARERS = ['monitor', 'one', 'two'] as const;

/** A second tree, and the sizes to which the two grow; nobody has been shown any of it yet. */
export async function fork(scene: Scene, sizes: { a: number; b: number; from?: number }) {
  const { a, b, from = COMMON } = sizes;
  await scene.log.fork('b', from);
  await scene.log.append(a - COMMON, 'a');
  await scene.log.append(b - from, 'b');
}

/** B to the monitor as the log signs it, whoever has cosigned it, with the files of one or the other. */
export async function showMonitor(scene: Scene, files: 'a' | 'b' = 'b'): Promise<void> {
  await scene.log.show('monitor', 'b', { size: 'signed', files });
}

/**
 * A to the first witness; B to the second, to the monitor and to the accomplice. At the same instant, and
 * whatever they answer: whoever has heard of the one refuses the other.
 */
export async function split(scene: Scene): Promise<void> {
  await scene.log.show('two', 'b');
  await showMonitor(scene);
  await Promise.all([scene.tell('a', 'one'), scene.tell('b', 'two'), scene.tell('b', 'x')]);
}

/**
 * Each tree with a quorum: an honest witness for each, at the same instant, as whoever has heard of the
 * other waits for it; and the accomplice for both. What would compare them has to be withheld by now.
 */
export async function keepTwoFaces(scene: Scene): Promise<void> {
  await fork(scene, { a: COMMON + 5, b: COMMON + 10 });
  for (const audience of ['monitor', 'two'] as const) await scene.log.show(audience, 'b');
  await Promise.all([scene.cosign('a', 'one'), scene.cosign('b', 'two')]);
  // The larger one last: otherwise its times run backwards, too.
  await scene.cosign('a', 'x');
  await scene.cosign('b', 'x');
}

/** The same, and then some are given what compares the two. */
export async function showTwoFaces(
  scene: Scene,
  ...to: readonly (typeof COMPARERS)[number][]
): Promise<void> {
  for (const audience of COMPARERS) await scene.log.withhold(audience, 'tiles', 503);
  await keepTwoFaces(scene);
  scene.begin();
  await scene.log.reveal(...to);
}

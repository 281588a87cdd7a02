/**
 * Plays one lie to its end: tells it, waits until everybody has noticed who must, holds the times to
 * their limits, and then looks at what is left: evidence, what stays safe, and that nobody else was
 * accused.
 */
import { expect } from 'vitest';
import type { Alert } from '#test/support/network.ts';
import { timed } from '#test/support/stretch.ts';
import { judged } from './anybody.ts';
import type { EvidenceFound, Lie, Noticed } from './lie.ts';
import { HONEST, Scene } from './scene.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';
import type { SeenAlert } from './watch.ts';

/** Seconds after which each noticed it, in the order of the lie's own list. */
export type Measured = readonly number[];

/** What a busy machine looks like from outside, too: no accusation. */
const OUTAGES: readonly string[] = [
  'log-down',
  'monitor-lag',
  'witness-down',
  'witness-error',
  'witness-stale',
  'checkpoint-stale',
  'quorum-missing',
];
const UNPROVEN: readonly string[] = ['consistency-unproven', 'checkpoint-unproven'];

function isOutage({ kind, detail }: Alert): boolean {
  if (OUTAGES.includes(kind)) return true;
  return UNPROVEN.includes(kind) && /no answer within|too slow|UND_ERR|ECONN/.test(detail);
}

export async function play(lie: Lie, stage: Stage): Promise<Measured> {
  const scene = new Scene(stage, lie);
  if (lie.prepare === undefined) await prepare(scene);
  else await lie.prepare(scene);
  // What a busy machine has raised before is over: or nobody could tell what the lie raises.
  await until(() => lie.noticed.every((noticed) => !isOpen(scene, noticed)), {
    what: `calm before ${lie.name}`,
  });
  const { result, stretch } = await timed(async () => {
    scene.begin();
    await lie.act(scene);
    return await Promise.all(lie.noticed.map((noticed) => secondsUntil(scene, noticed)));
  });
  const { timing } = scene.monitor;
  for (const [i, noticed] of lie.noticed.entries()) {
    const limit = noticed.within(timing) / 1000;
    expect(result[i], `${describe(noticed)} in seconds`).toBeLessThan(limit * stretch);
  }
  await expectEvidence(scene, lie.evidence ?? []);
  expectNoOther(scene);
  for (const { holds } of lie.safe) await holds(scene);
  // Where nobody is to notice anything, that is so to the end.
  if (lie.noticed.length === 0) expectNoOther(scene);
  return result;
}

/** The lies of the market need no beginning: their log grows from the start. */
async function prepare(scene: Scene): Promise<void> {
  if (scene.staged.place === 'market') await scene.verified(1);
  else await scene.common();
}

async function secondsUntil(scene: Scene, noticed: Noticed): Promise<number> {
  const what = `${describe(noticed)}, of ${scene.lie.name}`;
  const atMs = await until(() => noticedAt(scene, noticed), { what });
  return Math.max(0, (atMs - scene.startedMs) / 1000);
}

function noticedAt(scene: Scene, noticed: Noticed): number | undefined {
  if ('sees' in noticed) return scene.sightings.get(describe(noticed));
  if ('sign' in noticed) {
    const names = noticed.which === undefined ? HONEST : [noticed.which];
    const all = names.every((name) => {
      const { frozen, owedSeconds } = scene.view(name);
      if (noticed.sign === 'frozen') return frozen.has(scene.origin);
      return (owedSeconds.get(scene.origin) ?? 0) * 1000 >= scene.monitor.timing.patienceMs;
    });
    return all ? Date.now() : undefined;
  }
  // One that was raised before the lie is not about it.
  const found = alertsOf(scene, noticed).findLast((alert) => alert.raised_at >= scene.startedMs);
  return found?.raised_at;
}

function isOpen(scene: Scene, noticed: Noticed): boolean {
  if (!('alert' in noticed)) return false;
  return alertsOf(scene, noticed).some((alert) => alert.resolved_at === undefined);
}

function alertsOf(scene: Scene, noticed: Extract<Noticed, { alert: string }>): SeenAlert[] {
  const { alert: kind, about } = noticed;
  const alerts = about === undefined ? scene.alerts() : scene.alertsAbout(about);
  return alerts.filter((alert) => alert.kind === kind);
}

/** Who notices, and by what. */
export function describe(noticed: Noticed): string {
  if ('sees' in noticed) return `${noticed.by} ${noticed.sees}`;
  if (noticed.by === 'witness') return `${noticed.which ?? 'witnesses'} ${noticed.sign}`;
  const { alert, about } = noticed;
  return about === undefined ? `monitor ${alert}` : `monitor ${alert} (${about})`;
}

/** All of it, and nothing else, and each piece convinces a stranger. */
async function expectEvidence(scene: Scene, expected: readonly EvidenceFound[]): Promise<void> {
  const words = expected.map(({ kind, against }) => `${kind} against the ${against}`).sort();
  const { vkey } = scene.staged;
  const found = () =>
    scene.evidence().map(({ kind, accused }) => {
      return `${kind} against the ${accused === vkey ? 'log' : 'witness'}`;
    });
  await until(() => words.every((word) => found().includes(word)), {
    what: `${words.join(', ')} of ${scene.lie.name}`,
  });
  expect([...new Set(found())].sort()).toEqual(words);
  for (const { id, accused } of scene.evidence()) {
    const verdict = await judged(scene, id);
    expect(verdict).toMatchObject({ proven: true, accused });
  }
}

function expectNoOther(scene: Scene): void {
  const { noticed, beside = [] } = scene.lie;
  const told = noticed.flatMap((item) => ('alert' in item ? [item.alert] : []));
  const allowed = new Set<string>([...told, ...beside]);
  const others = scene.alerts().filter((alert) => !allowed.has(alert.kind) && !isOutage(alert));
  expect(others.map(({ kind, detail }) => `${kind}: ${detail}`)).toEqual([]);
}

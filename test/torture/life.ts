/** One life of a server that is mistreated, from its start to its end, and the one after it, in peace. */
import { expect } from 'vitest';
import { sleep } from '#service/schedule.ts';
import { tryGet } from '#test/support/network.ts';
import type { Ended } from '#test/support/processes.ts';
import type { Load, Subject } from './subject.ts';

const POLL_MS = 20;
const NOTHING: Load = { granted: 0, refused: 0 };

export interface Mistreatment {
  readonly env?: Readonly<Record<string, string>>;
  /** Words of a command that runs the rest of its line in its own place. */
  readonly under?: readonly string[];
}

export interface Life extends Ended {
  readonly pid: number;
  readonly load: Load;
}

export async function isUp(subject: Subject): Promise<boolean> {
  return (await tryGet(`${subject.url}/readyz`)) !== undefined;
}

/** Starts it, asks it for everything and stops it; it may end before that. */
export async function live(
  subject: Subject,
  { env, under }: Mistreatment,
  load: () => Promise<Load> = () => subject.load(),
): Promise<Life> {
  const { process } = subject;
  const { pid } = process.start(env, under);
  let isReady = false;
  while (process.isRunning && !isReady) {
    isReady = await isUp(subject);
    await sleep(POLL_MS);
  }
  const result = isReady ? await load() : NOTHING;
  return { pid: pid!, load: result, ...(await process.stop()) };
}

/** Started again and left alone, it has kept all that it promised. */
export async function expectKeptAfterwards(subject: Subject): Promise<void> {
  const { process } = subject;
  process.start();
  await process.until(() => isUp(subject));
  await subject.expectKept();
  expect((await process.stop()).code).toBe(0);
}

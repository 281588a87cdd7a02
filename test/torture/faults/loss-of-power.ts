/**
 * A server's files as a loss of power may have left them at any moment of its life, which is recorded, and what it
 * had said for certain by then.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { tryGet } from '#test/support/network.ts';
import type { Random } from '#test/support/random.ts';
import { tempFolder } from '#test/support/temp.ts';
import { printTable } from '../scale.ts';
import type { Subject } from '../subject.ts';
import { Disk, LOSSES, type Loss } from './disk.ts';
import { strace, traceOf } from './inject.ts';
import { RECORDING, readRecording, type Step } from './recording.ts';

/** Something that it has said, and by when, in milliseconds of the wall clock. */
interface Said {
  readonly byMs: number;
}

export interface RecordedSubject<Told extends Said> extends Subject {
  readonly folder: string;
  readonly told: readonly Told[];
  /** All that it said is true when it is opened on these files, as by a start, and it goes on. */
  expectKeptOn(files: ReadonlyMap<string, Buffer>, told: readonly Told[]): Promise<void>;
}

/** The moment before a step, or after the last one, and what is lost then. */
interface Moment {
  readonly steps: number;
  readonly loss: Loss;
}

/** Its files by their path, but for an index in shared memory, which a loss of power takes along. */
function filesOf({ folder, paths }: RecordedSubject<Said>): string[] {
  return paths.filter((path) => path !== folder && !path.endsWith('-shm'));
}

/** It lives from its start to its end, and grants all that it is asked for; what it did to its files. */
async function record(subject: RecordedSubject<Said>): Promise<Step[]> {
  const output = join(tempFolder(), 'recording');
  const paths = [subject.folder, ...filesOf(subject)];
  const { pid } = subject.process.start({}, strace(output, paths, ...RECORDING));
  await subject.process.until(async () => (await tryGet(`${subject.url}/readyz`)) !== undefined);
  expect((await subject.load()).refused).toBe(0);
  expect((await subject.process.stop()).code).toBe(0);
  return readRecording(await traceOf(output, pid!));
}

function chooseMoments(steps: readonly Step[], count: number, random: Random): Moment[] {
  const all = Array.from({ length: steps.length + 1 }, (_, before) => {
    const isCut = steps[before - 1]?.change.do === 'write';
    return LOSSES.filter((loss) => loss !== 'its last write cut short' || isCut).map((loss) => ({
      steps: before,
      loss,
    }));
  }).flat();
  const chosen = Array.from({ length: Math.min(count, all.length) }, () => {
    return all.splice(Math.floor(random.between(0, all.length)), 1)[0]!;
  });
  return chosen.toSorted((a, b) => a.steps - b.steps);
}

/** What had been said for certain before that time. The clock of answers counts whole milliseconds. */
function toldBefore<Told extends Said>(told: readonly Told[], ms: number): Told[] {
  return told.filter(({ byMs }) => byMs + 1 < ms);
}

/** Opens it at as many moments as `states`, or at all of them; prints what came of it. */
export async function expectKeptAtMoments<Told extends Said>(
  subject: RecordedSubject<Told>,
  { states, random, name }: { states: number; random: Random; name: string },
): Promise<void> {
  const before = filesOf(subject).filter((path) => existsSync(path));
  const disk = new Disk(subject.folder, new Map(before.map((path) => [path, readFileSync(path)])));
  const steps = await record(subject);
  const moments = chooseMoments(steps, states, random);
  const opened = new Map<Loss, number>(LOSSES.map((loss) => [loss, 0]));
  let applied = 0;
  for (const { steps: count, loss } of moments) {
    for (; applied < count; applied++) disk.apply(steps[applied]!.change);
    const told = toldBefore(subject.told, steps[count]?.atMs ?? Number.POSITIVE_INFINITY);
    try {
      await subject.expectKeptOn(disk.after(loss, random), told);
    } catch (cause) {
      throw new Error(`before step ${count} of ${steps.length}, ${loss}`, { cause });
    }
    opened.set(loss, opened.get(loss)! + 1);
  }
  const ofKind = (kind: string) => steps.filter(({ change }) => change.do === kind).length;
  const writes = ofKind('write') + ofKind('append');
  const title = `${name} opened after a loss of power at ${moments.length} of its moments, seed ${random.seed}`;
  printTable(title, [
    ['of what was not synced was there', 'opened, all kept'],
    ...opened,
    ['recorded: writes', writes],
    ['recorded: syncs', ofKind('sync')],
    ['recorded: names and lengths', steps.length - writes - ofKind('sync')],
  ]);
}

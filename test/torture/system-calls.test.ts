/**
 * System calls that fail: in a log server and in a witness, each kind of call on their files fails once,
 * the n-th of its kind, for each n, with an I/O error and with a full disk, not carried out or carried out
 * all the same. The server gives correct answers or stops loudly; started again, it has lost nothing that
 * it answered, gave no index twice, and signed no second tree.
 *
 *     ./tecp torture system-calls [--cases N] [--seed N]
 */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freeBasePort } from '#test/support/ports.ts';
import { releaseAtEnd } from '#test/support/processes.ts';
import { type Random, seededRandom } from '#test/support/random.ts';
import { tempFolder } from '#test/support/temp.ts';
import {
  CALLS,
  type Call,
  ERRORS,
  type Fault,
  inject,
  MEANINGS,
  strace,
  traceOf,
} from './faults/inject.ts';
import { hasCompiler, hasStrace } from './faults/tools.ts';
import { expectKeptAfterwards, type Life, live } from './life.ts';
import { LoneLog } from './lone-log.ts';
import { LoneWitness } from './lone-witness.ts';
import { printTable, scale } from './scale.ts';
import type { Subject } from './subject.ts';

const CASES = scale('cases', 8);
/** What comes of a fault. Whatever else does fails the test where it is seen. */
const OUTCOMES = [
  'all answered',
  'refused, and went on',
  'stopped, exit code 1',
  'not reached',
] as const;
type Outcome = (typeof OUTCOMES)[number];

const hasTools = [hasStrace(), hasCompiler()].every(Boolean);

/** How often each call is made by one thread on the files of such a server, all in all. */
async function countCalls(subject: Subject): Promise<Map<Call, number>> {
  const output = join(tempFolder(), 'calls');
  const under = strace(output, subject.paths, '-e', `trace=${CALLS.join(',')}`);
  const { pid, code } = await live(subject, { under });
  expect(code).toBe(0);
  const byThread = new Map<string, number>();
  for (const [, thread, call] of (await traceOf(output, pid)).matchAll(/^(\d+) +(\w+)\(/gm)) {
    const key = `${call} ${thread}`;
    byThread.set(key, (byThread.get(key) ?? 0) + 1);
  }
  const most = (call: Call): number =>
    Math.max(0, ...[...byThread].filter(([key]) => key.startsWith(`${call} `)).map(([, n]) => n));
  return new Map(CALLS.map((call) => [call, most(call)]));
}

/** Every fault there is, in an order in which each kind has one before any has two. */
function allFaults(counts: ReadonlyMap<Call, number>, random: Random): Fault[] {
  const byKind = CALLS.flatMap((call) =>
    ERRORS.flatMap((error) =>
      MEANINGS.map((meaning) => {
        const nths = Array.from({ length: counts.get(call)! }, (_, i) => i + 1);
        return shuffled(nths, random).map((nth) => ({ call, nth, error, meaning }));
      }),
    ),
  );
  const most = Math.max(...byKind.map(({ length }) => length));
  const turns = Array.from({ length: most }, (_, turn) =>
    byKind.flatMap((kind) => kind[turn] ?? []),
  );
  return turns.flatMap((turn) => shuffled(turn, random));
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const weighed = items.map((item) => ({ item, weight: random.between(0, 1) }));
  return weighed.toSorted((a, b) => a.weight - b.weight).map(({ item }) => item);
}

async function suffer(subject: Subject, fault: Fault): Promise<Outcome> {
  const { env, under, wasReached } = inject(fault, subject.paths);
  const life = await live(subject, { env, under });
  const isReached = await wasReached(life.pid);
  const outcome = outcomeOf(life);
  const { process } = subject;
  if (life.code !== 0) expect(process.tail(), 'a loud stop').toMatch(/"level":"fatal"|tecp: /);
  await expectKeptAfterwards(subject);
  return isReached ? outcome : 'not reached';
}

function outcomeOf({ code, signal, load }: Life): Outcome {
  expect(signal).toBeNull();
  if (code === 0) return load.refused === 0 ? 'all answered' : 'refused, and went on';
  expect(code).toBe(1);
  return 'stopped, exit code 1';
}

describe.skipIf(!hasTools).each([
  { name: 'the log server', create: (port: number) => LoneLog.create(port) },
  { name: 'a witness', create: LoneWitness.create },
])('$name', ({ name, create }) => {
  it('answers correctly or stops loudly when a system call fails, and loses nothing', async ({
    task,
  }) => {
    const random = seededRandom(`${name} ${task.name}`);
    const subjects: Subject[] = [];
    releaseAtEnd(() => subjects.slice(-1).map(({ process }) => process));
    const fresh = async (): Promise<Subject> => {
      const subject: Subject = await create(await freeBasePort());
      subjects.push(subject);
      return subject;
    };
    const faults = allFaults(await countCalls(await fresh()), random);
    const outcomes = new Map<string, Outcome[]>();
    for (const fault of faults.slice(0, CASES)) {
      const { call, nth, error, meaning } = fault;
      try {
        const kind = `${call}, ${error}, ${meaning}`;
        outcomes.set(kind, [...(outcomes.get(kind) ?? []), await suffer(await fresh(), fault)]);
      } catch (cause) {
        throw new Error(`${name}: ${call} number ${nth}, ${error}, ${meaning}`, { cause });
      }
    }
    const rows = [...outcomes]
      .toSorted()
      .map(([kind, all]) => [
        kind,
        ...OUTCOMES.map((outcome) => all.filter((one) => one === outcome).length),
      ]);
    const title = `of ${faults.length} possible failures of calls of ${name}, seed ${random.seed}`;
    printTable(title, [['call', ...OUTCOMES], ...rows]);
  });
});

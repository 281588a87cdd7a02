/**
 * A machine that runs out of something: too few file descriptors, too little memory, files that may not
 * grow, a disk that takes a third of a second for each sync. The server answers correctly or stops loudly,
 * and, left alone again, has kept all that it promised. (That a disk is really full, and what monitors do
 * then, is in test/system/adversity-disk.test.ts; clocks are in adversity-clock.test.ts.)
 *
 *     ./tecp torture exhaustion
 */
import { connect, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { monotonicMs, sleep } from '#service/schedule.ts';
import { tryGet } from '#test/support/network.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { releaseAtEnd } from '#test/support/processes.ts';
import { timeStretch } from '#test/support/stretch.ts';
import { strace } from './faults/inject.ts';
import { hasStrace } from './faults/tools.ts';
import { expectKeptAfterwards, type Life, live, type Mistreatment } from './life.ts';
import { LoneLog } from './lone-log.ts';
import { LoneWitness } from './lone-witness.ts';
import { printTable } from './scale.ts';
import type { Load, Subject } from './subject.ts';

const SYNC_DELAY_MS = 300;
const HEALTHY_WITHIN_MS = 1000;
const SILENT_CLIENTS = 300;
const FLOODS = 4;
const FLOOD_BYTES = 4 << 20;

/**
 * Words that run the rest of a line with a limit of the shell, such as `-n 64`. Nothing is written of its
 * coverage: that would be cut off by the limit, too.
 */
function limited(limit: string): string[] {
  return ['sh', '-c', `unset NODE_V8_COVERAGE; ulimit ${limit} && exec "$@"`, 'sh'];
}

interface Want {
  readonly name: string;
  readonly how: (subject: Subject) => Mistreatment;
  /** What is done to it instead of being asked once for everything. */
  readonly load?: (subject: Subject) => Promise<Load>;
  /** It may refuse, but not stop: what it lacks comes back by itself. */
  readonly passes?: true;
}

/** While so many connections take away the descriptors, and after they have gone. */
async function amongSilentClients(subject: Subject): Promise<Load> {
  const { port, hostname } = new URL(subject.url);
  const sockets = Array.from({ length: SILENT_CLIENTS }, (): Socket => {
    const socket = connect({ port: Number(port), host: hostname });
    return socket.on('error', () => undefined);
  });
  await sleep(SYNC_DELAY_MS);
  const first = await subject.load();
  for (const socket of sockets) socket.destroy();
  return first;
}

/** More at once than it has memory for, again and again. */
async function tooMuchAtOnce(subject: Subject): Promise<Load> {
  const body = Buffer.alloc(FLOOD_BYTES, 'x');
  const flood = async (): Promise<void> => {
    while (isFlooding && subject.process.isRunning) {
      await fetch(`${subject.url}/v1/log/entries`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body,
      }).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
    }
  };
  let isFlooding = true;
  const floods = Array.from({ length: FLOODS }, flood);
  const load = await subject.load();
  isFlooding = false;
  await Promise.all(floods);
  return load;
}

/** Health is answered in time while everything else waits for the disk. */
async function healthy(subject: Subject): Promise<Load> {
  let isLoading = true;
  const waits: number[] = [];
  const watch = async (): Promise<void> => {
    while (isLoading) {
      const startedMs = monotonicMs();
      expect(await tryGet(`${subject.url}/healthz`)).toBeDefined();
      waits.push((monotonicMs() - startedMs) / timeStretch());
      await sleep(50);
    }
  };
  const watching = watch();
  const load = await subject.load();
  isLoading = false;
  await watching;
  expect(load.refused).toBe(0);
  expect(Math.max(...waits)).toBeLessThan(HEALTHY_WITHIN_MS);
  return load;
}

const SLOW_SYNCS = `inject=fsync,fdatasync:delay_enter=${SYNC_DELAY_MS * 1000}`;
const WANTS: readonly Want[] = [
  {
    name: 'file descriptors',
    how: () => ({ under: limited('-n 64') }),
    load: amongSilentClients,
    passes: true,
  },
  {
    name: 'file descriptors, from the start',
    how: () => ({ under: limited('-n 24') }),
  },
  {
    name: 'room in a file',
    how: () => ({ under: limited('-f 256') }),
  },
  {
    name: 'memory',
    how: () => ({ env: { NODE_OPTIONS: '--max-old-space-size=24' } }),
    load: tooMuchAtOnce,
  },
  {
    name: 'a fast disk',
    how: ({ paths }) => ({
      under: strace('/dev/null', paths, '-e', 'trace=fsync,fdatasync', '-e', SLOW_SYNCS),
    }),
    load: healthy,
    passes: true,
  },
];

/** In words. Whatever is neither an answer nor a loud stop fails the test. */
function outcomeOf(subject: Subject, { code, signal, load }: Life): string {
  const said = subject.process.tail();
  if (code === 0)
    return load.refused === 0 ? 'all answered' : `${load.refused} refused, and went on`;
  if (signal === 'SIGABRT') {
    expect(said).toMatch(/FATAL ERROR: .*out of memory/);
    return 'stopped by V8, out of memory';
  }
  expect([code, signal], said).toEqual([1, null]);
  expect(said, 'a loud stop').toMatch(/"level":"fatal"|tecp: /);
  return 'stopped, exit code 1';
}

const SERVERS = [
  { server: 'log', create: (port: number): Promise<Subject> => LoneLog.create(port) },
  { server: 'witness', create: (port: number): Promise<Subject> => LoneWitness.create(port) },
];
const outcomes: string[][] = [];

describe.skipIf(!hasStrace()).each(SERVERS)('a $server that lacks', ({ server, create }) => {
  it.each(WANTS)('$name answers correctly or stops loudly, and has lost nothing', async (want) => {
    const subject = await create(await freeBasePort());
    releaseAtEnd(() => [subject.process]);
    const { how, load = (asked) => asked.load() } = want;
    const life = await live(subject, how(subject), () => load(subject));
    const outcome = outcomeOf(subject, life);
    if (want.passes) expect(life.code, outcome).toBe(0);
    await expectKeptAfterwards(subject);
    outcomes.push([server, want.name, outcome]);
  });
});

afterAll(() =>
  printTable('servers that lack something', [['server', 'lacks', 'outcome'], ...outcomes]),
);

/**
 * Torn and lost writes: everything that a log server did to its files is recorded, and the log is opened,
 * by what a start does, on the files as a loss of power may have left them at any moment: with all that was
 * written, with the last write cut short, without what was not synced, and with any part of that. Whatever
 * was answered or shown by then is there, and each entry keeps its index.
 *
 *     ./tecp torture torn-writes [--states N] [--seed N]
 */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { logServerConfigSchema } from '#log-server/config.ts';
import { openLogFiles } from '#log-server/log-files.ts';
import { StoreTiles } from '#log-server/publishing/tile-publication.ts';
import { createTileCache } from '#log-server/store/tree-reader.ts';
import { toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { loadConfig } from '#service/config.ts';
import { expectLogSound, expectStoreSound } from '#test/support/check.ts';
import { silent } from '#test/support/log.ts';
import { tryGet } from '#test/support/network.ts';
import { freeBasePort } from '#test/support/ports.ts';
import { releaseAtEnd } from '#test/support/processes.ts';
import { type Random, seededRandom } from '#test/support/random.ts';
import { memoryFolder, tempFolder } from '#test/support/temp.ts';
import { Disk, LOSSES, type Loss } from './faults/disk.ts';
import { strace, traceOf } from './faults/inject.ts';
import { RECORDING, readRecording, type Step } from './faults/recording.ts';
import { hasStrace } from './faults/tools.ts';
import { LoneLog, type Told } from './lone-log.ts';
import { printTable, scale } from './scale.ts';

const STATES = scale('states', 24);
/** So many that SQLite moves its write-ahead log into the database, and begins it anew. */
const ONE_BY_ONE = 160;
const TYPES = entryTypes(['tecp-receipt']);

/** The moment before a step, or after the last one, and what is lost then. */
interface Moment {
  readonly steps: number;
  readonly loss: Loss;
}

/** Files of a log by their path, but for its index in shared memory, which a loss of power takes along. */
function filesOf(log: LoneLog): string[] {
  return log.paths.filter((path) => path !== log.folder && !path.endsWith('-shm'));
}

/** A log lives from its start to its end; what it did to its files. */
async function record(log: LoneLog): Promise<Step[]> {
  const output = join(tempFolder(), 'recording');
  const paths = [log.folder, ...filesOf(log)];
  const { pid } = log.process.start({}, strace(output, paths, ...RECORDING));
  await log.process.until(async () => (await tryGet(`${log.url}/readyz`)) !== undefined);
  expect(await log.load()).toEqual({ granted: log.entries.length, refused: 0 });
  expect((await log.process.stop()).code).toBe(0);
  return readRecording(await traceOf(output, pid!));
}

function chooseMoments(steps: readonly Step[], random: Random): Moment[] {
  const all = Array.from({ length: steps.length + 1 }, (_, count) => {
    const isCut = steps[count - 1]?.change.do === 'write';
    return LOSSES.filter((loss) => loss !== 'its last write cut short' || isCut).map((loss) => ({
      steps: count,
      loss,
    }));
  }).flat();
  const chosen = Array.from({ length: Math.min(STATES, all.length) }, () => {
    return all.splice(Math.floor(random.between(0, all.length)), 1)[0]!;
  });
  return chosen.toSorted((a, b) => a.steps - b.steps);
}

/** What had been said for certain before that time. The clock of answers counts whole milliseconds. */
function toldBefore(told: readonly Told[], ms: number): Told[] {
  return told.filter(({ byMs }) => byMs + 1 < ms);
}

/** The leaf hashes of all entries in the order of the indices that were answered while nothing failed. */
function answeredOrder({ told }: LoneLog): string[] {
  const order: string[] = [];
  for (const said of told) if ('leaf' in said) order[said.index] = said.leaf;
  return order;
}

/** Opens the log on these files as a start does, and looks at everything that it had said. */
async function expectKept(
  log: LoneLog,
  files: ReadonlyMap<string, Buffer>,
  told: readonly Told[],
): Promise<void> {
  const folder = memoryFolder();
  for (const name of ['log.yaml', 'log.key', 'policy.txt']) {
    copyFileSync(join(log.folder, name), join(folder, name));
  }
  for (const [path, content] of files) writeFileSync(join(folder, basename(path)), content);
  const config = loadConfig(join(folder, 'log.yaml'), logServerConfigSchema).logs[0]!;
  const lost: unknown[] = [];
  const { store, state, confirmation, policy } = await openLogFiles(config, {
    tiles: createTileCache(),
    publicationOf: (reader) => new StoreTiles(reader),
    trustDatabase: false,
    logger: silent,
    onFatal: (error) => lost.push(error),
  });
  try {
    expect(confirmation.hasGoneBack).toBe(false);
    await expectLogSound({ store: store.reader, policy, types: TYPES });
    const held = (await store.reader.entries(0, log.entries.length)).map(leafHash).map(toHex);
    expect(held).toEqual(answeredOrder(log).slice(0, held.length));
    for (const said of told) {
      if ('leaf' in said) expect(held[said.index]).toBe(said.leaf);
      else expect(state.signed?.size ?? 0).toBeGreaterThanOrEqual(said.signedSize);
    }
    // It goes on: all submitted again, each has the index that it had, or the next.
    const again = log.entries.map((bytes) => ({ bytes, leafHash: leafHash(bytes) }));
    const { results } = await store.writer.sequence(again);
    let next = held.length;
    const expected = again.map((entry) => {
      const index = held.indexOf(toHex(entry.leafHash));
      return index < 0 ? next++ : index;
    });
    expect(results.map(({ index }) => index)).toEqual(expected);
    await expectStoreSound(store.reader);
    expect(lost).toEqual([]);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

it.skipIf(!hasStrace())(
  'opens on whatever a loss of power leaves, with all that it had said',
  async () => {
    const random = seededRandom('torn writes');
    const log = await LoneLog.create(await freeBasePort(), ONE_BY_ONE);
    releaseAtEnd(() => [log.process]);
    const before = filesOf(log).filter((path) => existsSync(path));
    const disk = new Disk(log.folder, new Map(before.map((path) => [path, readFileSync(path)])));
    const steps = await record(log);
    const moments = chooseMoments(steps, random);
    const opened = new Map<Loss, number>(LOSSES.map((loss) => [loss, 0]));
    let applied = 0;
    for (const { steps: count, loss } of moments) {
      for (; applied < count; applied++) disk.apply(steps[applied]!.change);
      const told = toldBefore(log.told, steps[count]?.atMs ?? Number.POSITIVE_INFINITY);
      try {
        await expectKept(log, disk.after(loss, random), told);
      } catch (cause) {
        throw new Error(`before step ${count} of ${steps.length}, ${loss}`, { cause });
      }
      opened.set(loss, opened.get(loss)! + 1);
    }
    const ofKind = (kind: string) => steps.filter(({ change }) => change.do === kind).length;
    const title = `a log opened after a loss of power at ${moments.length} of its moments, seed ${random.seed}`;
    printTable(title, [
      ['of what was not synced was there', 'opened, all kept'],
      ...opened,
      ['recorded: writes', ofKind('write') + ofKind('append')],
      ['recorded: syncs', ofKind('sync')],
      [
        'recorded: names and lengths',
        steps.length - ofKind('write') - ofKind('append') - ofKind('sync'),
      ],
    ]);
  },
);

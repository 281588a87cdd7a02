/**
 * Torn and lost writes: everything that a server did to its files is recorded, and it is opened, by what a
 * start does, on the files as a loss of power may have left them at any moment: with all that was written,
 * with the last write cut short, without what was not synced, and with any part of that. Whatever a log
 * answered or showed by then is there, and each entry keeps its index; whatever a witness cosigned it knows.
 *
 *     ./tecp torture torn-writes [--states N] [--seed N]
 */
import { it } from 'vitest';
import { freeBasePort } from '#test/support/ports.ts';
import { releaseAtEnd } from '#test/support/processes.ts';
import { seededRandom } from '#test/support/random.ts';
import { expectKeptAtMoments } from './faults/loss-of-power.ts';
import { hasStrace } from './faults/tools.ts';
import { LoneLog } from './lone-log.ts';
import { LoneWitness } from './lone-witness.ts';
import { scale } from './scale.ts';

const STATES = scale('states', 24);
/** So many that SQLite moves a log's write-ahead log into the database, and begins it anew. */
const ONE_BY_ONE = 160;

it.skipIf(!hasStrace())('a log opens on whatever a loss of power leaves', async () => {
  const log = await LoneLog.create(await freeBasePort(), ONE_BY_ONE);
  releaseAtEnd(() => [log.process]);
  const random = seededRandom('torn writes of a log');
  await expectKeptAtMoments(log, { states: STATES, random, name: 'a log' });
});

it.skipIf(!hasStrace())('a witness opens on whatever a loss of power leaves', async () => {
  const witness = await LoneWitness.create(await freeBasePort());
  releaseAtEnd(() => [witness.process]);
  const random = seededRandom('torn writes of a witness');
  await expectKeptAtMoments(witness, { states: STATES, random, name: 'a witness' });
});

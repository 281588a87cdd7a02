/**
 * Makes the database of a new witness, once in its life.
 *
 * A witness that had lost its database and began anew would sign another tree than the one it
 * signed before. So starting never makes one, and this never touches one that is there.
 */
import { ConfigError } from '#service/errors.ts';
import { databaseExists } from '#service/sqlite.ts';
import type { WitnessConfig } from './config.ts';
import { Cosigner } from './cosigner.ts';
import { openSigner } from './keys/sources.ts';
import { WitnessState } from './state.ts';

/** Throws `ConfigError` where a database is already, or where the keys or the folder do not fit. */
export function initWitness(config: WitnessConfig): void {
  const { database } = config;
  if (databaseExists(database)) {
    throw new ConfigError(
      `There is a witness database at ${database} already; start without --init.`,
    );
  }
  const { active } = new Cosigner(config.keys.map(openSigner));
  WitnessState.open(database, active, { create: true }).close();
}

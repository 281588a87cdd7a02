/** A command of the operator to a witness that does not run: on its database, under its lock. */
import { createLogger } from '#service/logging.ts';
import type { OperatorAnswer, OperatorRequest } from '#service/operator.ts';
import type { WitnessConfig } from '../config.ts';
import { WitnessState } from '../state.ts';
import { createWitnessOperatorApp } from './app.ts';

/** Throws `ConfigError` if the database is in use or is not there. */
export async function askOffline(
  config: WitnessConfig,
  { method, path, body }: OperatorRequest,
): Promise<OperatorAnswer> {
  const logger = createLogger({ name: 'witness', level: 'silent' });
  // Without keys: nothing is signed, and an agent that holds one may be away.
  const state = WitnessState.open(config.database, undefined);
  try {
    state.logs.configure(config.logs, Date.now());
    const patienceMs = config.cross_check.patience_ms;
    const app = createWitnessOperatorApp({ state, patienceMs, logger, now: Date.now });
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers };
    const response = await app.request(path, { method, ...sent });
    return { status: response.status, json: await response.json() };
  } finally {
    state.close();
  }
}

/** Whether a store is where its log is, and not where it was, or is to be. */
import { ConfigError } from '#service/errors.ts';
import type { StoreState } from './store.ts';

/** Throws `ConfigError` unless the store of this name is the log's. */
export function checkIsHere(
  name: string,
  { movedTo, arrivingFrom }: Pick<StoreState, 'movedTo' | 'arrivingFrom'>,
): void {
  if (movedTo !== undefined) {
    throw new ConfigError(
      `The log has moved from ${name} to ${movedTo}. Two stores in use with one key would be a fork: configure ` +
        `"database: ${movedTo}".`,
    );
  }
  if (arrivingFrom !== undefined) {
    throw new ConfigError(
      `${name} is a copy that was never finished, of the log at ${arrivingFrom}. Run "tecp log migrate" again ` +
        'with the configuration of that.',
    );
  }
}

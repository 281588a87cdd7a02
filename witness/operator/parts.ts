/** What the commands of an operator work on. */
import type { Logger } from '#service/logging.ts';
import type { WitnessState } from '../state.ts';

export interface OperatorParts {
  readonly state: WitnessState;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

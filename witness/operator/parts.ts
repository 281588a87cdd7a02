/** What the commands of an operator work on. */
import type { Logger } from '#service/logging.ts';
import type { Cosigner } from '../cosigner.ts';
import type { RollbackGuard } from '../guard/guard.ts';
import type { KeyRing } from '../keys/ring.ts';
import type { WitnessState } from '../state.ts';

export interface OperatorParts {
  readonly state: WitnessState;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
  /** What only a witness that runs has. */
  readonly running?: RunningParts | undefined;
}

export interface RunningParts {
  readonly ring: KeyRing;
  readonly cosigner: Cosigner;
  readonly guard: RollbackGuard;
  /** For each request to a log. */
  readonly timeoutMs: number;
}

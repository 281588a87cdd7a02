/**
 * What a failed write means to a server: an answer for the client, a reason not to be ready, or the
 * end of the process.
 *
 * A full disk is waited out: SQLite has rolled back, and whoever decides reads the database afresh.
 * Any other storage failure leaves it unknown what is on the disk, so the process must not go on.
 */
import { errorCode } from './errors.ts';
import type { Fatal } from './lifecycle.ts';
import type { Logger } from './logging.ts';
import { HttpProblem } from './problem.ts';
import { storageFailureOf } from './sqlite.ts';

export class StorageHealth {
  readonly #logger: Logger;
  readonly #fatal: Fatal;
  /** Owned here: the code of the last failure, until a write succeeds. */
  #failing: string | undefined;

  constructor(logger: Logger, fatal: Fatal) {
    this.#logger = logger;
    this.#fatal = fatal;
  }

  /** The answer if `error` is the storage's; reports it. Nothing for any other error. */
  problemOf = (error: unknown): HttpProblem | undefined => {
    const failure = storageFailureOf(error);
    if (failure === undefined) return undefined;
    this.#failing = errorCode(error);
    this.#logger.error({ err: error }, 'the storage failed');
    if (failure === 'fatal') this.#fatal(error);
    return new HttpProblem(503, 'storage', 'The state cannot be stored at the moment.', {
      retryAfterSeconds: 5,
      cause: error,
    });
  };

  /** For work that nobody waits for: reports a failure of the storage, and throws every other error. */
  async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.problemOf(error) === undefined) throw error;
    }
  }

  /** A write has been committed. */
  succeeded(): void {
    this.#failing = undefined;
  }

  /** For `/readyz`. */
  readonly readiness = (): string | undefined =>
    this.#failing === undefined ? undefined : `the last write failed: ${this.#failing}`;
}

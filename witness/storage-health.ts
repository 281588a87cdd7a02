/**
 * What a failed write means: an answer for the client, a reason not to be ready, or the end.
 *
 * A full disk is waited out: SQLite has rolled back, and every decision reads the database afresh.
 * Any other storage failure leaves it unknown what is on the disk, so the process must not go on.
 */
import { errorCode } from '#service/errors.ts';
import type { Logger } from '#service/logging.ts';
import { HttpProblem } from '#service/problem.ts';
import { isFatalStorageError } from '#service/sqlite.ts';

export class StorageHealth {
  readonly #logger: Logger;
  readonly #fatal: (error: unknown) => void;
  /** Owned here: the code of the last failure, until a write succeeds. */
  #failing: string | undefined;

  constructor(logger: Logger, fatal: (error: unknown) => void) {
    this.#logger = logger;
    this.#fatal = fatal;
  }

  /** The answer if `error` is the storage's; reports it. Nothing for any other error. */
  problemOf = (error: unknown): HttpProblem | undefined => {
    const code = errorCode(error) ?? '';
    const isFull = code === 'SQLITE_FULL';
    if (!isFull && !code.startsWith('SQLITE_BUSY') && !isFatalStorageError(error)) return undefined;
    this.#failing = code;
    this.#logger.error({ err: error }, 'the storage failed');
    if (!isFull && isFatalStorageError(error)) this.#fatal(error);
    return new HttpProblem(503, 'storage', 'The witness cannot store its state at the moment.', {
      retryAfterSeconds: 5,
      cause: error,
    });
  };

  succeeded(): void {
    this.#failing = undefined;
  }

  /** For `/readyz`. */
  readonly readiness = (): string | undefined =>
    this.#failing === undefined ? undefined : `the last write failed: ${this.#failing}`;
}

/**
 * Waiting for a proof on behalf of a person: not for ever, not in silence, and ended by Ctrl-C without
 * losing the receipt, which is kept already.
 */
import { constants } from 'node:os';
import { CommandError } from '#cli/lib/errors.ts';
import { say } from '#cli/lib/print.ts';

/** Three times what a log waits for its witnesses. */
const LIMIT_MS = 30_000;
const SILENCE_MS = 2000;

export class ProofWait {
  readonly #end = new AbortController();
  /** Ends requests to the log. */
  readonly signal: AbortSignal = this.#end.signal;
  /** 128 + n once signal n has ended the wait. Owned by `during`. */
  exitCode: number | undefined;

  /** Does the work until a signal or the limit ends it. */
  async during<T>(path: string, work: () => Promise<T>): Promise<T> {
    const limit = setTimeout(
      () => this.#stop(`The log gave no proof within ${LIMIT_MS / 1000} s.`),
      LIMIT_MS,
    );
    const notice = setTimeout(
      () => say(`the receipt is in ${path}; waiting for its proof (Ctrl-C leaves it pending) ...`),
      SILENCE_MS,
    );
    const onSignal = (name: NodeJS.Signals): void => {
      this.exitCode = 128 + constants.signals[name];
      this.#stop('The wait was ended.');
    };
    const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const name of names) process.once(name, onSignal);
    try {
      return await work();
    } finally {
      clearTimeout(limit);
      clearTimeout(notice);
      for (const name of names) process.off(name, onSignal);
    }
  }

  #stop(reason: string): void {
    this.#end.abort(new CommandError(reason));
  }
}

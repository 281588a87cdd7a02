/** Which answer each of the log's own errors is. What is not listed here is a failure of ours. */
import { EntryError } from '#protocol/errors.ts';
import { HttpProblem } from '#service/problem.ts';
import { NotConfirmedError } from '../publishing/confirmation.ts';
import { TilePublicationError } from '../publishing/tile-publication.ts';
import { QueueFullError } from '../sequencing/batcher.ts';
import { NoSequencerError } from '../sequencing/no-sequencer.ts';
import { StoreError } from '../store/store.ts';
import { TooManyWaitersError } from './proof-waiters.ts';

const BUSY_RETRY_SECONDS = 1;
const FULL_RETRY_SECONDS = 10;

export function toProblem(error: unknown): HttpProblem | undefined {
  if (error instanceof EntryError) {
    const status = error.code === 'E-SIZE-001' ? 413 : 400;
    return new HttpProblem(status, error.code, error.message, { field: error.field });
  }
  if (error instanceof QueueFullError) {
    return busy('overloaded', 'The log has as much work as it takes. Try again.');
  }
  if (error instanceof NotConfirmedError) {
    return busy(
      'not-confirmed',
      'The log takes no entry until it is known to hold its newest tree. Nothing was added. Try again.',
    );
  }
  if (error instanceof NoSequencerError) {
    return busy(
      'no-sequencer',
      'No sequencer of the log can be reached. Nothing was added. Try again.',
    );
  }
  if (error instanceof TooManyWaitersError) {
    return busy('too-many-waiters', 'Too many submissions wait for proofs. Try again.');
  }
  if (error instanceof TilePublicationError) {
    const detail = 'The place of the tiles cannot be reached. Nothing was added. Try again.';
    return busy('tiles-unavailable', detail);
  }
  if (error instanceof StoreError && error.kind === 'frozen') return logFrozen();
  if (error instanceof StoreError && error.kind === 'full') {
    const detail = 'The log has no room for more entries. Nothing was added; a retry is safe.';
    const options = { retryAfterSeconds: FULL_RETRY_SECONDS, cause: error };
    return new HttpProblem(503, 'storage-full', detail, options);
  }
  if (error instanceof StoreError) {
    const detail =
      'The storage failed. An entry that was sent may or may not be stored; a retry is safe, and tells.';
    const options = { retryAfterSeconds: BUSY_RETRY_SECONDS, cause: error };
    return new HttpProblem(503, 'storage-failed', detail, options);
  }
  return undefined;
}

function busy(code: string, detail: string): HttpProblem {
  return new HttpProblem(503, code, detail, { retryAfterSeconds: BUSY_RETRY_SECONDS });
}

/**
 * For an entry that a frozen log has not. It never will, so nobody is to try again; the list of shards at this path, if
 * there is one, says which log takes it.
 */
export function logFrozen(shardsPath?: string): HttpProblem {
  const detail = 'The log is frozen: it takes no entry ever again.';
  if (shardsPath === undefined) return new HttpProblem(410, 'log-frozen', detail);
  const hint = `${detail} The list of shards says which one does.`;
  return new HttpProblem(410, 'log-frozen', hint, { extra: { shards: shardsPath } });
}

/**
 * For a reader who asks for what no signed checkpoint covers yet. Where it stands is not said: where a database
 * waits for its standby and is lost first, it may never have been in the log, and another entry get its index.
 */
export function notSignedYet(): HttpProblem {
  const detail = 'No signed checkpoint covers the entry yet. Ask again, or send it again.';
  return new HttpProblem(503, 'proof-pending', detail, { retryAfterSeconds: BUSY_RETRY_SECONDS });
}

/** A submission that is durable, or an entry under a signed checkpoint, whose proof has not come in time. */
export function proofPending(submitted: {
  leaf_index: number;
  leaf_hash: string;
  duplicate?: boolean;
}): HttpProblem {
  const detail = 'The entry is in the log; no cosigned checkpoint covers it yet. Ask again.';
  const options = { retryAfterSeconds: BUSY_RETRY_SECONDS, extra: submitted };
  return new HttpProblem(503, 'proof-pending', detail, options);
}

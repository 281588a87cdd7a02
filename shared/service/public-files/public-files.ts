/**
 * A place where the public files of one log or mirror stand, at their paths (C2SP tlog-tiles), for whoever
 * serves or reads them there: the contract of such a place. Normative: the suite in
 * test/unit/service/public-files-suite.ts holds each of them to it.
 *
 * Files never change once they are there. Only the checkpoint is replaced, by whoever knows the one before.
 */
import { MAX_BUNDLE_BYTES } from '#protocol/merkle/tiles.ts';
import { ConfigError, PassingError } from '../errors.ts';

/** No file of a log is larger than a full bundle of the largest entries. */
export const MAX_FILE_BYTES = MAX_BUNDLE_BYTES;

/** Files written at a time by one writer: each waits for a disk or for a network. */
export const CONCURRENT_WRITES = 8;

/**
 * - `unavailable`: the place cannot be reached, or has no room; a later try may succeed.
 * - `refused`: it cannot be used like this: no right to it, no such bucket, something in the way.
 * - `different`: there are other bytes under a path that never changes.
 * - `conflict`: the checkpoint is not the one that was to be replaced.
 */
export type PublicFilesErrorKind = 'unavailable' | 'refused' | 'different' | 'conflict';

/** Its message is one complete sentence that names the place, and has no secret. */
export class PublicFilesError extends Error {
  override readonly name = 'PublicFilesError';
  readonly kind: PublicFilesErrorKind;

  constructor(kind: PublicFilesErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** The same, for an operator who asked for it by a command. */
  forOperator(): ConfigError | PassingError {
    const isPassing = this.kind === 'unavailable' || this.kind === 'conflict';
    return new (isPassing ? PassingError : ConfigError)(this.message, { cause: this });
  }
}

export interface StoredCheckpoint {
  readonly note: string;
  /** What tells it from any other that is there before or after it. Of the place. */
  readonly version: string;
}

/**
 * Paths are relative to the place, without a leading slash. Each call ends by itself, and rejects with
 * `PublicFilesError`; one that was rejected may be made again, whatever has come of it. One object makes no
 * two calls at once that write the same path.
 */
export interface PublicFiles {
  /** As an operator names it, for messages. */
  readonly name: string;

  /** The bytes of a file, at most `MAX_FILE_BYTES` of them; undefined if there is none. */
  read(path: string): Promise<Uint8Array | undefined>;

  /**
   * Puts a file there, whole or not at all, and durable once it resolves. The same bytes again are fine;
   * where there are others it rejects with `different` and changes nothing.
   */
  put(path: string, bytes: Uint8Array): Promise<void>;

  /** Removes the files below a folder, at most 1,000: the partial tiles of one that has filled. There may be none. */
  removeBeneath(folder: string): Promise<void>;

  checkpoint(): Promise<StoredCheckpoint | undefined>;

  /**
   * Replaces the checkpoint, durably and at once, if what is there is `before`, or nothing where that is
   * undefined. Else it rejects with `conflict` and changes nothing; but where the note is there already,
   * it is fine. Rejected as `unavailable` it may have replaced it.
   */
  replaceCheckpoint(note: string, before: StoredCheckpoint | undefined): Promise<StoredCheckpoint>;

  /** Gives up what is held of the place; to be called once, after the last call has ended. */
  close(): void;
}

/**
 * How a command ends: four exit codes, and one clear sentence for every error.
 *
 * A sentence says what is wrong and what to do; a stack trace is never shown.
 */
import { RemoteError } from '#client/http.ts';
import type { StoreError } from '#log-server/store/store.ts';
import { EntryError, ProtocolError } from '#protocol/errors.ts';
import { describeEntryError, describeFinding } from '#protocol/verdict/words.ts';
import {
  ConfigError,
  describeFileError,
  errorCode,
  PassingError,
  sentence,
} from '#service/errors.ts';

export { describeEntryError, describeFinding };

export const EXIT = {
  /** Done, or valid. */
  ok: 0,
  /** A finding: invalid, not proven, refused, or a process that failed. */
  failed: 1,
  /** Nothing was judged: unreadable input, wrong usage, wrong configuration, nobody answers. */
  unusable: 2,
  /** Genuine, but less than was asked for: signed and not shown to be logged, or an anomaly. */
  weaker: 3,
} as const;

/** An error whose message is the sentence to show. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Whether this says that bytes have not the form that they should have. */
export function isBadForm(error: unknown): error is ProtocolError | EntryError {
  return error instanceof ProtocolError || error instanceof EntryError;
}

/** Input that cannot be read or used: exit code 2. */
export function unusable(message: string): CommandError {
  return new CommandError(message, EXIT.unusable);
}

export interface Ending {
  readonly message: string;
  readonly exitCode: number;
}

/** The sentence and the exit code of whatever a command threw. */
export function endingOf(error: unknown): Ending {
  if (error instanceof CommandError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof ConfigError) return { message: error.message, exitCode: EXIT.unusable };
  if (error instanceof PassingError) return { message: error.message, exitCode: EXIT.failed };
  if (error instanceof RemoteError) return describeRemoteError(error);
  if (error instanceof EntryError) {
    return { message: `${describeEntryError(error)}.`, exitCode: EXIT.failed };
  }
  if (error instanceof ProtocolError) {
    return { message: sentence(error.message), exitCode: EXIT.failed };
  }
  if (isOvertaken(error)) {
    const reason = `Another process has written this log meanwhile (${error.message})`;
    const message = `${reason}: stop all that run it, on all machines, and then run the command again.`;
    return { message, exitCode: EXIT.unusable };
  }
  if (errorCode(error) !== undefined) {
    if ((error as NodeJS.ErrnoException).syscall === 'uv_cwd') {
      return { message: 'The folder that you are in is gone.', exitCode: EXIT.unusable };
    }
    return { message: sentence(describeFileError(error)), exitCode: EXIT.unusable };
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message = `Unexpected error: ${reason}. This is a bug; please report it.`;
  return { message, exitCode: EXIT.unusable };
}

/** By its name: no command loads a store only to tell how it ends. */
function isOvertaken(error: unknown): error is StoreError {
  return (
    error instanceof Error &&
    error.name === 'StoreError' &&
    (error as StoreError).kind === 'conflict'
  );
}

/** Nobody there is exit code 2; an answer that refuses is a finding. */
function describeRemoteError(error: RemoteError): Ending {
  if (error.kind === 'unreachable' || error.kind === 'timeout') {
    const reason = error.message.slice(error.url.length + 2);
    const message = `Cannot reach ${error.url} (${reason}); is the server running, and is the URL right?`;
    return { message, exitCode: EXIT.unusable };
  }
  return { message: describeRefusal(error), exitCode: EXIT.failed };
}

/** What the other side gave as its reason, or what is wrong with its answer. */
function describeRefusal(error: RemoteError): string {
  const { code, detail } = error;
  if (code === undefined || detail === undefined) return sentence(error.message);
  const url = new URL(error.url);
  return `${url.origin} answered: ${detail} (${error.status}, ${code})`;
}

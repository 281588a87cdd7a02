/**
 * The error for anything the operator has to put right before a process can run.
 *
 * Its message is one complete sentence for a person: what is wrong, where, and what to do. The
 * command line prints it alone, without a stack trace, and exits with code 2.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * What keeps a process from running, but may pass by itself: a full disk. One complete sentence, as
 * of a `ConfigError`; but the process ends with code 1, so that its supervisor tries again.
 */
export class PassingError extends Error {
  override readonly name = 'PassingError';
}

/** The `code` of a Node or SQLite error (`ENOENT`, `SQLITE_BUSY`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a folder',
  EEXIST: 'a file of that name is in the way',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'too many symbolic links',
};

/** File errors that may pass without anybody touching what the operator wrote. */
const PASSING = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
  'EBUSY',
  'ESTALE',
  'ETIMEDOUT',
]);

/** The error for a file that cannot be used: `what` failed, as the start of a sentence. */
export function fileError(what: string, error: unknown): ConfigError | PassingError {
  const sentence = `${what}: ${describeFileError(error)}.`;
  const isPassing = PASSING.has(errorCode(error) ?? '');
  return isPassing
    ? new PassingError(sentence, { cause: error })
    : new ConfigError(sentence, { cause: error });
}

/** As `describeFileError`, of a file that was to be made: what does not exist is its folder. */
export function describeWriteError(error: unknown): string {
  const isMissing = errorCode(error) === 'ENOENT';
  return isMissing ? 'its folder does not exist' : describeFileError(error);
}

/** A file error in words, for the middle of a sentence: "permission denied". */
export function describeFileError(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined && FILE_PROBLEMS[code] !== undefined) return FILE_PROBLEMS[code];
  return error instanceof Error ? error.message : String(error);
}

/** The text with a full stop, unless it ends as a sentence does. */
export function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

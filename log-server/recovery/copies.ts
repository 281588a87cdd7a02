/** Copies of a log that are checked as an auditor checks a log, and become its store again. */
import type { LogConfig } from '../config.ts';
import { identityOf, readLogKey } from '../log-files.ts';
import { locateStore } from '../store/open-store.ts';
import type { LogReader, OnCopyProgress, TreeHead } from '../store/store.ts';
import { checkStore } from './check-store.ts';

export interface LogCopyOptions {
  readonly onProgress: OnCopyProgress;
  readonly onChecked: (checked: number, size: number) => void;
}

type Source = Pick<LogConfig, 'key' | 'database'>;

/** Copies a log, which may run, into a file. Returns the tree in the copy. Rejects with `ConfigError`. */
export async function backUpLog(
  log: Source,
  file: string,
  { replace, ...options }: LogCopyOptions & { readonly replace: boolean },
): Promise<TreeHead> {
  return await checked(options, async (copying) => {
    await locateStore(log).backUp(identityOf(readLogKey(log.key)), file, { replace, ...copying });
  });
}

/** Makes a copy the store of a log that does not run. Returns its tree. Rejects with `ConfigError`. */
export async function restoreLog(
  log: Source,
  file: string,
  options: LogCopyOptions,
): Promise<TreeHead> {
  return await checked(options, async (copying) => {
    await locateStore(log).restore(identityOf(readLogKey(log.key)), file, copying);
  });
}

async function checked(
  { onProgress, onChecked }: LogCopyOptions,
  copy: (options: {
    onProgress: OnCopyProgress;
    check: (store: LogReader) => Promise<void>;
  }) => Promise<void>,
): Promise<TreeHead> {
  let head: TreeHead | undefined;
  const check = async (store: LogReader) => {
    head = await checkStore(store, onChecked);
  };
  await copy({ onProgress, check });
  return head!;
}

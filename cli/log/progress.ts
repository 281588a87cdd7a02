/** How far a copy of a log is. */
import { startProgress } from '#cli/lib/progress.ts';
import type { LogCopyOptions } from '#log-server/recovery/copies.ts';

/** Copying first, then checking. */
export async function withProgress<T>(work: (shown: LogCopyOptions) => Promise<T>): Promise<T> {
  const copying = startProgress(process.stderr, 'copied');
  const checking = startProgress(process.stderr, 'entries checked');
  try {
    return await work({ onProgress: copying.update, onChecked: checking.update });
  } finally {
    checking.end();
  }
}

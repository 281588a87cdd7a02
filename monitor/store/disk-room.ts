/** Whether the disk has room for the next alert, before that has to be written. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

const MIN_FREE_BYTES = 1 << 20;

/** Why there is none; nothing when there is. */
export function lackOfRoom(databasePath: string): string | undefined {
  const { bavail, bsize } = statfsSync(dirname(databasePath));
  return bavail * bsize < MIN_FREE_BYTES ? 'the disk is full' : undefined;
}

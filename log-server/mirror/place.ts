/** Where a mirror is to be, as an operator names it: a folder, a bucket, or a database of this project. */
import { statSync } from 'node:fs';
import type { Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import { openPublicFiles } from '#service/public-files/open-public-files.ts';
import { PublicFilesError } from '#service/public-files/public-files.ts';
import { isFile, locateStore } from '../store/open-store.ts';
import type { MirrorCopy } from './copy.ts';
import { FilesCopy } from './files-copy.ts';
import { StoreCopy } from './store-copy.ts';

/** Of evidence against the log of a database that is no file: in the working folder. */
const EVIDENCE_NAME = 'mirror';

/**
 * Opens the copy at a place, making what is missing. Rejects with `ConfigError`, `PassingError` or `MirrorError`. `onLost` is
 * told when a database fails for good.
 */
export async function openCopy(
  place: string,
  policy: Policy,
  onLost: (error: Error) => void,
): Promise<MirrorCopy> {
  if (isDatabase(place)) return await openStoreCopy(place, policy, onLost);
  const files = openPublicFiles(place);
  return await FilesCopy.open(files).catch((error: unknown) => {
    files.close();
    throw error instanceof PublicFilesError ? error.forOperator() : error;
  });
}

/** A file that is there, or one that is to be called as databases are. */
function isDatabase(place: string): boolean {
  if (!isFile(place)) return true;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return false;
  const found = statSync(place, { throwIfNoEntry: false });
  return found === undefined ? place.endsWith('.db') : found.isFile();
}

async function openStoreCopy(place: string, policy: Policy, onLost: (error: Error) => void) {
  const [log, ...others] = policy.logs;
  if (log === undefined || others.length > 0) {
    throw new ConfigError(
      'A database is of one log, so its mirror needs a policy file with one log, or its key (vkey).',
    );
  }
  const evidencePath = isFile(place) ? place : EVIDENCE_NAME;
  const location = locateStore({ database: place });
  return await StoreCopy.open(location, { key: log.key, evidencePath, onLost });
}

/** Which kinds of places there are: the one place outside their files that knows any by name. */
import { ConfigError } from '../errors.ts';
import { FolderFiles } from './folder-files.ts';
import type { PublicFiles } from './public-files.ts';
import { BucketFiles } from './s3/bucket-files.ts';
import { isS3, s3Location } from './s3/location.ts';

/**
 * `place` is `s3://bucket/prefix` or the path of a folder. Nothing is asked of a bucket yet. Throws `ConfigError`,
 * and `PassingError` for a folder.
 */
export function openPublicFiles(place: string): PublicFiles {
  checkPlace(place);
  if (isS3(place)) return new BucketFiles(s3Location(place, process.env));
  return FolderFiles.open(place);
}

/** Throws `ConfigError` for what can be known of a place without opening it, as that credentials are missing. */
export function checkPlace(place: string): void {
  if (isS3(place)) s3Location(place, process.env);
  else if (/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) {
    throw new ConfigError(`"${place}" is neither s3://bucket/prefix nor the path of a folder.`);
  }
}

/**
 * A bucket on s3s-fs 0.14, which looks at the condition first and writes afterwards: of writers at one moment
 * it lets several succeed. It makes a bucket that is not there.
 */
import { describe } from 'vitest';
import { S3_KINDS } from '#test/support/s3/build.ts';
import { describeBucket } from './s3-suite.ts';

describe.runIf(S3_KINDS.includes('s3s-fs'))('s3s-fs', () => {
  describeBucket('s3s-fs', { isAtomic: false, knowsBuckets: false });
});

/** A bucket on versitygw 1.8, which keeps it in a folder and locks an object while its condition is judged. */
import { describe } from 'vitest';
import { S3_KINDS } from '#test/support/s3/build.ts';
import { describeBucket } from './s3-suite.ts';

describe.runIf(S3_KINDS.includes('versitygw'))('versitygw', () => {
  describeBucket('versitygw', { isAtomic: true, knowsBuckets: true });
});

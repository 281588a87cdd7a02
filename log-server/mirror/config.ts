/** Configuration of a mirror: which log it copies, whom it believes, where it keeps and serves it. */
import { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';
import { httpUrl, rate, serverKeys } from '#service/server-config.ts';

export const MIRROR_PORT = 8460;
/** Places and stores that are no file of this machine. */
const REMOTE = /^[a-z][a-z0-9+]*:\/\//;

export function mirrorConfigSchema(filePath: FilePathSchema) {
  return z
    .strictObject({
      ...serverKeys(MIRROR_PORT),
      /** URL prefix of the log. */
      from: httpUrl(),
      /** A folder, `s3://bucket/prefix`, or a database: a file that ends in `.db`, or `postgres://...`. */
      to: z.string().regex(REMOTE).or(filePath),
      /** A tlog-policy file: which logs to believe, and which quorum they need. */
      policy: filePath.optional(),
      /** The verifier key of the log, where no policy is known: then no quorum is checked. */
      vkey: z.string().min(1).optional(),
      /** Between two looks at the log's checkpoint. */
      interval_ms: z.int().min(50).max(86_400_000).default(2000),
      /** For each request to the log. */
      timeout_ms: z.int().min(100).max(600_000).default(30_000),
      limits: z
        .strictObject({
          connections: z.int().min(1).default(16_384),
          reads: rate(5000, 20_000),
        })
        .prefault({}),
    })
    .refine(({ policy, vkey }) => (policy === undefined) !== (vkey === undefined), {
      path: ['policy'],
      message: 'expected either "policy" or "vkey"',
    });
}

export type MirrorConfig = z.infer<ReturnType<typeof mirrorConfigSchema>>;

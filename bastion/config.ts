/** The bastion's configuration file: where clients come, where backends come, and which may. */
import { z } from 'zod';
import type { FilePathSchema } from '#service/config.ts';
import { listenKey, serverKeys } from '#service/server-config.ts';

export const bastionConfigSchema = (filePath: FilePathSchema) =>
  z.strictObject({
    ...serverKeys(8441),
    /** The clients' listener speaks HTTPS, with the same certificate; else HTTP, behind a proxy. */
    https: z.boolean().default(false),
    /** PEM files; read again when they change. */
    tls: z.strictObject({ certificate: filePath, key: filePath }),
    backends: z.strictObject({
      listen: listenKey(8442),
      /** Key hashes of those that may connect, one on each line; read again when it changes. */
      allowed: filePath,
    }),
    limits: z
      .strictObject({
        /** Of one request; a witness takes 64 KiB by default. */
        body_bytes: z
          .int()
          .min(1)
          .max(64 * 1024 * 1024)
          .default(1024 * 1024),
        /** Requests to one backend at the same time, of which one client may have a quarter. */
        requests_per_backend: z.int().min(4).max(10_000).default(256),
        /** From the request to the end of the answer. */
        timeout_ms: z.int().min(100).max(600_000).default(30_000),
        /** Sustained rate for each client address; twice as many may come at once. */
        requests_per_second: z.number().positive().default(200),
      })
      .prefault({}),
  });

export type BastionConfig = z.infer<ReturnType<typeof bastionConfigSchema>>;

/**
 * The witness's configuration file: which logs it follows, which keys it signs with, which peers it
 * compares itself with, and whose evidence it takes over.
 *
 * Verifier keys are parsed here, so that a mistyped one is named with its place in the file.
 */
import { z } from 'zod';
import { ProtocolError } from '#protocol/errors.ts';
import { COSIGNER_ALGORITHMS, isCosignerType } from '#protocol/note/algorithms.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import type { FilePathSchema } from '#service/config.ts';
import { httpUrl, serverKeys } from '#service/server-config.ts';

/** Room for the longest text of a checkpoint, a proof of 63 hashes and a signature. */
const MIN_BODY_BYTES = 32 * 1024;
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export const witnessConfigSchema = (filePath: FilePathSchema) =>
  z
    .strictObject({
      ...serverKeys(8411),
      database: filePath,
      /** Files of cosignature keys: of each kind one at most, all of one name. */
      keys: z.array(filePath).min(1).max(COSIGNER_ALGORITHMS.length),
      logs: z
        .array(
          z.strictObject({
            vkey: verifierKey('log key', (key) => !isCosignerType(key.type)),
            /** Prefix of the log's tiles, for the cross-check. */
            url: httpUrl().optional(),
          }),
        )
        .min(1),
      peers: z
        .array(
          z.strictObject({
            /** For messages; the name of the first key if absent. */
            name: z.string().min(1).max(255).optional(),
            url: httpUrl(),
            vkeys: z.array(verifierKey('cosigner key', (key) => isCosignerType(key.type))).min(1),
          }),
        )
        .default([]),
      /** Monitors whose evidence is taken over, as that of peers. It proves itself. */
      monitors: z.array(z.strictObject({ url: httpUrl() })).default([]),
      cross_check: z
        .strictObject({
          interval_ms: z.int().min(100).default(2000),
          /** For each request to a peer or a log. */
          timeout_ms: z.int().min(100).max(60_000).default(5000),
          /** How long a log may owe a comparison before it is no longer cosigned. */
          patience_ms: z.int().min(100).default(60_000),
        })
        .prefault({}),
      limits: z
        .strictObject({
          body_bytes: z
            .int()
            .min(MIN_BODY_BYTES)
            .max(MAX_BODY_BYTES)
            .default(64 * 1024),
          /**
           * Sustained rate for each client address; twice as many may come at once. A body counts as
           * one more for each 4 KiB.
           */
          requests_per_second: z.number().positive().default(200),
        })
        .prefault({}),
    })
    .superRefine(checkLogs);

export type WitnessConfig = z.infer<ReturnType<typeof witnessConfigSchema>>;
export type PeerConfig = WitnessConfig['peers'][number];

function verifierKey(kind: string, isAllowed: (key: VerifierKey) => boolean) {
  return z.string().transform((text, context): VerifierKey => {
    try {
      const key = parseVerifierKey(text);
      if (isAllowed(key)) return key;
      context.addIssue(`a key of type ${key.type} is not a ${kind}`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      context.addIssue(`not a verifier key: ${error.message}`);
    }
    return z.NEVER;
  });
}

interface LogsAndPeers {
  logs: readonly { vkey: VerifierKey; url?: string | undefined }[];
  peers: readonly unknown[];
}

function checkLogs({ logs, peers }: LogsAndPeers, context: z.RefinementCtx): void {
  const origins = new Set<string>();
  logs.forEach(({ vkey, url }, i) => {
    if (origins.has(vkey.name)) {
      context.addIssue({
        code: 'custom',
        path: ['logs', i, 'vkey'],
        message: `the origin ${vkey.name} is listed twice`,
      });
    }
    origins.add(vkey.name);
    if (peers.length > 0 && url === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['logs', i, 'url'],
        message: 'missing; comparing with peers needs the tiles of the log',
      });
    }
  });
}

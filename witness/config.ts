/**
 * The witness's configuration file: which logs it follows, which keys it signs with, which peers it
 * compares itself with, and whose evidence it takes over.
 *
 * Verifier keys are parsed here, so that a mistyped one is named with its place in the file.
 */
import { z } from 'zod';
import { isCosignerType } from '#protocol/note/algorithms.ts';
import { hasUserInfo } from '#protocol/policy/url.ts';
import type { FilePathSchema } from '#service/config.ts';
import { httpUrl, serverKeys } from '#service/server-config.ts';
import { bastionsKey } from './bastion/config.ts';
import { MAX_ACTIVE_KEYS } from './cosigner.ts';
import { isAgentKey, keySourceSchema } from './keys/sources.ts';
import { logSchema, verifierKey } from './logs/log-schema.ts';
import { type LogEntry, tilesOf } from './logs/witnessed-log.ts';

/** Room for the longest text of a checkpoint, a proof of 63 hashes and a signature. */
const MIN_BODY_BYTES = 32 * 1024;
const MAX_LISTS = 16;
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export const witnessConfigSchema = (filePath: FilePathSchema) =>
  z
    .strictObject({
      ...serverKeys(8411),
      database: filePath,
      /** Cosignature keys of one name, any number of a kind: files, or keys of an ssh-agent. */
      keys: z
        .array(keySourceSchema(filePath, verifierKey('key of an ssh-agent (Ed25519)', isAgentKey)))
        .min(1)
        .max(MAX_ACTIVE_KEYS),
      /** Where others reach it, for `/metadata`; what is not said is as the request has it. */
      prefixes: z
        .strictObject({
          /** Of add-checkpoint and sign-subtree. */
          submission: httpUrl().optional(),
          /** Of what is read, if that is elsewhere. */
          monitoring: httpUrl().optional(),
        })
        .prefault({}),
      /** Followed beside those that the operator and lists have added. */
      logs: z.array(logSchema()).default([]),
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
      /** Logs with a `feed`: how often each is looked at. */
      feeds: z
        .strictObject({
          interval_ms: z.int().min(100).default(60_000),
          /** For each request to a log. */
          timeout_ms: z.int().min(100).max(60_000).default(10_000),
        })
        .prefault({}),
      /** Public lists of logs, which may add logs and change none. */
      log_lists: z
        .array(
          z.strictObject({ url: listUrl(), interval_ms: z.int().min(1000).default(3_600_000) }),
        )
        .max(MAX_LISTS)
        .default([]),
      /** Where it dials out to, so that it can be reached without an address of its own. */
      bastions: bastionsKey(filePath),
      cross_check: z
        .strictObject({
          /** From the start of one round over all logs, at each peer and at the logs, to the next. */
          interval_ms: z.int().min(100).default(60_000),
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

/** Not a prefix but a file, whose spelling is its server's. */
function listUrl() {
  const error = 'expected an http or https URL, without user and password';
  return z
    .url({ protocol: /^https?$/, error })
    .max(2048)
    .refine((url) => !hasUserInfo(url), error);
}

interface LogsAndPeers {
  logs: readonly LogEntry[];
  peers: readonly unknown[];
}

function checkLogs({ logs, peers }: LogsAndPeers, context: z.RefinementCtx): void {
  const origins = new Set<string>();
  logs.forEach((log, i) => {
    const { origin } = log;
    if (origins.has(origin)) {
      const message = `the origin ${origin} is listed twice`;
      context.addIssue({ code: 'custom', path: ['logs', i], message });
    }
    origins.add(origin);
    if (peers.length > 0 && tilesOf(log) === undefined) {
      const message = 'missing; comparing with peers needs the tiles of the log';
      context.addIssue({ code: 'custom', path: ['logs', i, 'url'], message });
    }
  });
}

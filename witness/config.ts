/**
 * The witness's configuration file: which logs it follows, which keys it signs with, which peers it
 * compares itself with, and whose evidence it takes over.
 *
 * Verifier keys are parsed here, so that a mistyped one is named with its place in the file.
 */
import { z } from 'zod';
import { ProtocolError } from '#protocol/errors.ts';
import { isCosignerType } from '#protocol/note/algorithms.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import type { FilePathSchema } from '#service/config.ts';
import { httpUrl, serverKeys } from '#service/server-config.ts';
import { MAX_ACTIVE_KEYS } from './cosigner.ts';
import { isAgentKey, keySourceSchema } from './keys/sources.ts';
import { MAX_KEYS } from './logs/registry.ts';
import { isOrigin, type LogEntry, MAX_CONTACT, tilesOf } from './logs/witnessed-log.ts';

/** Room for the longest text of a checkpoint, a proof of 63 hashes and a signature. */
const MIN_BODY_BYTES = 32 * 1024;
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

/** A log, as one value: by `vkey` if it has one key, by `vkeys` if it has several. */
function logSchema() {
  const logKey = verifierKey('log key', (key) => !isCosignerType(key.type));
  return z
    .strictObject({
      vkey: logKey.optional(),
      vkeys: z.array(logKey).min(1).max(MAX_KEYS).optional(),
      /** The first line of its checkpoints; the name of its first key if absent. */
      origin: z.string().refine(isOrigin, 'expected the first line of a checkpoint').optional(),
      /** Prefix of the log's tiles, for the cross-check. */
      url: httpUrl().optional(),
      /** Prefix of a tiled log that does not push: its checkpoint is fetched and cosigned. */
      feed: httpUrl().optional(),
      /** add-checkpoint requests a day; above it they are refused. */
      qpd: z.int().positive().optional(),
      contact: z.string().max(MAX_CONTACT).optional(),
    })
    .transform(({ vkey, vkeys, origin, url, feed, qpd, contact }, context): LogEntry => {
      const keys = [...(vkey === undefined ? [] : [vkey]), ...(vkeys ?? [])];
      const [first] = keys;
      if (first !== undefined && (vkey === undefined || vkeys === undefined)) {
        return { origin: origin ?? first.name, keys, url, feed, queriesPerDay: qpd, contact };
      }
      context.addIssue('expected vkey, or vkeys where there are several');
      return z.NEVER;
    });
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

/** Configuration of a log server: one YAML file, every key known, every limit with a default. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import type { FilePathSchema } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { entryTypesKey, httpUrl, rate, serverKeys } from '#service/server-config.ts';
import {
  anchorPostgresUrl,
  isPostgresUrl,
  markName,
  parsePostgresUrl,
} from './store/postgres/url.ts';

const positive = z.int().min(1);
const MAX_WORKERS = 64;
/** Node.js knows SO_REUSEPORT of a few systems only; Linux is the one that this runs on. */
const canSharePorts = process.platform === 'linux';
const cores = () => Math.min(MAX_WORKERS, availableParallelism());
const milliseconds = z
  .int()
  .min(1)
  .max(24 * 3600 * 1000);

const limits = z
  .strictObject({
    /** Entries admitted but not yet durable; over it 503. */
    queued_entries: positive.default(20_000),
    queued_bytes: positive.default(64 * 1024 * 1024),
    /** Entries in one durable transaction. */
    batch_entries: positive.default(2000),
    /** Lines of an NDJSON submission. */
    batch_lines: positive.max(1000).default(1000),
    batch_body_bytes: positive.default(16 * 1024 * 1024),
    /** Submissions that wait for their proof at the same time; over it 503. */
    waiters: positive.default(20_000),
    wait_ms: milliseconds.default(10_000),
    connections: positive.default(16_384),
    submissions: rate(1000, 5000),
    reads: rate(5000, 20_000),
  })
  .prefault({});

/** As a browser writes it: scheme, host and port, and nothing after them. */
const pageOrigin = z
  .string()
  .refine(
    (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
    'expected an origin such as "https://app.example"',
  );

const checkpoint = z
  .strictObject({
    /** At most one new checkpoint in this time. */
    interval_ms: milliseconds.default(1000),
    /** An idle log's checkpoint is cosigned again after this time. */
    refresh_ms: milliseconds.default(300_000),
    /** The first new checkpoint in each such time is kept for ever, for proofs. */
    anchor_interval_ms: milliseconds.default(60_000),
  })
  .prefault({});

/**
 * Where front ends of other processes hand over their entries, for logs whose store several processes share. Nobody
 * gets in who cannot read the store.
 */
const handover = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    /** 0: the system chooses one. Which it is, others find in the store. */
    port: z.int().min(0).max(65_535).default(0),
    /** Where others reach this machine; its own addresses if absent. */
    announce: z.string().min(1).max(255).optional(),
  })
  .prefault({});

/** A file, or a URL of PostgreSQL, whose own files are found from the configuration, too. */
function database(filePath: FilePathSchema) {
  return z
    .string()
    .min(1)
    .transform((value, context) => {
      if (!isPostgresUrl(value)) return filePath.parse(value);
      try {
        return anchorPostgresUrl(value, (path) => filePath.parse(path));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        context.issues.push({ code: 'custom', message: error.message, input: undefined });
        return z.NEVER;
      }
    });
}

/** `known` are the entry types that a log may be given. */
export function logServerConfigSchema(filePath: FilePathSchema, known = ENTRY_TYPES) {
  const keys = z.strictObject({
    /** Signer key of type 0x01, made by `tecp keygen`; its name is the origin. */
    key: filePath,
    /** The path of a file, or `postgres://user@host/db`. */
    database: database(filePath),
    /**
     * Best on another volume than the database. If absent `<database>.high-water`, or
     * `<database>.<schema>.high-water` beside this file.
     */
    high_water_mark: filePath.optional(),
    /** Where its public files are published, too: `s3://bucket/prefix`, or a folder. */
    tiles: z.string().startsWith('s3://').or(filePath).optional(),
    /** tlog-policy file. Witnesses with a URL in it are asked for cosignatures. */
    policy: filePath,
    /** URL path under which the log is served, such as `/2026`; empty for the root. */
    path: z
      .string()
      .regex(/^(\/[A-Za-z0-9._-]+)*$/, 'expected an empty path or one such as "/2026"')
      .default(''),
    entry_types: entryTypesKey(known),
    checkpoint,
    witness_timeout_ms: milliseconds.default(5000),
  });
  const log = keys.transform((given) => {
    if (given.high_water_mark !== undefined || !isPostgresUrl(given.database)) return given;
    const mark = markName(parsePostgresUrl(given.database));
    return { ...given, high_water_mark: filePath.parse(mark) };
  });
  return z.strictObject({
    ...serverKeys(8400),
    /**
     * Front ends, each in a thread of its own if there are several. One for each core if absent, where the
     * system spreads connections over several listeners of a port.
     */
    workers: positive.max(MAX_WORKERS).default(() => (canSharePorts ? cores() : 1)),
    handover,
    /** Origins of web pages that may submit, such as `https://app.example`; none if absent. */
    submission_origins: z.array(pageOrigin).default([]),
    /** URL prefix of an explorer of these logs, for the page at the URL of each; none if absent. */
    explorer: httpUrl().optional(),
    /** The operator's signed list of all of his logs, served by each; none if absent. */
    shards: filePath.optional(),
    logs: z.array(log).min(1),
    limits,
  });
}

export type LogServerConfig = z.infer<ReturnType<typeof logServerConfigSchema>>;
export type LogConfig = LogServerConfig['logs'][number];
export type LogLimits = LogServerConfig['limits'];

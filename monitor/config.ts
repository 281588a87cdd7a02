/**
 * The monitor's configuration file: whom it watches (a policy file), how often, and how long a
 * trouble may last before it is an alert; and who is told of alerts.
 *
 * The delays exist so that a restart of a few seconds raises nothing. Contradictions have none.
 */
import { z } from 'zod';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { PROFILES } from '#protocol/receipt/profiles.ts';
import type { Profile } from '#protocol/receipt/types.ts';
import type { FilePathSchema } from '#service/config.ts';
import { entryTypesKey, httpUrl, judgingThreadsKey, serverKeys } from '#service/server-config.ts';
import { reminderKeys } from './alerts/reminders.ts';
import { routeKeys } from './alerts/routes.ts';
import { sinkKeys } from './alerts/sinks/sinks.ts';
import { canaryKey } from './canary/config.ts';
import { heartbeatKeys } from './heartbeat/heartbeat.ts';

const PROFILE_NAMES = Object.keys(PROFILES) as [Profile, ...Profile[]];
const MAX_DELAY_MS = 7 * 24 * 3600 * 1000;

/** `known` are the entry types that the logs may carry. */
export const monitorConfigSchema = (filePath: FilePathSchema, known = ENTRY_TYPES) =>
  z
    .strictObject({
      ...serverKeys(8420),
      database: filePath,
      /** A tlog-policy file with the URLs of logs and witnesses. */
      policy: filePath,
      entry_types: entryTypesKey(known),
      /** Whether entries are judged, or only that they make the signed tree. */
      entries: z.enum(['check', 'tree-only']).default('check'),
      /** For all logs together. */
      workers: judgingThreadsKey(),
      /** Between two looks at each log and each witness. */
      interval_ms: z.int().min(50).max(3_600_000).default(2000),
      /** For each request. */
      timeout_ms: z.int().min(50).max(60_000).default(5000),
      /** Age of the newest cosignatures, by their signed time. A log refreshes them every 5 minutes. */
      stale_after_ms: z
        .strictObject({ checkpoint: delay(600_000), witness: delay(600_000) })
        .prefault({}),
      /** How long, and at least three times in a row, requests must have failed. */
      down_after_ms: z.strictObject({ log: delay(30_000), witness: delay(30_000) }).prefault({}),
      /** How long a log may owe it to show that two signed checkpoints are of one tree. */
      owed_after_ms: delay(60_000),
      /** How long what a log publishes may be unchecked. */
      behind_after_ms: delay(60_000),
      /** What receipts are held to beyond what their log asks of them; nothing if absent. */
      receipts: z.strictObject({ profile: z.enum(PROFILE_NAMES) }).optional(),
      /** How long a number may be missing in an issuer's chain: receipts may be logged in any order. */
      chain_gap_after_ms: delay(3_600_000),
      /** By how much clocks may differ. */
      clock_skew_ms: delay(120_000),
      /** Between two looks at what logs and witnesses say of themselves: their keys, their policy. */
      declarations_interval_ms: z.int().min(50).max(MAX_DELAY_MS).default(60_000),
      /** Certificates of watched servers, and what the operator names, are told of so many days before. */
      deadlines: z
        .strictObject({
          warn_days: z.int().min(0).max(365).default(14),
          expires: z
            .array(z.strictObject({ what: z.string().min(1).max(200), on: z.iso.date() }))
            .max(100)
            .default([]),
        })
        .prefault({}),
      /** How long any other trouble that may pass must have lasted. */
      grace_ms: delay(30_000),
      /** Where people find the monitor's page, for messages about alerts. */
      public_url: httpUrl().optional(),
      /** URL prefix of an explorer of the same logs, for the monitor's page. */
      explorer: httpUrl().optional(),
      canary: canaryKey(filePath),
      ...sinkKeys(filePath),
      ...routeKeys(),
      ...reminderKeys(),
      ...heartbeatKeys(filePath),
    })
    .refine(({ entries, receipts }) => entries === 'check' || receipts === undefined, {
      path: ['receipts'],
      message: 'no receipt is judged with "entries: tree-only"',
    });

export type MonitorConfig = z.infer<ReturnType<typeof monitorConfigSchema>>;

function delay(defaultMs: number) {
  return z.int().min(0).max(MAX_DELAY_MS).default(defaultMs);
}

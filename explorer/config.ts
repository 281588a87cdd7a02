/** Configuration of an explorer: which logs it follows, whom it believes about each, where it keeps what it indexes. */
import { z } from 'zod';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import type { FilePathSchema } from '#service/config.ts';
import {
  entryTypesKey,
  httpUrl,
  judgingThreadsKey,
  rate,
  serverKeys,
} from '#service/server-config.ts';

export const EXPLORER_PORT = 8430;
/** Each costs a look at its checkpoint in every interval, and a place in lists. */
const MAX_LOGS = 100;

/** `known` are the entry types that the logs may carry. */
export function explorerConfigSchema(filePath: FilePathSchema, known = ENTRY_TYPES) {
  return z.strictObject({
    ...serverKeys(EXPLORER_PORT),
    /** The index, with evidence and with which checkpoints were seen: no log tells these again. */
    database: filePath,
    logs: z.array(logSchema(filePath)).min(1).max(MAX_LOGS),
    /** What may stand in the logs: by these types entries are judged, found and counted, here and by visitors. */
    entry_types: entryTypesKey(known),
    /** Whether entries are judged, or only that they make the signed tree. */
    entries: z.enum(['check', 'tree-only']).default('check'),
    /** For all logs together. */
    workers: judgingThreadsKey(),
    /** Between two looks at the checkpoint of a log. One that fails is asked less and less often. */
    interval_ms: z.int().min(50).max(3_600_000).default(2000),
    /** For each request to a log. */
    timeout_ms: z.int().min(100).max(600_000).default(10_000),
    /** URL prefix of a monitor of these logs, whose alerts are shown. */
    monitor: httpUrl().optional(),
    /** Where people find the explorer, for feeds and links. */
    public_url: httpUrl().optional(),
    limits: z
      .strictObject({
        connections: z.int().min(1).default(16_384),
        requests: rate(100, 400),
      })
      .prefault({}),
  });
}

export type ExplorerConfig = z.infer<ReturnType<typeof explorerConfigSchema>>;
export type LogSettings = ExplorerConfig['logs'][number];

function logSchema(filePath: FilePathSchema) {
  return z
    .strictObject({
      /** URL prefix of the log. */
      url: httpUrl(),
      /** A tlog-policy file: whom to believe about the log, and which quorum its checkpoints need. */
      policy: filePath.optional(),
      /** The verifier key of the log, where no policy is known: then no quorum is checked. */
      vkey: z.string().min(1).optional(),
    })
    .refine(({ policy, vkey }) => (policy === undefined) !== (vkey === undefined), {
      path: ['policy'],
      message: 'expected either "policy" or "vkey"',
    });
}

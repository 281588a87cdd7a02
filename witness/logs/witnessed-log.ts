/**
 * What is known of a log that is followed, or was: its origin, the keys that speak for it, and where
 * and how often it may be met. What was cosigned for it is in `witness/state.ts`.
 */
import type { VerifierKey } from '#protocol/note/key.ts';

/** Keys on record for one log, those that were removed too. */
export const MAX_KEYS = 16;

/** What a configuration, an operator or a list says of a log. */
export interface LogEntry {
  readonly origin: string;
  readonly keys: readonly VerifierKey[];
  /** Prefix of its tiles, without a slash at the end. */
  readonly url?: string | undefined;
  /** Prefix of a tiled log that is followed, as it does not push. */
  readonly feed?: string | undefined;
  /** add-checkpoint requests that it may make in a day. */
  readonly queriesPerDay?: number | undefined;
  /** How to reach whoever runs it. */
  readonly contact?: string | undefined;
}

/** A key that spoke for the log once, and does no more. What it signed then stays what it signed. */
export interface FormerKey {
  readonly key: VerifierKey;
  readonly removedAtMs: number;
}

export interface WitnessedLog extends LogEntry {
  readonly formerKeys: readonly FormerKey[];
  /** Who named it: `configuration`, `operator` or `list <url>`. */
  readonly source: string;
  readonly addedAtMs: number;
  readonly isDisabled: boolean;
  /** Why it is not cosigned, though it is known. */
  readonly disabledBecause:
    | 'disabled by the operator'
    | 'no longer in the configuration'
    | undefined;
}

/** Where tiles of the log are, if it can be asked for any. */
export function tilesOf({ url, feed }: LogEntry): string | undefined {
  return url ?? feed;
}

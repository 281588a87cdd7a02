/** How the indexer stands to a log: what the API and the pages say of it. Plain data, which threads hand over. */
import type { Trouble } from '#service/following.ts';
import type { LogState } from '../search/answers.ts';

export interface LogStatus {
  readonly origin: string;
  readonly state: LogState;
  /** What keeps it from going on, by a name for metrics and as a sentence; absent while nothing does. */
  readonly trouble?: Trouble | undefined;
  /** Entries that are here; those that can be searched are as many or fewer. */
  readonly size: number;
  /** Of the newest checkpoint that has been verified; absent before the first. */
  readonly shownSize?: number | undefined;
  /** When everything that the log showed was last here, Unix milliseconds; absent before that. */
  readonly currentAtMs?: number | undefined;
  /** Entries that were added since the process started. */
  readonly indexed: number;
  /** Ids of evidence against the log. */
  readonly evidence: readonly string[];
}

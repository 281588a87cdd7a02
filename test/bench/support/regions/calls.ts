/** What a client in a region is told to do, and what it says of it: both ends of `client.ts`. */
import type { ErrorCodec } from '#service/port-calls.ts';
import type { Task } from './distances.ts';

export type ClientCall =
  | { readonly do: 'round trips'; readonly address: string; readonly count: number }
  | { readonly do: 'add'; readonly entries: number }
  | { readonly do: 'know'; readonly hashes: readonly string[] }
  | { readonly do: 'measure'; readonly task: Exclude<Task, 'quorum'>; readonly count: number }
  | { readonly do: 'watch' }
  | { readonly do: 'sightings' }
  | { readonly do: 'audit' }
  | { readonly do: 'read'; readonly url: string };

/** One thing that was asked of a log. Times are of one clock, that of the machine. */
export interface Sample {
  readonly startedAtMs: number;
  readonly ms: number;
  /** Of the entry that was submitted. */
  readonly index?: number;
  /** Why it was not done. */
  readonly failure?: string;
}

/** When a checkpoint of a size with its quorum was seen first. */
export interface Sighting {
  readonly size: number;
  readonly atMs: number;
}

export interface Audited {
  readonly problems: readonly string[];
  readonly size: number;
  readonly root: string;
}

export const ERRORS: ErrorCodec = {
  describe: (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  revive: (described) => new Error(String(described)),
};

/** From each submission until its entry is under a checkpoint with its quorum, as far as that was seen. */
export function quorumSamples(samples: readonly Sample[], seen: readonly Sighting[]): Sample[] {
  return samples.flatMap(({ index, startedAtMs }) => {
    if (index === undefined) return [];
    const covering = seen.find(({ size }) => size > index);
    return covering === undefined ? [] : [{ startedAtMs, ms: covering.atMs - startedAtMs }];
  });
}

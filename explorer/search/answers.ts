/**
 * What the explorer's API answers, as JSON: the one description that its server, its pages and the checks in
 * the visitor's browser share. Sizes and indices are integers, times Unix milliseconds unless they say seconds.
 *
 * Nothing here has to be believed. An entry comes as its exact bytes with its path to a checkpoint that the log
 * has signed and witnesses have cosigned; whatever else is said of it follows from these bytes. What cannot be
 * shown so, that a list leaves nothing out and that counts are right, is checked by reading the log's entries
 * again (`tally.ts`), and is called a claim until then.
 */

/** What follows from an entry's bytes, for programs that do not decode them. */
export interface EntrySummary {
  /** One line, as the entry has it. */
  readonly title: string;
  readonly time_ms?: number;
  readonly issuer?: string;
  readonly code_ref?: string;
  readonly policies?: readonly string[];
  readonly input_hash?: string;
  readonly output_hash?: string;
  readonly nonce?: string;
}

export interface EntryAnswer {
  /** Origin of the log. */
  readonly log: string;
  readonly index: number;
  /** Lowercase hex. */
  readonly leaf_hash: string;
  /** Name of the entry type that recognises it. */
  readonly type: string;
  /** The code of what is wrong with it, where the explorer judged entries and this one must not stand in a log. */
  readonly fault?: string;
  /** Its exact bytes, base64. */
  readonly entry: string;
  /** Base64 hashes from the leaf's sibling up to the root's child, in the tree of the log's checkpoint. */
  readonly proof: readonly string[];
  readonly summary: EntrySummary;
}

/** Some entries of a log: index `from` to, not including, `to`. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** `GET /v1/search`: newest first, as the explorer read them. */
export interface SearchAnswer {
  /** By origin, for each log that an entry is of: the signed note to which all their proofs lead. */
  readonly checkpoints: Readonly<Record<string, string>>;
  readonly entries: readonly EntryAnswer[];
  /**
   * By origin, for each log that was searched: for which of its entries this page answers. What passes of these is
   * on it. The first page begins with the newest, each other one where the page before ends, and the last ends at 0.
   */
  readonly searched: Readonly<Record<string, IndexRange>>;
  /**
   * Where the next page begins; absent on the last. A page may hold less than was asked for, or nothing, and
   * still have a next one: each request looks through a bounded number of entries.
   */
  readonly next_cursor?: string;
}

/** `GET /v1/entries/<n>`. */
export interface OneEntryAnswer extends EntryAnswer {
  /** The same as an offline proof (C2SP tlog-proof), for other programs. */
  readonly tlog_proof: string;
}

/** How the explorer stands to a log. */
export type LogState =
  /** It has read all that the log shows. */
  | 'current'
  /** It is on its way through entries that it has not read yet. */
  | 'reading'
  /** The log cannot be reached, or shows what cannot be verified. */
  | 'trouble'
  /** The log has contradicted itself: what was verified before stays, and nothing is added. */
  | 'frozen';

export interface LogAnswer {
  readonly log: string;
  /** Where it is read from. */
  readonly url: string;
  /** Entries that can be searched: the size of the checkpoint below; 0 without one. */
  readonly size: number;
  /** The signed note of what has been read; absent before the first. */
  readonly checkpoint?: string;
  /**
   * Since when that counts: when the quorum had cosigned it, by the witnesses' clocks, or where no witness is asked
   * for, when the explorer saw it first.
   */
  readonly checkpoint_ms?: number;
  /** What the log has shown, verified by its signature and quorum; more than `size` while it is being read. */
  readonly shown_size?: number;
  readonly state: LogState;
  /** Why it does not go on, in a sentence. */
  readonly trouble?: string;
  /** Ids of evidence against it. */
  readonly evidence: readonly string[];
  /** A tlog-policy text: whom the explorer itself believes about this log. */
  readonly policy: string;
  /** Names of entry types that the explorer looks for in it. */
  readonly entry_types: readonly string[];
  /**
   * Whether the explorer judges its entries (signatures, claimed policies, form) and not only that they make the
   * signed tree. If not, that an entry has no `fault`, and that `faults` is 0, says nothing.
   */
  readonly judged: boolean;
  /** Where its public files are served here (C2SP tlog-tiles), as far as they have been read: a path. */
  readonly files: string;
}

/** `GET /v1/logs`. */
export interface LogsAnswer {
  readonly logs: readonly LogAnswer[];
  /** Of the explorer's clock. */
  readonly now_ms: number;
}

export interface CountAnswer {
  readonly value: string;
  readonly entries: number;
}

/** `GET /v1/stats?log=`: what the entries of one log come to, all of them up to `size`. */
export interface StatsAnswer {
  readonly log: string;
  readonly size: number;
  /** The signed note of that size. */
  readonly checkpoint: string;
  readonly bytes: number;
  /** Entries that must not stand in a log, where they were judged. */
  readonly faults: number;
  /** By the hour that entries state, ascending: the newest 24 * 90 that have any, up to `hours_until_ms`. */
  readonly hours: readonly { readonly hour_ms: number; readonly entries: number }[];
  /** The last hour that is told: a day after the explorer first saw the checkpoint. */
  readonly hours_until_ms: number;
  /** Entries that state other hours, later or earlier, and not those whose time no calendar has. */
  readonly hours_other: number;
  /** The most frequent 100, the greatest first, and how many there are. */
  readonly policies: readonly CountAnswer[];
  readonly policies_total: number;
  readonly issuers: readonly CountAnswer[];
  readonly issuers_total: number;
  readonly types: readonly CountAnswer[];
  /** By size: entries of up to `up_to` bytes, a power of two, and more than half of that. */
  readonly sizes: readonly { readonly up_to: number; readonly entries: number }[];
}

/** A checkpoint that the explorer has seen and verified. */
export interface CheckpointAnswer {
  readonly size: number;
  /** Lowercase hex. */
  readonly root: string;
  /** When the explorer saw it first. */
  readonly seen_ms: number;
  /** By the witnesses' names in the policy, when each cosigned, POSIX seconds. */
  readonly cosigned: readonly { readonly witness: string; readonly time_seconds: number }[];
  /** The signed note, where it was asked for. */
  readonly note?: string;
}

/** `GET /v1/checkpoints?log=`: newest first. */
export interface CheckpointsAnswer {
  readonly log: string;
  readonly checkpoints: readonly CheckpointAnswer[];
  readonly next_cursor?: string;
}

/** How a tree that somebody shows stands to the one that the monitor made of the entries. */
export type ToldAgreement =
  | 'agrees'
  | 'pending'
  | 'contradicts'
  | 'went-back'
  | 'absent'
  | 'unknown';

export interface ToldLog {
  readonly log: string;
  readonly agreement: ToldAgreement;
  readonly size?: number;
  /** Entries of which the monitor made the tree anew. */
  readonly verified_size: number;
}

export interface ToldWitness {
  readonly name: string;
  readonly answering: boolean;
  readonly failure?: string;
  readonly logs: readonly {
    readonly log: string;
    readonly agreement: ToldAgreement;
    readonly size?: number;
    readonly cosigned_ms?: number;
  }[];
}

export interface ToldAlert {
  readonly id: number;
  readonly kind: string;
  readonly severity: 'critical' | 'warning';
  readonly title: string;
  /** Absent for what concerns all logs. */
  readonly log?: string;
  readonly subject?: string;
  readonly detail: string;
  /** Ids. */
  readonly evidence: readonly string[];
  readonly raised_ms: number;
  readonly last_seen_ms: number;
  readonly resolved_ms?: number;
}

export interface ToldEvidence {
  readonly id: string;
  readonly kind: string;
  readonly log: string;
  /** Verifier key of who is accused. */
  readonly accused: string;
  readonly found_ms: number;
}

/** What the monitor told when it last gave a good answer. */
export interface Told {
  readonly at_ms: number;
  readonly ok: boolean;
  readonly logs: readonly ToldLog[];
  readonly witnesses: readonly ToldWitness[];
  /** Newest first, resolved ones too. */
  readonly alerts: readonly ToldAlert[];
  readonly evidence: readonly ToldEvidence[];
}

/**
 * `GET /v1/monitor`: the words of a monitor, passed on. Only its evidence proves itself; all else is what
 * somebody says who looks at the log and its witnesses.
 */
export interface MonitorAnswer {
  /** Where it is; absent where the explorer is told of none, and then nothing else is there. */
  readonly url?: string;
  readonly told?: Told;
  /** Why it could not be asked the last time. */
  readonly trouble?: string;
}

/** The explorer's answers (explorer/search/answers.ts), read strictly: what a page gets to show has their form. */
import type {
  CheckpointsAnswer,
  EntryAnswer,
  LogAnswer,
  OneEntryAnswer,
  SearchAnswer,
  StatsAnswer,
} from '#explorer/search/answers.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { MAX_POLICY_BYTES } from '#protocol/policy/policy.ts';
import { MAX_PROOF_BYTES, MAX_PROOF_HASHES } from '#protocol/proof/tlog-proof.ts';
import {
  anyInteger,
  anything,
  flag,
  integer,
  list,
  object,
  oneOf,
  type Read,
  record,
  text,
} from './shape.ts';

/** Most entries of a page, most logs of an explorer, and most checkpoints of a page. */
export const MAX_ENTRIES = 1000;
export const MAX_LOGS = 1000;
export const MAX_CHECKPOINTS = 1000;
const MAX_COUNTS = 1000;
const MAX_HOURS = 24 * 366;
const MAX_POLICY_IDS = 64;

const origin = text(1024);
const shortText = text(1024);
const sentence = text(16 * 1024);
const note = text(MAX_NOTE_BYTES);
const hash = text(64);
/** Base64 of the largest entry. */
const entryText = text(4 * Math.ceil(MAX_ENTRY_BYTES / 3));

const summary = object(
  { title: text(MAX_ENTRY_BYTES) },
  {
    time_ms: anyInteger,
    issuer: shortText,
    code_ref: shortText,
    policies: list(shortText, MAX_POLICY_IDS),
    input_hash: shortText,
    output_hash: shortText,
    nonce: shortText,
  },
);

const entryMembers = {
  log: origin,
  index: integer,
  leaf_hash: hash,
  type: shortText,
  entry: entryText,
  proof: list(hash, MAX_PROOF_HASHES),
  summary,
};

export const readEntry: Read<EntryAnswer> = object(entryMembers, { fault: shortText });

export const readOneEntry: Read<OneEntryAnswer> = object(
  { ...entryMembers, tlog_proof: text(MAX_PROOF_BYTES) },
  { fault: shortText },
);

export const readSearch: Read<SearchAnswer> = object(
  {
    checkpoints: record(note, MAX_LOGS),
    entries: list(readEntry, MAX_ENTRIES),
    searched: record(object({ from: integer, to: integer }), MAX_LOGS),
  },
  { next_cursor: shortText },
);

export const readLog: Read<LogAnswer> = object(
  {
    log: origin,
    url: sentence,
    size: integer,
    state: oneOf('current', 'reading', 'trouble', 'frozen'),
    evidence: list(hash, MAX_COUNTS),
    policy: text(MAX_POLICY_BYTES),
    entry_types: list(shortText, MAX_COUNTS),
    judged: flag,
    files: shortText,
  },
  { checkpoint: note, checkpoint_ms: integer, shown_size: integer, trouble: sentence },
);

/** Each log is read by itself, so that one that is malformed takes no other away. */
export const readLogs = object({ logs: list(anything, MAX_LOGS), now_ms: integer });

const counts = list(object({ value: shortText, entries: integer }), MAX_COUNTS);

export const readStats: Read<StatsAnswer> = object({
  log: origin,
  size: integer,
  checkpoint: note,
  bytes: integer,
  faults: integer,
  hours: list(object({ hour_ms: anyInteger, entries: integer }), MAX_HOURS),
  hours_until_ms: anyInteger,
  hours_other: integer,
  policies: counts,
  policies_total: integer,
  issuers: counts,
  issuers_total: integer,
  types: counts,
  sizes: list(object({ up_to: integer, entries: integer }), MAX_COUNTS),
});

const cosigned = list(object({ witness: shortText, time_seconds: integer }), MAX_COUNTS);

export const readCheckpoints: Read<CheckpointsAnswer> = object(
  {
    log: origin,
    checkpoints: list(
      object({ size: integer, root: hash, seen_ms: integer, cosigned }, { note }),
      MAX_CHECKPOINTS,
    ),
  },
  { next_cursor: shortText },
);

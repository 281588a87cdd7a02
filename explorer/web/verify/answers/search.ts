/**
 * What a search has brought: each entry is in its log's tree and is one that was searched for, in their order. That
 * none is left out cannot be seen from the list, and stays a claim until the log is read again (`recount/`).
 */
import type { IndexRange, LogAnswer, SearchAnswer } from '#explorer/search/answers.ts';
import type { Filters } from '#explorer/search/filters.ts';
import { matches } from '#explorer/search/matches.ts';
import type { EntryVerdict } from '../entries/judge-entry.ts';
import { judgeEntry } from '../entries/judge-entry.ts';
import { type Finding, finding, hasAlarm } from '../findings.ts';
import { readSearch } from '../shapes/answers.ts';
import {
  findingsOf,
  type KnownLog,
  type Scene,
  type ShownCheckpoint,
  showCheckpoint,
} from './known-log.ts';
import { readAnswer } from './read-answer.ts';

export interface AskedSearch {
  readonly filters: Filters;
  readonly limit: number;
  readonly cursor?: string;
  /** For which entries of each log the page before this one answered, where that is known. */
  readonly before?: Readonly<Record<string, IndexRange>>;
  readonly askedMs: number;
}

export interface SearchVerdict {
  /** By origin. */
  readonly checkpoints: ReadonlyMap<string, ShownCheckpoint>;
  readonly entries: readonly EntryVerdict[];
  readonly searched: Readonly<Record<string, IndexRange>>;
  readonly nextCursor?: string;
  /** All there are, also of entries and checkpoints. */
  readonly findings: readonly Finding[];
  readonly isVerified: boolean;
  /** What the explorer says and this page cannot show, in sentences. */
  readonly claims: readonly string[];
}

export const NOTHING_LEFT_OUT =
  'That the list leaves nothing out is what the explorer says: reading the log here shows it.';
const BEFORE_UNKNOWN =
  'That the page before this one ended where this one begins is what the explorer says: your browser has not had it.';

export async function judgeSearch(
  value: unknown,
  asked: AskedSearch,
  scene: Scene,
): Promise<SearchVerdict> {
  const { answer, finding: bad } = readAnswer(readSearch, value);
  if (answer === undefined) {
    const nothing = { checkpoints: new Map(), entries: [], searched: {}, claims: [] };
    return { ...nothing, findings: [bad], isVerified: false };
  }
  const checkpoints = await checkpointsOf(answer, asked, scene);
  const entries: EntryVerdict[] = [];
  const findings: Finding[] = [...checkpoints.values()].flatMap(findingsOf);
  for (const entry of answer.entries) {
    await scene.breathe();
    const log = scene.log(entry.log);
    const checkpoint = checkpoints.get(entry.log);
    if (log === undefined || checkpoint === undefined) {
      const code = log === undefined ? 'log-unknown' : 'checkpoint-missing';
      findings.push(finding(code, 'one of its logs, with its checkpoint', 'none', entry));
      continue;
    }
    const verdict = judgeShown(entry, { log, checkpoint, asked, nowMs: scene.nowMs() });
    entries.push(verdict);
    findings.push(...verdict.findings);
  }
  findings.push(
    ...orderFaultsOf(answer),
    ...rangeFaultsOf(answer, asked, scene.logs(), checkpoints),
    ...cursorFaultsOf(answer, asked),
  );
  const isJoined = asked.cursor === undefined || asked.before !== undefined;
  return {
    checkpoints,
    entries,
    searched: answer.searched,
    ...(answer.next_cursor === undefined ? {} : { nextCursor: answer.next_cursor }),
    findings,
    isVerified: !hasAlarm(findings),
    claims: isJoined ? [NOTHING_LEFT_OUT] : [NOTHING_LEFT_OUT, BEFORE_UNKNOWN],
  };
}

async function checkpointsOf(answer: SearchAnswer, { askedMs }: AskedSearch, scene: Scene) {
  const shown = new Map<string, ShownCheckpoint>();
  for (const [origin, note] of Object.entries(answer.checkpoints)) {
    await scene.breathe();
    const log = scene.log(origin);
    if (log === undefined) continue;
    shown.set(origin, await showCheckpoint(note, log, scene, { askedMs, isNewest: true }));
  }
  return shown;
}

interface Shown {
  readonly log: KnownLog;
  readonly checkpoint: ShownCheckpoint;
  readonly asked: AskedSearch;
  readonly nowMs: number;
}

/** One entry, which has to be one that was searched for. */
function judgeShown(
  entry: SearchAnswer['entries'][number],
  { log, checkpoint, asked, nowMs }: Shown,
): EntryVerdict {
  const context = { checkpoint: checkpoint.verdict, types: log.types, nowMs };
  const verdict = judgeEntry(entry, context);
  if (verdict.decoded === undefined || passes(asked.filters, verdict)) return verdict;
  const expected = `one that passes ${JSON.stringify(asked.filters)}`;
  const found = finding('search-filter', expected, verdict.decoded.description.title, entry);
  return { ...verdict, isVerified: false, findings: [...verdict.findings, found] };
}

/** By its bytes alone. */
export function passes(filters: Filters, { log, index, decoded }: EntryVerdict): boolean {
  if (decoded === undefined) return false;
  const { leafHash, description } = decoded;
  const { timeMs, facts = {} } = description;
  return matches(filters, { log, index, leafHash, timeMs, facts });
}

/** Of one log by descending index. */
function orderFaultsOf({ entries }: SearchAnswer): Finding[] {
  const last = new Map<string, number>();
  return entries.flatMap(({ log, index }) => {
    const previous = last.get(log);
    last.set(log, index);
    if (previous === undefined || index < previous) return [];
    const code = index === previous ? 'search-twice' : 'search-order';
    return [finding(code, `an index below ${previous}`, `${index}`, { log, index })];
  });
}

/** Pages of a search answer for all entries of each log, from its newest on, with nothing between two of them. */
function rangeFaultsOf(
  { entries, searched, next_cursor: next }: SearchAnswer,
  { filters, cursor, before = {} }: AskedSearch,
  logs: readonly LogAnswer[],
  checkpoints: SearchVerdict['checkpoints'],
): Finding[] {
  const found: Finding[] = [];
  for (const { log, size } of logs) {
    if (filters.log !== undefined && filters.log !== log) continue;
    const range = rangeOf(searched, log);
    const { from, to } = range ?? { from: 0, to: 0 };
    const expect = (holds: boolean, expected: string) => {
      const got = range === undefined ? 'nothing of it' : `entries from ${from} to below ${to}`;
      if (!holds) found.push(finding('search-range', expected, got, { log }));
    };
    expect(from <= to, 'a beginning that is not after the end');
    const signed = checkpoints.get(log)?.verdict.checkpoint?.size ?? to;
    expect(to <= signed, `entries of the ${signed} of its checkpoint`);
    if (cursor === undefined) expect(to >= size, `all entries below ${size}, the newest first`);
    if (next === undefined) expect(from === 0, 'all entries down to 0, as it is the last page');
    const previous = rangeOf(before, log);
    if (previous !== undefined) {
      expect(joins(previous, to), `entries below ${previous.from}, where the page before ended`);
    }
  }
  for (const { log, index } of entries) {
    const { from, to } = rangeOf(searched, log) ?? { from: 0, to: 0 };
    if (index >= from && index < to) continue;
    const expected = `an index from ${from} to below ${to}`;
    found.push(finding('search-range', expected, `${index}`, { log, index }));
  }
  return found;
}

/** What is read of a log while pages are turned is on none of them, and may be on a later one. */
function joins({ from, to }: IndexRange, end: number): boolean {
  return from === to ? end >= from : end === from;
}

function rangeOf(ranges: Readonly<Record<string, IndexRange>>, log: string) {
  return Object.hasOwn(ranges, log) ? ranges[log] : undefined;
}

function cursorFaultsOf(
  { entries, next_cursor: next }: SearchAnswer,
  { limit, cursor }: AskedSearch,
): Finding[] {
  const found: Finding[] = [];
  if (entries.length > limit) {
    found.push(finding('search-limit', `at most ${limit} entries`, `${entries.length}`));
  }
  if (next === undefined || cursor === undefined) return found;
  // It counts down. Of one that is no number only this is known: that it must not begin again.
  const isBehind =
    isCount(next) && isCount(cursor) ? Number(next) < Number(cursor) : next !== cursor;
  if (!isBehind) found.push(finding('search-cursor', `one below ${cursor}`, next));
  return found;
}

function isCount(text: string): boolean {
  return /^[0-9]{1,16}$/.test(text);
}

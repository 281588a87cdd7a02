/**
 * The one sentence on top of the page, which is true beside every row below it. Pure.
 *
 * All is well only if no alert is open, the monitor is sound and every row is in order. What an alert
 * says of now is taken back where a row knows better, as an alert ends a little later than its cause.
 */
import { agoText, count, duration, listed } from '#service/page/parts.ts';
import type { Tone } from '#service/page/tone.ts';
import type { Alert } from '../alerts/alert-table.ts';
import { type Finding, findingsOf } from './findings.ts';
import { allRows, type NamedRow } from './rows.ts';
import type { LogStatus, Status } from './status.ts';

export interface Headline {
  readonly tone: Tone;
  readonly sentence: string;
  /** What to do first; absent where nothing is to be done. */
  readonly step?: string;
}

export function headlineOf(status: Status, findings = findingsOf(status)): Headline {
  const [first, ...rest] = findings;
  if (first !== undefined) return ofFinding(first, rest, status);
  const rows = allRows(status);
  const wrong = rows.filter(({ tone }) => tone === 'bad' || tone === 'warn');
  if (wrong.length > 0) return ofRows(wrong);
  const unasked = rows.filter(({ words }) => words === 'not asked yet');
  return unasked.length > 0 ? starting(unasked, status) : well(status);
}

function ofFinding(first: Finding, rest: readonly Finding[], status: Status): Headline {
  const more = rest.length === 0 ? '' : `; and ${count(rest.length, 'more finding')}`;
  if (first.isQuiet) {
    const by = first.lead?.acknowledged?.by;
    const known =
      by === undefined ? 'Silenced, but not over' : `Taken care of by ${by}, but not over`;
    return { tone: 'warn', sentence: `${known}: ${lowerFirst(nameOf(first, status))}${more}.` };
  }
  const tone = first.isCritical ? 'bad' : 'warn';
  return { tone, sentence: `${nameOf(first, status)}${more}.`, step: first.step };
}

function nameOf(finding: Finding, status: Status): string {
  const { title, concern, isProven, lead, detail } = finding;
  if (lead === undefined)
    return `${title}: ${lowerFirst(detail.split('. ')[0]!.replace(/\.$/, ''))}`;
  if (concern.role === 'quorum') return `${title}${healed(lead, status)}: ${lastQuorum(status)}`;
  if (isProven) return `Proven: ${lowerFirst(title)}: ${concern.name}`;
  const about = concern.name === '' ? '' : `: ${concern.name}`;
  return `${title}${about}, for ${duration(status.nowMs - lead.raisedAtMs)}${healed(lead, status)}`;
}

/** What a row says meanwhile to an alert about the present. */
function healed({ kind, origin, subject }: Alert, status: Status): string {
  const { logs, witnesses } = status;
  const log = logs.find((candidate) => candidate.origin === origin);
  const witness = witnesses.find(({ name }) => name === subject);
  const isOver =
    (kind === 'log-down' && subject === 'checkpoint' && log !== undefined && isAnswering(log)) ||
    (kind === 'witness-down' && witness !== undefined && witness.failure === undefined) ||
    (kind === 'quorum-missing' && subject === 'checkpoint' && log?.quorumMet === true);
  return isOver ? ' (over now, as it seems)' : '';
}

function isAnswering({ size, failure }: LogStatus): boolean {
  return size !== undefined && failure === undefined;
}

function lastQuorum({ logs, nowMs }: Status): string {
  const times = logs.flatMap(({ lastQuorumAtMs }) => lastQuorumAtMs ?? []);
  if (times.length === 0) return 'none has been seen yet';
  const of = logs.length === 1 ? 'the last one was' : 'the last one of any log was';
  return `${of} ${agoText(Math.max(...times), nowMs)}`;
}

function ofRows(wrong: readonly NamedRow[]): Headline {
  const tone = wrong.some((row) => row.tone === 'bad') ? 'bad' : 'warn';
  const [first] = wrong.toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'));
  const others = new Set(wrong.filter(({ name }) => name !== first!.name).map(({ name }) => name));
  const more = others.size === 0 ? '' : `, and ${others.size} more`;
  return {
    tone,
    sentence: `Not all is in order, though no alert is open yet: ${first!.name}: ${first!.words}${more}.`,
    step: 'Wait for a minute: what lasts becomes an alert, which says what to do.',
  };
}

function starting(unasked: readonly NamedRow[], { nowMs, startedAtMs }: Status): Headline {
  const names = [...new Set(unasked.map(({ name }) => name))];
  const sentence = `Starting, for ${duration(nowMs - startedAtMs)}: nothing is known yet of ${listed(names)}.`;
  return { tone: 'busy', sentence };
}

function well(status: Status): Headline {
  const { logs, witnesses, nowMs } = status;
  const size = sum(logs.map((log) => log.size ?? 0));
  const verified = sum(logs.map((log) => Math.min(log.size ?? 0, log.verifiedSize)));
  const unjudged = sum(logs.map((log) => log.unjudgedEntries));
  const passed = unjudged === 0 ? '' : ` (${unjudged} not judged, only the tree)`;
  const entries = `${verified} of ${count(size, 'entry', 'entries')} verified${passed}`;
  if (verified < size) {
    return {
      tone: 'busy',
      sentence: `Nothing is wrong so far: ${entries}, the rest is being checked.`,
    };
  }
  const who = `${count(logs.length, 'log')} and ${count(witnesses.length, 'witness', 'witnesses')} answer`;
  // Of several logs the one whose quorum is the oldest.
  const quorums = logs.flatMap(({ cosignedAtMs }) => cosignedAtMs ?? []);
  const quorum =
    quorums.length === 0 ? '' : `, the last quorum was ${agoText(Math.min(...quorums), nowMs)}`;
  return { tone: 'good', sentence: `All is well: ${who}, ${entries}${quorum}.` };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

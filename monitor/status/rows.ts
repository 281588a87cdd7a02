/**
 * What is said of one log, and of what one witness shows of it: the words of the rows. Pure.
 *
 * The sentence on top is made of the same, so that it cannot call well what a row calls wrong.
 */
import type { Tone } from '#service/page/tone.ts';
import type { CanaryReport } from '../canary/report.ts';
import type { LogStatus, ShownStatus, Status, WitnessStatus } from './status.ts';

export interface Row {
  readonly tone: Tone;
  readonly words: string;
}

const CONTRADICTS: Row = { tone: 'bad', words: 'contradicts' };
const WENT_BACK: Row = { tone: 'bad', words: 'shows less than before' };
/** Whoever cosigned both must not look well for showing the right one now. */
const TWO_TREES: Row = { tone: 'bad', words: 'has cosigned two trees' };
const FAILED: Row = { tone: 'warn', words: 'last request failed' };
const NOT_ASKED: Row = { tone: 'busy', words: 'not asked yet' };
const BEING_CHECKED: Row = { tone: 'busy', words: 'being checked' };
const AGREES: Row = { tone: 'good', words: 'agrees' };

/** Proven to have contradicted itself. */
export function isConvicted({ alerts }: Status, origin: string): boolean {
  return alerts.some((alert) => alert.kind === 'log-contradiction' && alert.origin === origin);
}

export function rowOfLog(log: LogStatus, status: Status): Row {
  const { agreement, failure, size, invalidEntries, quorumMet } = log;
  if (isConvicted(status, log.origin)) return { tone: 'bad', words: 'has contradicted itself' };
  if (agreement === 'contradicts') return CONTRADICTS;
  if (agreement === 'went-back') return WENT_BACK;
  if (failure !== undefined) return FAILED;
  if (size === undefined) return NOT_ASKED;
  if (invalidEntries > 0) return { tone: 'bad', words: 'holds invalid entries' };
  if (quorumMet === false) return { tone: 'bad', words: 'no quorum' };
  return agreement === 'agrees' ? AGREES : BEING_CHECKED;
}

export function rowOfShown({ failure }: WitnessStatus, shown: ShownStatus): Row {
  const { agreement, cosignedAtMs, isConvicted } = shown;
  if (agreement === 'contradicts') return CONTRADICTS;
  if (agreement === 'went-back') return WENT_BACK;
  if (failure !== undefined) return FAILED;
  if (isConvicted) return TWO_TREES;
  switch (agreement) {
    case 'agrees':
      return AGREES;
    case 'pending':
      return BEING_CHECKED;
    case 'unknown':
      return NOT_ASKED;
    case 'absent':
      // A witness need not show its checkpoint: that the log publishes its cosignature is enough.
      return cosignedAtMs === undefined
        ? { tone: 'warn', words: 'nothing shown' }
        : { tone: 'busy', words: 'shows none itself, but cosigns' };
  }
}

/** That many failed before is said beside it, and by an alert if it matters. */
export function rowOfCanary({ last }: CanaryReport): Row {
  if (last === undefined) return { tone: 'busy', words: 'none sent yet' };
  if (last.failure !== undefined) return { tone: 'warn', words: 'last receipt got no proof' };
  return { tone: 'good', words: 'got its proof' };
}

export interface NamedRow extends Row {
  readonly name: string;
}

/** All rows: of logs, of witnesses, of the canary. */
export function allRows(status: Status): NamedRow[] {
  return [
    ...status.logs.map((log) => ({ name: `the log ${log.origin}`, ...rowOfLog(log, status) })),
    ...status.witnesses.flatMap((witness) =>
      witness.logs.map((shown) => ({ name: witness.name, ...rowOfShown(witness, shown) })),
    ),
    ...status.canaries.map((report) => ({
      name: `the canary of ${report.origin}`,
      ...rowOfCanary(report),
    })),
  ];
}

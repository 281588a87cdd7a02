/** What one walk finds; bounded, however much is wrong. */
import type { LogProblem } from '#client/check-log.ts';
import type { Tally } from '../judge/observations.ts';
import type { Noted, Progress } from '../store/state.ts';
import { addTo } from './tally.ts';

const MAX_PROBLEMS = 10;

export class WalkFindings {
  // Owned by the walk that made this object.
  readonly problems: LogProblem[] = [];
  invalid: Tally;
  noted: Noted;
  /** Of the entries that have not been handed out yet: a bundle at most. */
  readonly #refused = new Set<number>();

  constructor({ invalid, noted }: Omit<Progress, 'tree'>) {
    this.invalid = invalid;
    this.noted = noted;
  }

  /** Whether there is something new to tell. */
  add(problem: LogProblem): boolean {
    // Judged on each checkpoint that is shown, not only on those walked to.
    if (problem.kind === 'quorum') return false;
    if (problem.kind !== 'entry') {
      if (this.problems.length >= MAX_PROBLEMS) return false;
      this.problems.push(problem);
      return true;
    }
    const { index, type } = problem.entry!;
    this.#refused.add(index);
    if (type !== undefined) this.invalid = addTo(this.invalid, wordsOf(problem));
    else {
      this.noted = { ...this.noted, unknown: addTo(this.noted.unknown, wordsOf(problem)) };
    }
    return true;
  }

  /** Counts entries that are not judged. */
  passOver(count: number): void {
    this.noted = { ...this.noted, unjudged: this.noted.unjudged + count };
  }

  readonly isRefused = (index: number): boolean => this.#refused.delete(index);
}

export function wordsOf({ where, code, detail }: LogProblem): string {
  return `${where}: ${code ?? ''} ${detail}`;
}

/** What came of a request, in a word: to count how deep the cases reach, and to tell differences apart. */
import { printable } from '#protocol/printable.ts';
import type { Request } from './request.ts';

export function operationOf({ op = 'verify' }: Request): string {
  return typeof op === 'string' && /^[a-z0-9-]{4,}$/.test(op) ? op : 'no operation';
}

/** Of a verdict its codes, of other answers their error, or whether something is valid. */
export function outcomeOf(answer: string): string {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(answer);
  } catch {
    return answer;
  }
  const { error, field, errors, warnings, valid, quorum_met: quorum } = parsed;
  if (typeof error === 'string') return field === undefined ? error : `${error} ${field}`;
  if (Array.isArray(errors) && Array.isArray(warnings)) {
    const codes = [...errors, ...warnings].map(({ code }) => code);
    return [...new Set([valid ? 'valid' : 'invalid', ...codes])].join(' ');
  }
  if (typeof valid === 'boolean') return valid ? 'valid' : 'invalid';
  return typeof quorum === 'boolean' ? `done, quorum ${quorum ? 'met' : 'not met'}` : 'done';
}

/** Counts outcomes by operation, and single codes of verdicts. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  count(operation: string, answer: string): void {
    const outcome = outcomeOf(answer);
    this.#add(operation, outcome.startsWith('invalid E-') ? 'invalid' : outcome.split(' W-')[0]!);
    if (operation !== 'verify') return;
    for (const code of outcome.match(/[EW]-[A-Z]+-\d{3}/g) ?? []) this.#add('verify, codes', code);
  }

  /** A line for each operation, the frequent outcomes first. */
  lines(): string[] {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([operation, counts]) => {
        const sorted = [...counts].sort(([, a], [, b]) => b - a);
        return `${operation}: ${sorted.map(([outcome, n]) => `${printable(outcome)} ${n}`).join(', ')}`;
      });
  }

  /** How often an outcome, or a code under `verify, codes`, came. */
  of(operation: string, outcome: string): number {
    return this.#counts.get(operation)?.get(outcome) ?? 0;
  }

  #add(operation: string, outcome: string): void {
    const counts = this.#counts.get(operation) ?? new Map<string, number>();
    this.#counts.set(operation, counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
  }
}

/**
 * What a benchmark hands in: rows of one table, each with its figure and, where the project has promised
 * something, the ratio that was promised. Started by itself a benchmark prints its table with the
 * conditions; started by `all.ts` it also hands its rows to that, which prints one table of all.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { machineTicks } from './processor-time.ts';
import { ROOT } from './root.ts';

export interface Row {
  readonly what: string;
  /** With its unit: `412 us`, `2300/s`. */
  readonly figure: string;
  /** The figure as a multiple of something of the same run, and what was promised of it, if anything. */
  readonly ratio?: number;
  /** What the ratio is of: `x one verification`. */
  readonly of?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Whether a promise was kept; undefined where there is none. */
export function isMet({ ratio, atMost, atLeast }: Row): boolean | undefined {
  if (ratio === undefined || (atMost === undefined && atLeast === undefined)) return undefined;
  return ratio <= (atMost ?? ratio) && ratio >= (atLeast ?? ratio);
}

/** When the benchmark began; only Linux tells. */
const begun = process.platform === 'linux' ? machineTicks() : undefined;

/** One line for each condition that numbers depend on. */
export function conditions(): string[] {
  const commit = git('rev-parse', '--short', 'HEAD');
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ', changed';
  return [
    `${availableParallelism()} processors (${cpus()[0]?.model ?? 'unknown'}), Node.js ${process.versions.node}`,
    `commit ${commit}${changed}, load average ${loadavg()[0]!.toFixed(1)} at the end${stolenSince(begun)}`,
  ];
}

function stolenSince(start: typeof begun): string {
  if (start === undefined) return '';
  const now = machineTicks();
  const share = (now.stolen - start.stolen) / (now.all - start.all);
  return `, ${(100 * share).toFixed(0)} % of the processors taken by other machines`;
}

/** The last thing that a benchmark does with its rows; `notes` are lines below the table. */
export function report(rows: readonly Row[], notes: readonly string[] = []): void {
  console.log(`\n${conditions().join('\n')}\n`);
  console.log([table(rows), ...notes].join('\n'));
  process.send?.({ rows });
}

export function table(rows: readonly Row[]): string {
  const head = ['what', 'figure', 'ratio', 'target', 'met'];
  const lines = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Where a request's processor time goes, the most first: threads of one name together. */
export function threadsText(threadsUs: ReadonlyMap<string, number>): string {
  const byName = Map.groupBy(threadsUs, ([thread]) => thread.slice(0, thread.lastIndexOf(' ')));
  return [...byName]
    .map(([name, threads]) => ({ name, count: threads.length, us: sumOf(threads) }))
    .sort((a, b) => b.us - a.us)
    .map(({ name, count, us }) => `${name}${count > 1 ? ` x ${count}` : ''} ${us.toFixed(0)} us`)
    .join(', ');
}

function sumOf(threads: readonly (readonly [string, number])[]): number {
  return threads.reduce((sum, [, us]) => sum + us, 0);
}

function cellsOf(row: Row): string[] {
  const { what, figure, ratio, of = '', atMost, atLeast } = row;
  const met = isMet(row);
  const target = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ].join(', ');
  const shown = ratio === undefined ? '' : `${ratio.toFixed(2)} ${of}`;
  return [what, figure, shown, target, met === undefined ? '' : met ? 'yes' : 'NO'];
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

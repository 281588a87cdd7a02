/**
 * What commands write: data on standard output, everything for people about the work on standard
 * error, where every line starts with `tecp: `.
 */
import { stripVTControlCharacters } from 'node:util';
import { printable, printableJson } from '#protocol/printable.ts';
import { type Fact, formatTime } from '#protocol/verdict/words.ts';
import { paint, type Tone } from './style.ts';

export { type Fact, formatTime, printable };

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line of JSON on standard output. */
export function printJson(value: unknown): void {
  printLine(printableJson(JSON.stringify(value)));
}

/** Text on standard output; waits for a slow reader, so that it does not pile up in memory. */
export async function printSlowly(text: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
}

/**
 * One line on standard error; `tone` colours its beginning: `bad` for why a command failed. Parts of
 * it may come from a server, so it is made printable.
 */
export function say(message: string, tone: Tone = 'quiet'): void {
  process.stderr.write(`${paint(tone, 'tecp:', process.stderr)} ${printable(message)}\n`);
}

/** Facts as aligned lines, each indented by two spaces. */
export function formatFacts(facts: readonly Fact[]): string {
  const present = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present
    .map(([name, value]) => `  ${paint('quiet', name.padEnd(width))}  ${value}\n`)
    .join('');
}

/** A table with columns as wide as their longest cell. Cells may be painted. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => shownLength(row[column] ?? ''))),
  );
  const padded = (cell: string, column: number): string =>
    cell + ' '.repeat((widths[column] ?? 0) - shownLength(cell));
  return rows
    .map((row) => row.map(padded).join('  '))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

/** How wide a text is on a terminal, without the colours in it. */
function shownLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** How long something took or is ago, as people say it: `7 s`, `3 min`, `2 h`, `5 d`. */
export function formatAge(ms: number): string {
  const unit = UNITS.find(([, length]) => ms >= 2 * length);
  const [name, length] = unit ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / length))} ${name}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * What commands write: data on standard output, everything for people about the work on standard
 * error, where every line starts with `tecp: `.
 */
import { printable, printableJson } from '#protocol/printable.ts';

export { printable };

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line of JSON on standard output. */
export function printJson(value: unknown): void {
  printLine(printableJson(JSON.stringify(value)));
}

/** One line on standard error. Parts of it may come from a server, so it is made printable. */
export function say(message: string): void {
  process.stderr.write(`tecp: ${printable(message)}\n`);
}

/** One name and its value; nothing is printed for a value that is undefined. */
export type Fact = readonly [name: string, value: string | undefined];

/** Facts as aligned lines, each indented by two spaces. */
export function formatFacts(facts: readonly Fact[]): string {
  const present = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('');
}

/** A table with columns as wide as their longest cell. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`)
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

/** `2026-01-31T12:00:00.000Z`, or the number itself when it is beyond what a date can be. */
export function formatTime(unixMs: number): string {
  const date = new Date(unixMs);
  return Number.isNaN(date.getTime()) ? `${unixMs} ms` : date.toISOString();
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

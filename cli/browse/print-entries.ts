/** Prints entries of a log, a line each, and says how far they can be believed. */
import { printJson, printLine, say } from '#cli/lib/print.ts';
import { entryJson, formatEntryLine, standingWarning } from './entry-text.ts';
import type { LogView } from './log-view.ts';

export async function printEntries(
  view: LogView,
  start: number,
  end: number,
  json: boolean,
): Promise<void> {
  for await (const entry of view.entries(start, end)) {
    if (json) printJson(entryJson(entry, view));
    else printLine(formatEntryLine(entry, view.size));
  }
}

export function sayStanding(view: LogView): void {
  const warning = standingWarning(view.standing);
  if (warning !== undefined) say(warning, 'warning');
}

/** How times stand in CSV and feeds. `ms` is Unix milliseconds. */

/** ISO 8601 in UTC; the number itself where no calendar has it. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

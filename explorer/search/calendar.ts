/**
 * Times that come from outside, Unix milliseconds. An entry or a cosignature may state any whole number, and a
 * calendar has fewer: years from -271,821 to 275,760.
 */

/** Whether a calendar has it. */
export function hasDate(ms: number): boolean {
  return !Number.isNaN(new Date(ms).getTime());
}

/** ISO 8601 in UTC, as in CSV and feeds; the number itself where no calendar has it. */
export function isoTime(ms: number): string {
  return hasDate(ms) ? new Date(ms).toISOString() : String(ms);
}

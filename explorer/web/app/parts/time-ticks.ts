/** Marks of a time axis as text, in UTC: the date, and the hour below it. */
import { hasDate, isoTime } from '#explorer/search/calendar.ts';

const MINUTE_SECONDS = 60;

/** `seconds` are POSIX, evenly spaced. Neighbours never read the same: closer than a minute they have seconds. */
export function tickTexts(seconds: readonly number[]): string[] {
  const [first = 0, second = Number.POSITIVE_INFINITY] = seconds;
  const end = second - first < MINUTE_SECONDS ? 'HH:MM:SS' : 'HH:MM';
  return seconds.map((at) => {
    // An axis may end where no calendar does.
    if (!hasDate(at * 1000)) return '';
    const [date, time] = isoTime(at * 1000).split('T');
    return `${date}\n${time!.slice(0, end.length)}`;
  });
}

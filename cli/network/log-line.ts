/**
 * One line of a process for people: `12:00:00.123  witness-2  warn  message  key=value`. A line that is
 * no JSON is shown as it is, escaped.
 */
import { printable } from '#cli/lib/print.ts';
import { paint, type Tone } from '#cli/lib/style.ts';
import { parseJsonObject } from '#client/http.ts';
import type { OutputLine } from './output-files.ts';

const TONES: Readonly<Record<string, Tone>> = {
  fatal: 'bad',
  error: 'bad',
  warn: 'warning',
  debug: 'quiet',
  trace: 'quiet',
};
/** What every line has and the table shows otherwise. */
const KNOWN = new Set(['level', 'time', 'msg', 'name', 'pid']);

export function formatLogLine({ name, text }: OutputLine, nameWidth: number): string {
  const who = paint('strong', name.padEnd(nameWidth));
  const line = parseJsonObject(text);
  if (line === undefined) return `${' '.repeat(12)}  ${who}  ${printable(text)}`;
  const level = String(line.level ?? '');
  const time = /T([\d:.]+)Z$/.exec(String(line.time ?? ''))?.[1] ?? '';
  const tone = TONES[level];
  const shown = printable(level.padEnd(5));
  const members = Object.entries(line).filter(([key]) => !KNOWN.has(key));
  const facts = members.map(([key, value]) => printable(`${key}=${valueText(value)}`)).join(' ');
  return [
    paint('quiet', printable(time.padEnd(12))),
    who,
    tone === undefined ? shown : paint(tone, shown),
    printable(String(line.msg ?? '')),
    paint('quiet', facts),
  ]
    .join('  ')
    .trimEnd();
}

/** An error by what it says; its stack is in the file. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:+-]+$/.test(value) ? value : JSON.stringify(value);
  const message = (value as { message?: unknown } | null)?.message;
  return JSON.stringify(typeof message === 'string' ? message : value);
}

/** Tables as CSV (RFC 4180), for people's spreadsheets: no text in them is taken for a formula. */
import type { ServiceContext } from '#service/app.ts';

export type Cell = string | number;

/** What spreadsheets compute; names and base64url that begin with a hyphen they cannot. */
const FORMULA = /^(?:[=+@\t\r]|-(?![\w-]*$))/;

export function csvOf(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((cells) => `${cells.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** ISO 8601 in UTC; the number itself where no calendar has it. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** As a file of this name. */
export function answerCsv(c: ServiceContext, name: string, text: string): Response {
  return c.body(text, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });
}

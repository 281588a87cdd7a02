/**
 * Tables as CSV (RFC 4180), for people's spreadsheets: no text in them is taken for a formula. The server's files and
 * those that a page saves are written by it.
 */
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

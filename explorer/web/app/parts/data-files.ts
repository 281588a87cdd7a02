/** Rows of data as JSON, for other programs. */
import type { Cell } from '#explorer/search/csv.ts';

export function jsonOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map((column, i) => [column, row[i]])),
  );
  return `${JSON.stringify(objects, undefined, 2)}\n`;
}

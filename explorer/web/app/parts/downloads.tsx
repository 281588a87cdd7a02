/** The data of a picture as files, made in the browser: nothing is asked of anybody. */
import { type Cell, csvOf } from '#explorer/search/csv.ts';
import { jsonOf } from './data-files.ts';
import { saveFile } from './save-file.ts';

export function Downloads({
  file,
  columns,
  rows,
}: {
  /** Without extension. */
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}) {
  const save = (extension: string, type: string, text: string) =>
    saveFile(`${file}.${extension}`, type, text);
  return (
    <p className="scripted downloads">
      <button type="button" onClick={() => save('csv', 'text/csv', csvOf(columns, rows))}>
        Save as CSV
      </button>{' '}
      <button type="button" onClick={() => save('json', 'application/json', jsonOf(columns, rows))}>
        Save as JSON
      </button>
    </p>
  );
}

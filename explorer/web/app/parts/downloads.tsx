/** The data of a picture as files, made in the browser: nothing is asked of anybody. */
import { type Cell, csvOf, jsonOf } from './data-files.ts';

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
  const save = (extension: string, type: string, text: string) => {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = Object.assign(document.createElement('a'), {
      href: url,
      download: `${file}.${extension}`,
    });
    link.click();
    URL.revokeObjectURL(url);
  };
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

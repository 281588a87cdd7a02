/** Two checkpoints side by side: picked or pasted, and shown by the visitor's browser to be of one log that only grew. */
import type { CompareData, PageData } from '../data/page-data.ts';
import { TITLES } from '../parts/frame.tsx';
import { numberText, Visible } from '../parts/text.tsx';

export default function ComparePage({ data, content }: { data: PageData; content: CompareData }) {
  const { logs } = data.logs;
  return (
    <>
      <h1>{TITLES.compare}</h1>
      <p>
        A log may only grow: a later checkpoint has to hold all that an earlier one held, in the
        same order. A consistency proof shows it, in hashes that your browser recomputes.
      </p>
      <form action="/compare" method="get" className="card">
        <div className="fields">
          {logs.length > 1 && (
            <p>
              <label htmlFor="c-log">Log</label>
              <select id="c-log" name="log" defaultValue={content.log ?? ''}>
                {logs.map(({ log }) => (
                  <option key={log} value={log}>
                    {log}
                  </option>
                ))}
              </select>
            </p>
          )}
          <Pick name="a" label="Earlier checkpoint, by its size" content={content} />
          <Pick name="b" label="Later checkpoint, by its size" content={content} />
        </div>
        <p>
          <button type="submit">Compare</button>
        </p>
      </form>
      {content.log !== undefined && (
        <p className="dim">
          Checkpoints of <Visible text={content.log} />.
        </p>
      )}
    </>
  );
}

function Pick({
  name,
  label,
  content,
}: {
  readonly name: 'a' | 'b';
  readonly label: string;
  readonly content: CompareData;
}) {
  const sizes = content.checkpoints?.checkpoints.map(({ size }) => size) ?? [];
  return (
    <p>
      <label htmlFor={`c-${name}`}>{label}</label>
      <input
        id={`c-${name}`}
        name={name}
        inputMode="numeric"
        pattern="[0-9]+"
        list={`c-${name}-sizes`}
        defaultValue={content[name] ?? ''}
        autoComplete="off"
      />
      <datalist id={`c-${name}-sizes`}>
        {sizes.map((size) => (
          <option key={size} value={size}>
            {numberText(size)}
          </option>
        ))}
      </datalist>
    </p>
  );
}

/** Two checkpoints side by side: picked or pasted, and shown by the visitor's browser to be of one log that only grew. */
import { type FormEvent, useState } from 'react';
import type { CompareData, PageData } from '../data/page-data.ts';
import { Comparison } from '../parts/comparison.tsx';
import { TITLES } from '../parts/frame.tsx';
import { numberText, Visible } from '../parts/text.tsx';

export default function ComparePage({ data, content }: { data: PageData; content: CompareData }) {
  const { logs } = data.logs;
  const [pasted, setPasted] = useState<Notes>();
  const picked = content.a !== undefined && content.b !== undefined;
  const notes = pasted ?? notesOf(content);
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
      <PasteNotes onCompare={setPasted} />
      {notes !== undefined && <Comparison a={notes.a} b={notes.b} />}
      {notes === undefined && picked && (
        <p className="bad">The explorer has not sent checkpoints of both sizes: pick others.</p>
      )}
      {content.log !== undefined && (
        <p className="dim">
          Checkpoints of <Visible text={content.log} />.
        </p>
      )}
    </>
  );
}

interface Notes {
  readonly a: string;
  readonly b: string;
}

/** Of the sizes that were picked, where both came. */
function notesOf({ checkpoints, ...content }: CompareData): Notes | undefined {
  const [a, b] = (['a', 'b'] as const).map(
    (name) => checkpoints?.checkpoints?.find(({ size }) => `${size}` === content[name])?.note,
  );
  return a === undefined || b === undefined ? undefined : { a, b };
}

/** Notes from elsewhere: nothing of them leaves but their sizes, which say which tiles are needed. */
function PasteNotes({ onCompare }: { readonly onCompare: (notes: Notes) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [a, b] = ['note-a', 'note-b'].map((name) => noteText(form.get(name)));
    onCompare({ a: a!, b: b! });
  };
  return (
    <details className="card scripted">
      <summary>Paste two checkpoints instead</summary>
      <form onSubmit={submit}>
        {(['a', 'b'] as const).map((name) => (
          <p key={name}>
            <label htmlFor={`c-note-${name}`}>Signed note {name.toUpperCase()}</label>
            <textarea id={`c-note-${name}`} name={`note-${name}`} rows={6} spellCheck={false} />
          </p>
        ))}
        <p>
          <button type="submit">Compare what is pasted</button>
        </p>
      </form>
    </details>
  );
}

/** Forms send lines as CR LF, and what is pasted may lack its last newline. */
function noteText(value: FormDataEntryValue | null): string {
  const text = `${value ?? ''}`.replaceAll('\r\n', '\n').trimStart();
  return text.endsWith('\n') ? text : `${text}\n`;
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

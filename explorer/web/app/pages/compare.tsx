/** Two checkpoints side by side: picked or pasted, and shown by the visitor's browser to be of one log that only grew. */
import { type FormEvent, useState } from 'react';
import type { CompareData, PageData } from '../data/page-data.ts';
import { logUrl } from '../data/route.ts';
import { Comparison } from '../parts/comparison.tsx';
import { TITLES } from '../parts/frame.tsx';
import { readNote } from '../parts/note-text.ts';
import { SignedRoot } from '../parts/signed-root.tsx';
import { Banner } from '../parts/status.tsx';
import { numberText, Visible, VisibleLines } from '../parts/text.tsx';

export default function ComparePage({ data, content }: { data: PageData; content: CompareData }) {
  const { logs } = data.logs;
  const [pasted, setPasted] = useState<Notes>();
  const { a, b } = content.notes ?? {};
  const picked = a === undefined || b === undefined ? undefined : { a, b };
  const notes = pasted ?? picked;
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
          <Pick name="a" hint="the one before B" content={content} />
          <Pick name="b" hint="size" content={content} />
        </div>
        <p>
          <button type="submit">Compare</button>{' '}
          {logs.length > 0 && (
            <a href={content.log === undefined ? '/log' : logUrl(content.log)}>
              Pick them from the list of all checkpoints
            </a>
          )}
        </p>
      </form>
      <PasteNotes onCompare={setPasted} />
      {notes !== undefined && <Comparison a={notes.a} b={notes.b} />}
      {content.missing?.map((size) => (
        <Banner
          key={size}
          tone="warn"
          title={`The explorer has seen no checkpoint of size ${size}.`}
        />
      ))}
      {content.a === undefined && a === undefined && b !== undefined && (
        <Banner tone="warn" title="The explorer has seen no checkpoint before this one." />
      )}
      {picked !== undefined && (
        <div className="grid">
          <NoteCard title="Checkpoint A" note={picked.a} />
          <NoteCard title="Checkpoint B" note={picked.b} />
        </div>
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

function NoteCard({ title, note }: { readonly title: string; readonly note: string }) {
  const read = readNote(note);
  return (
    <article className="card">
      <h2>{title}</h2>
      {read !== undefined && (
        <dl>
          <dt>Entries</dt>
          <dd>
            <Visible text={read.size} />
          </dd>
          <SignedRoot note={read} />
        </dl>
      )}
      <details open={read === undefined}>
        <summary>The signed note</summary>
        <VisibleLines text={note} />
      </details>
    </article>
  );
}

function Pick({
  name,
  hint,
  content,
}: {
  readonly name: 'a' | 'b';
  readonly hint: string;
  readonly content: CompareData;
}) {
  const sizes = content.checkpoints?.checkpoints.map(({ size }) => size) ?? [];
  return (
    <p>
      <label htmlFor={`c-${name}`}>Checkpoint {name.toUpperCase()}, by its size</label>
      <input
        id={`c-${name}`}
        name={name}
        inputMode="numeric"
        pattern="[0-9]+"
        placeholder={hint}
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

/** Rows of a list: the root that a checkpoint states, and whose lines are on it. */
import type { NoteText } from './note-text.ts';
import { Hash, Visible } from './text.tsx';

export function SignedRoot({ note: { root, signers } }: { readonly note: NoteText }) {
  return (
    <>
      <dt>Root</dt>
      <dd>
        <Hash value={root} label="Root hash" />
      </dd>
      <dt>Signed by</dt>
      <dd>
        <ul className="chips">
          {signers.map((name) => (
            <li key={name}>
              <Visible text={name} />
            </li>
          ))}
        </ul>
      </dd>
    </>
  );
}

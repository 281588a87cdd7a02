/** A file dropped or chosen, judged in the visitor's browser: nothing of it leaves. */
import type { PageData, PlainData } from '../data/page-data.ts';
import { TITLES } from '../parts/frame.tsx';

export default function CheckPage(_: { data: PageData; content: PlainData }) {
  return (
    <>
      <h1>{TITLES.check}</h1>
      <p>
        A receipt (<code>.tecp.json</code>), an offline proof (C2SP tlog-proof), evidence, a
        checkpoint or a policy: your browser says what it is, whether it holds, and by whose word.
        Nothing is uploaded.
      </p>
      <p className="scripted">
        <label htmlFor="files">Choose files, or drop them anywhere on any page</label>{' '}
        <input id="files" type="file" multiple />
      </p>
      <noscript>
        <p>
          This needs JavaScript. Without it, use <code>tecp verify FILE --policy POLICY</code>.
        </p>
      </noscript>
    </>
  );
}

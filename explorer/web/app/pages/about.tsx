/** What this is, how the browser notices a lie, and the same for programs. */
import type { PageData, PlainData } from '../data/page-data.ts';
import { TITLES } from '../parts/frame.tsx';

const PATHS = [
  ['/v1/logs', 'the logs, their sizes, checkpoints and states'],
  [
    '/v1/search?issuer=&code_ref=&policy=&from=&to=&limit=&cursor=',
    'entries that pass all filters, newest first',
  ],
  ['/v1/entries/<n>?log=', 'one entry, with its offline proof'],
  ['/v1/stats?log=', 'what the entries of a log come to'],
  ['/v1/checkpoints?log=', 'checkpoints that were seen, with who cosigned them and when'],
  ['/v1/export', 'a search as NDJSON'],
  ['/v1/feed.atom, /v1/feed.json', 'new entries of a search, as a feed'],
  ['/v1/events', 'what is new, as server-sent events'],
  [
    '/logs/<SHA-256 of the origin>/',
    "a log's public files (C2SP tlog-tiles), as far as they have been read",
  ],
] as const;

export default function AboutPage(_: { data: PageData; content: PlainData }) {
  return (
    <>
      <h1>{TITLES.about}</h1>
      <section className="card">
        <h2>What this is</h2>
        <p>
          An explorer of transparency logs. It follows logs, verifies all that it reads of them, and
          makes it searchable. A log is a list of entries that can only grow; witnesses cosign each
          of its states only while that is so.
        </p>
      </section>
      <section className="card">
        <h2>How your browser notices a lie</h2>
        <ol>
          <li>
            Each entry comes as its exact bytes, with a proof. Your browser hashes them and decodes
            them itself.
          </li>
          <li>
            The proof leads to a checkpoint. Your browser verifies the log's signature, the
            witnesses' and the quorum.
          </li>
          <li>
            Checkpoints that it saw before have to fit: your browser remembers them, and compares.
          </li>
          <li>
            A receipt's own signature, and which policies it claims, are read from the same bytes.
          </li>
        </ol>
        <p>
          What cannot be shown so is called a claim: that a list leaves nothing out, and numbers
          over all entries. Your browser can read the log again to check these, too.
        </p>
        <p>
          The program that checks came from this server as well. To depend on nobody, run the
          explorer yourself, or use <code>tecp verify</code> and <code>tecp audit</code>.
        </p>
      </section>
      <section className="card">
        <h2>The same for programs</h2>
        <p>
          The API is described by an <a href="/openapi.json">OpenAPI document</a>. Pages of any
          origin may read it.
        </p>
        <dl className="wide">
          {PATHS.map(([path, what]) => (
            <div key={path}>
              <dt>
                <code>{path}</code>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </section>
      <p className="dim">
        <a href="/licenses.txt">Licenses of what runs in your browser</a>
      </p>
    </>
  );
}

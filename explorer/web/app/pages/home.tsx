/** The first page: the logs that can be searched, and their latest entries. */
import type { LogAnswer } from '#explorer/search/answers.ts';
import type { HomeData, PageData } from '../data/page-data.ts';
import { logUrl } from '../data/route.ts';
import { EntryTable } from '../parts/entry-table.tsx';
import { LogStateTag } from '../parts/log-state.tsx';
import { readNote } from '../parts/note-text.ts';
import { SignedRoot } from '../parts/signed-root.tsx';
import { Ago, Count, Visible } from '../parts/text.tsx';

export default function HomePage({ data, content }: { data: PageData; content: HomeData }) {
  const { logs } = data.logs;
  return (
    <>
      <h1>Look up what is in a transparency log, and check it yourself</h1>
      <h2>{logs.length === 1 ? 'The log' : `${logs.length} logs`}</h2>
      <div className="grid">
        {logs.map((log) => (
          <LogCard key={log.log} log={log} />
        ))}
      </div>
      {logs.length === 0 && <p className="dim">The explorer follows no log yet.</p>}
      <h2>Latest entries</h2>
      <EntryTable
        caption="The latest entries, newest first"
        entries={content.latest.entries}
        showsLog={logs.length > 1}
        empty="There are no entries yet."
      />
      <p>
        <a href="/search">All entries, and filters</a>
      </p>
    </>
  );
}

function LogCard({ log }: { readonly log: LogAnswer }) {
  const note = log.checkpoint === undefined ? undefined : readNote(log.checkpoint);
  return (
    <article className="card">
      <h3>
        <a href={logUrl(log.log)}>
          <Visible text={log.log} />
        </a>
      </h3>
      <p>
        <LogStateTag log={log} />
      </p>
      {log.trouble !== undefined && (
        <p className="warn">
          <Visible text={log.trouble} />
        </p>
      )}
      <dl>
        <dt>Entries</dt>
        <dd>
          <Count value={log.size} />
          {log.shown_size !== undefined && log.shown_size > log.size && (
            <>
              {' '}
              of <Count value={log.shown_size} />
            </>
          )}
        </dd>
        {log.checkpoint_ms !== undefined && (
          <>
            <dt>Newest checkpoint</dt>
            <dd>
              <Ago ms={log.checkpoint_ms} />
            </dd>
          </>
        )}
        {note !== undefined && <SignedRoot note={note} />}
      </dl>
    </article>
  );
}

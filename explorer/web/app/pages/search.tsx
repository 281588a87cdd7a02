/** A search: its filters as a form that works without scripts, and what it has found. */
import type { LogAnswer } from '#explorer/search/answers.ts';
import type { PageData, SearchData } from '../data/page-data.ts';
import { searchUrl } from '../data/route.ts';
import { EntryTable } from '../parts/entry-table.tsx';
import { Pager } from '../parts/pager.tsx';
import { RecountList } from '../parts/recount.tsx';
import { Banner } from '../parts/status.tsx';
import { countText, Visible } from '../parts/text.tsx';

export default function SearchPage({ data, content }: { data: PageData; content: SearchData }) {
  const { logs } = data.logs;
  const { refused, found, query, text } = content;
  return (
    <>
      <h1>
        {text === '' ? (
          'Search'
        ) : (
          <>
            Search: <Visible text={text} />
          </>
        )}
      </h1>
      {refused !== undefined && (
        <Banner tone="warn" title="This search cannot be meant.">
          <p>
            <code>
              <Visible text={refused.parameter} />
            </code>
            : <Visible text={refused.message} />
          </p>
          {refused.better !== undefined && (
            <p>
              <a href={`/search?${refused.better}`}>Search for what may have been meant</a>
            </p>
          )}
        </Banner>
      )}
      <FilterForm key={query} fields={content.fields} logs={logs} isOpen={query === ''} />
      {found !== undefined && (
        <>
          <h2>
            {countText(found.entries.length, 'entry', 'entries')} on this page
            {found.next_cursor !== undefined && ', more are older'}
          </h2>
          <EntryTable
            caption="Entries that pass, newest first"
            entries={found.entries}
            showsLog={logs.length > 1}
            empty={
              found.next_cursor === undefined
                ? 'No entry passes these filters.'
                : 'None among those that were looked through for this page. Older ones may.'
            }
          />
          {content.likely !== undefined && (
            <p>
              <a href={`/search?${content.likely}`}>Search for what may have been meant</a>
            </p>
          )}
          <Pager
            label="Pages of this search"
            first={content.cursor === undefined ? undefined : `/search?${query}`}
            next={found.next_cursor === undefined ? undefined : nextUrl(query, found.next_cursor)}
          />
          <RecountList content={content} />
          <Exports query={query} />
        </>
      )}
    </>
  );
}

function nextUrl(query: string, cursor: string): string {
  const next = new URLSearchParams(query);
  next.set('cursor', cursor);
  return searchUrl(next);
}

function Exports({ query }: { readonly query: string }) {
  const mark = query === '' ? '' : `?${query}`;
  return (
    <p className="dim">
      The same for programs: <a href={`/v1/search${mark}`}>JSON</a>,{' '}
      <a href={`/v1/export${mark}`}>all as NDJSON</a>. New ones as a feed:{' '}
      <a href={`/v1/feed.atom${mark}`}>Atom</a>, <a href={`/v1/feed.json${mark}`}>JSON Feed</a>.
    </p>
  );
}

interface FieldText {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
}

const TEXTS: readonly FieldText[] = [
  { name: 'index', label: 'Index', hint: '0 is the first' },
  { name: 'leaf', label: 'Leaf hash', hint: 'hex or base64' },
  { name: 'code_ref', label: 'Code reference', hint: 'exactly' },
  { name: 'code_ref_prefix', label: 'Code reference begins with', hint: 'git:0123' },
  { name: 'issuer', label: 'Issuer', hint: 'public key, hex or base64' },
  { name: 'input_hash', label: 'Input hash', hint: 'hex or base64' },
  { name: 'output_hash', label: 'Output hash', hint: 'hex or base64' },
  { name: 'nonce', label: 'Nonce', hint: 'hex or base64' },
  { name: 'hash', label: 'Any hash', hint: 'leaf, issuer, input, output or nonce' },
  { name: 'from', label: 'Made at or after', hint: '2026-11-23T12:00:00Z' },
  { name: 'to', label: 'Made before', hint: '2026-11-24' },
];
/** So many can be filled in here; a URL may have more. */
const POLICY_FIELDS = 3;

function FilterForm({
  fields,
  logs,
  isOpen,
}: {
  readonly fields: SearchData['fields'];
  readonly logs: readonly LogAnswer[];
  readonly isOpen: boolean;
}) {
  const policies = fields.policy ?? [];
  const places = Math.max(POLICY_FIELDS, policies.length + 1);
  return (
    <details className="card filters" open={isOpen}>
      <summary>Filters</summary>
      <form action="/search" method="get">
        <div className="fields">
          {logs.length > 1 && (
            <p>
              <label htmlFor="f-log">Log</label>
              <select id="f-log" name="log" defaultValue={fields.log?.[0] ?? ''}>
                <option value="">all logs</option>
                {logs.map(({ log }) => (
                  <option key={log} value={log}>
                    {log}
                  </option>
                ))}
              </select>
            </p>
          )}
          {TEXTS.map(({ name, label, hint }) => (
            <p key={name}>
              <label htmlFor={`f-${name}`}>{label}</label>
              <input
                id={`f-${name}`}
                name={name}
                defaultValue={fields[name]?.[0] ?? ''}
                placeholder={hint}
                autoComplete="off"
                spellCheck={false}
              />
            </p>
          ))}
          {Array.from({ length: places }, (_, i) => (
            <p key={i}>
              <label htmlFor={`f-policy-${i}`}>Policy {i + 1}</label>
              <input
                id={`f-policy-${i}`}
                name="policy"
                defaultValue={policies[i] ?? ''}
                placeholder="no_retention"
                autoComplete="off"
                spellCheck={false}
              />
            </p>
          ))}
        </div>
        <p>
          <button type="submit">Search</button> <a href="/search">Start over</a>
        </p>
        <p className="dim">An entry has to pass all filters. Times are those that entries state.</p>
      </form>
    </details>
  );
}

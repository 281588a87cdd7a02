/** Entries in a list, as every page shows them. */
import type { EntryAnswer } from '#explorer/search/answers.ts';
import { entryUrl, searchUrl } from '../data/route.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Tag } from './status.tsx';
import { Hash, Time, Visible, visibleLine } from './text.tsx';

/** Code points of a title in a list; the page of the entry has more. */
const TITLE = 120;

export function EntryTable({
  caption,
  entries,
  showsLog,
  empty,
}: {
  readonly caption: string;
  readonly entries: readonly EntryAnswer[];
  /** Whether they are of several logs. */
  readonly showsLog: boolean;
  readonly empty: string;
}) {
  const log: Column<EntryAnswer> = {
    name: 'Log',
    by: (entry) => entry.log,
    cell: (entry) => <Visible text={entry.log} />,
  };
  return (
    <DataTable
      caption={caption}
      rows={entries}
      keyOf={(entry) => `${entry.index} ${entry.log}`}
      empty={empty}
      columns={[
        {
          name: 'Entry',
          isNumber: true,
          by: ({ index }) => index,
          cell: (entry) => (
            <a href={entryUrl(entry.index, entry.log)} className="num">
              {entry.index}
            </a>
          ),
        },
        ...(showsLog ? [log] : []),
        { name: 'Code', by: ({ summary }) => summary.title, cell: titleOf },
        {
          name: 'Says it was made',
          by: ({ summary }) => summary.time_ms ?? 0,
          cell: ({ summary }) =>
            summary.time_ms === undefined ? '' : <Time ms={summary.time_ms} />,
        },
        {
          name: 'Issuer',
          by: ({ summary }) => summary.issuer ?? '',
          cell: ({ summary }) =>
            summary.issuer === undefined ? '' : <Hash value={summary.issuer} label="Issuer" />,
        },
        {
          name: 'Policies',
          cell: ({ summary }) => <PolicyChips policies={summary.policies ?? []} />,
        },
      ]}
    />
  );
}

function titleOf({ summary: { title }, fault, type }: EntryAnswer) {
  return (
    <>
      <span className="title">
        <Visible text={title} most={TITLE} />
      </span>{' '}
      {type !== 'tecp-receipt' && (
        <span className="dim">
          <Visible text={type} />
        </span>
      )}{' '}
      {fault !== undefined && <Tag tone="bad">must not stand in a log: {visibleLine(fault)}</Tag>}
    </>
  );
}

/** Each leads to the entries that claim it. */
export function PolicyChips({ policies }: { readonly policies: readonly string[] }) {
  return (
    <ul className="chips">
      {policies.map((policy) => (
        <li key={policy}>
          <a href={searchUrl({ policy })}>
            <Visible text={policy} />
          </a>
        </li>
      ))}
    </ul>
  );
}

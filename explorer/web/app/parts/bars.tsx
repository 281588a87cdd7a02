/** Counts by a value, the greatest first: a table with a bar for each, which needs no script and prints. */
import type { ReactNode } from 'react';
import { DataTable } from './data-table.tsx';
import { Downloads } from './downloads.tsx';
import { Count } from './text.tsx';

export interface Bar {
  readonly key: string;
  readonly label: ReactNode;
  readonly count: number;
}

export function Bars({
  title,
  what,
  bars,
  file,
  note,
}: {
  readonly title: string;
  /** Of what each bar is, such as "Policy". */
  readonly what: string;
  readonly bars: readonly Bar[];
  /** Name of a file with the same data, without its extension. */
  readonly file: string;
  readonly note?: ReactNode;
}) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <section className="card">
      <h3>{title}</h3>
      <DataTable
        caption={`${title}, as a table`}
        rows={bars}
        keyOf={({ key }) => key}
        columns={[
          { name: what, cell: ({ label }) => label },
          {
            name: 'Entries',
            isNumber: true,
            by: ({ count }) => count,
            cell: ({ count }) => <Count value={count} />,
          },
          { name: 'Share', cell: ({ count }) => <ShareBar share={count / most} /> },
        ]}
      />
      {note}
      <Downloads
        file={file}
        columns={[what.toLowerCase(), 'entries']}
        rows={bars.map(({ key, count }) => [key, count])}
      />
    </section>
  );
}

function ShareBar({ share }: { readonly share: number }) {
  return (
    <svg className="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.max(0.5, share * 100)} height="10" />
    </svg>
  );
}

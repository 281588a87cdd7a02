/**
 * A table of data: rendered on the server as it came, and where scripts run sorted by whichever column is asked
 * for. On a narrow screen each row is a block whose cells say what they are.
 */
import { type ReactNode, useState } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** By which the column can be sorted. */
  readonly by?: (row: Row) => number | string;
  readonly isNumber?: boolean;
}

interface Order {
  readonly column: string;
  readonly isDown: boolean;
}

export function DataTable<Row>({
  caption,
  columns,
  rows,
  keyOf,
  empty = 'There is nothing here.',
}: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly empty?: ReactNode;
}) {
  const [order, setOrder] = useState<Order>();
  if (rows.length === 0) return <p className="dim">{empty}</p>;
  const turn = (column: string) =>
    setOrder({ column, isDown: order?.column === column && !order.isDown });
  return (
    <table className="data">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.name} {...{ column, order, turn }} />
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted(rows, columns, order).map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ name, cell, isNumber }) => (
              <td key={name} data-label={name} className={isNumber ? 'num' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Head<Row>({
  column: { name, by, isNumber },
  order,
  turn,
}: {
  readonly column: Column<Row>;
  readonly order: Order | undefined;
  readonly turn: (column: string) => void;
}) {
  const className = isNumber ? 'num' : undefined;
  if (by === undefined) {
    return (
      <th scope="col" className={className}>
        {name}
      </th>
    );
  }
  const direction = order?.column !== name ? 'none' : order.isDown ? 'descending' : 'ascending';
  const arrow = { none: '', ascending: ' ↑', descending: ' ↓' }[direction];
  return (
    <th scope="col" className={className} aria-sort={direction}>
      <button type="button" className="sort" onClick={() => turn(name)}>
        {name}
        <span aria-hidden="true">{arrow}</span>
      </button>
    </th>
  );
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: Order | undefined,
): readonly Row[] {
  const by = columns.find(({ name }) => name === order?.column)?.by;
  if (by === undefined || order === undefined) return rows;
  const up = rows.toSorted((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0));
  return order.isDown ? up.reverse() : up;
}

/** What this browser remembers of each log: all that is shown later is compared with it, until the visitor has it forget. */
import { useContext } from 'react';
import type { SeenNote } from '../../verify/checkpoints/seen-checkpoints.ts';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import { DataTable } from './data-table.tsx';
import { readNote } from './note-text.ts';
import { Hash, Time, Visible } from './text.tsx';

export function Remembered() {
  const checks = useContext(ChecksContext);
  const { again } = useContext(CheckActionsContext);
  if (checks.state !== 'checked') {
    return (
      <p className="dim">Your browser remembers what it has verified, which takes JavaScript.</p>
    );
  }
  const { seen } = checks.page.verifier;
  const forget = (log: string) => {
    seen.forget(log);
    again();
  };
  return (
    <DataTable
      caption="The newest checkpoint of each log that your browser has verified"
      rows={seen.all}
      keyOf={({ log }) => log}
      empty="It remembers nothing."
      columns={[
        { name: 'Log', by: ({ log }) => log, cell: ({ log }) => <Visible text={log} /> },
        { name: 'Size', isNumber: true, cell: ({ note }) => readNote(note)?.size },
        { name: 'Root', cell: RootOf },
        { name: 'Seen', by: ({ seenMs }) => seenMs, cell: ({ seenMs }) => <Time ms={seenMs} /> },
        {
          name: 'Begin anew',
          cell: ({ log }) => (
            <details className="forget">
              <summary>Forget …</summary>
              <p>
                Your browser then takes what is shown to it next for the first that it sees of this
                log. If the log has contradicted itself, you will not be told again: save the
                evidence first.
              </p>
              <button type="button" onClick={() => forget(log)}>
                Forget what was seen of <Visible text={log} />
              </button>
            </details>
          ),
        },
      ]}
    />
  );
}

function RootOf({ note }: SeenNote) {
  return <Hash value={readNote(note)?.root ?? ''} label="Root hash" />;
}

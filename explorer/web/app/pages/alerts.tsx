/** What a monitor says of the logs and their witnesses: its words, passed on, but for evidence, which proves itself. */
import type {
  ToldAgreement,
  ToldAlert,
  ToldEvidence,
  ToldWitness,
} from '#explorer/search/answers.ts';
import type { AlertsData, PageData } from '../data/page-data.ts';
import { DataTable } from '../parts/data-table.tsx';
import { TITLES } from '../parts/frame.tsx';
import { Banner, Tag, type Tone } from '../parts/status.tsx';
import { Count, Hash, KeyText, Time, Visible } from '../parts/text.tsx';

export default function AlertsPage({ content }: { data: PageData; content: AlertsData }) {
  const { url, told, trouble } = content.monitor;
  if (url === undefined) {
    return (
      <>
        <h1>{TITLES.alerts}</h1>
        <p>
          The explorer is told of no monitor. It compares what each log shows by itself: a log that
          contradicts itself is said on every page, with the evidence.
        </p>
      </>
    );
  }
  return (
    <>
      <h1>{TITLES.alerts}</h1>
      <p className="dim">
        As the monitor at <Visible text={url} /> says
        {told !== undefined && (
          <>
            , asked last at <Time ms={told.at_ms} />
          </>
        )}
        . These are its words; only evidence proves itself.
      </p>
      {trouble !== undefined && (
        <Banner tone="warn" title="The monitor does not answer.">
          <p>
            <Visible text={trouble} />
          </p>
        </Banner>
      )}
      {told !== undefined && (
        <>
          <Banner
            tone={told.ok ? 'good' : 'bad'}
            title={told.ok ? 'The monitor says that all is well.' : 'The monitor has open alerts.'}
          />
          <h2>Alerts</h2>
          <AlertTable alerts={told.alerts} />
          <h2>Evidence</h2>
          <EvidenceTable evidence={told.evidence} />
          <h2>Agreement of witnesses</h2>
          {told.witnesses.map((witness) => (
            <WitnessCard key={witness.name} witness={witness} />
          ))}
          {told.witnesses.length === 0 && <p className="dim">It watches none.</p>}
        </>
      )}
    </>
  );
}

function AlertTable({ alerts }: { readonly alerts: readonly ToldAlert[] }) {
  return (
    <DataTable
      caption="Alerts of the monitor, newest first"
      rows={alerts}
      keyOf={({ id }) => `${id}`}
      empty="It has raised none."
      columns={[
        {
          name: 'Alert',
          cell: ({ title, severity, detail }) => (
            <>
              <Tag tone={severity === 'critical' ? 'bad' : 'warn'}>{severity}</Tag>{' '}
              <strong>
                <Visible text={title} />
              </strong>
              <br />
              <span className="dim">
                <Visible text={detail} />
              </span>
            </>
          ),
        },
        {
          name: 'Of',
          by: ({ log = '' }) => log,
          cell: ({ log, subject }) => (
            <>
              {log !== undefined && <Visible text={log} />}{' '}
              {subject !== undefined && <Visible text={subject} />}
            </>
          ),
        },
        {
          name: 'Raised',
          by: ({ raised_ms }) => raised_ms,
          cell: ({ raised_ms }) => <Time ms={raised_ms} />,
        },
        {
          name: 'Resolved',
          cell: ({ resolved_ms }) =>
            resolved_ms === undefined ? <Tag tone="warn">open</Tag> : <Time ms={resolved_ms} />,
        },
      ]}
    />
  );
}

function EvidenceTable({ evidence }: { readonly evidence: readonly ToldEvidence[] }) {
  return (
    <DataTable
      caption="Evidence that the monitor holds"
      rows={evidence}
      keyOf={({ id }) => id}
      empty="It holds none."
      columns={[
        { name: 'Kind', by: ({ kind }) => kind, cell: ({ kind }) => <Visible text={kind} /> },
        { name: 'Log', by: ({ log }) => log, cell: ({ log }) => <Visible text={log} /> },
        {
          name: 'Accused key',
          cell: ({ accused }) => <KeyText value={accused} label="Accused key" />,
        },
        {
          name: 'Found',
          by: ({ found_ms }) => found_ms,
          cell: ({ found_ms }) => <Time ms={found_ms} />,
        },
        { name: 'Identifier', cell: ({ id }) => <Hash value={id} label="Evidence" /> },
        { name: 'Document', cell: ({ id }) => <a href={`/v1/evidence/${id}`}>Document</a> },
      ]}
    />
  );
}

const AGREEMENTS: Readonly<Record<ToldAgreement, readonly [Tone, string]>> = {
  agrees: ['good', 'agrees'],
  pending: ['busy', 'being compared'],
  contradicts: ['bad', 'CONTRADICTS'],
  'went-back': ['bad', 'went back'],
  absent: ['warn', 'shows nothing'],
  unknown: ['busy', 'not known'],
};

function WitnessCard({ witness }: { readonly witness: ToldWitness }) {
  return (
    <article className="card">
      <h3>
        <Visible text={witness.name} />{' '}
        <Tag tone={witness.answering ? 'good' : 'warn'}>
          {witness.answering ? 'answers' : 'does not answer'}
        </Tag>
      </h3>
      {witness.failure !== undefined && (
        <p className="warn">
          <Visible text={witness.failure} />
        </p>
      )}
      <ul className="plain">
        {witness.logs.map(({ log, agreement, size, cosigned_ms }) => {
          const [tone, words] = AGREEMENTS[agreement];
          return (
            <li key={log}>
              <Visible text={log} /> <Tag tone={tone}>{words}</Tag>{' '}
              {size !== undefined && (
                <>
                  at size <Count value={size} />
                </>
              )}
              {cosigned_ms !== undefined && (
                <>
                  , cosigned <Time ms={cosigned_ms} />
                </>
              )}
            </li>
          );
        })}
      </ul>
    </article>
  );
}

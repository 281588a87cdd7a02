/** One entry: what it says, what it does not prove, its bytes, and its place in the tree. */
import type { EntryData, PageData } from '../data/page-data.ts';
import { logUrl, searchUrl } from '../data/route.ts';
import { bytesOf, shownBytes } from '../parts/entry-bytes.ts';
import { EntryTable, PolicyChips } from '../parts/entry-table.tsx';
import { EntryVerdictCard } from '../parts/entry-verdict.tsx';
import { ProofSection } from '../parts/proof-section.tsx';
import { ReceiptVerdict } from '../parts/receipt-verdict.tsx';
import { Tag } from '../parts/status.tsx';
import { bytesText, Time, Visible, VisibleLines, Whole } from '../parts/text.tsx';

/** Code points of a title. All of it is among the bytes below. */
const TITLE = 1024;

export default function EntryPage({ content }: { data: PageData; content: EntryData }) {
  const { entry, others } = content;
  const { summary } = entry;
  const isReceipt = entry.type === 'tecp-receipt';
  return (
    <>
      <h1>
        Entry <span className="num">{entry.index}</span> of <Visible text={entry.log} />
      </h1>
      {entry.fault !== undefined && (
        <p>
          <Tag tone="bad">must not stand in a log</Tag>{' '}
          <code>
            <Visible text={entry.fault} />
          </code>
        </p>
      )}
      <ReceiptVerdict />
      {isReceipt ? <ReceiptWords summary={summary} /> : <BytesWords type={entry.type} />}
      <EntryVerdictCard />
      <h2>What it holds</h2>
      <article className="card">
        <dl>
          {summary.title !== summary.code_ref && (
            <>
              <dt>Title</dt>
              <dd>
                <Visible text={summary.title} most={TITLE} />
              </dd>
            </>
          )}
          {summary.time_ms !== undefined && (
            <>
              <dt>Says it was made</dt>
              <dd>
                <Time ms={summary.time_ms} />
              </dd>
            </>
          )}
          <Member name="code_ref" label="Code" value={summary.code_ref} />
          <Member name="issuer" label="Issuer's key" value={summary.issuer} />
          <Member name="input_hash" label="SHA-256 of the input" value={summary.input_hash} />
          <Member name="output_hash" label="SHA-256 of the output" value={summary.output_hash} />
          <Member name="nonce" label="Nonce" value={summary.nonce} />
          {summary.policies !== undefined && (
            <>
              <dt>Claims to follow</dt>
              <dd>
                <PolicyChips policies={summary.policies} />
                {summary.policies.length === 0 && 'none'}
              </dd>
            </>
          )}
        </dl>
      </article>
      <h2>Its place in the tree</h2>
      <article className="card">
        <dl>
          <dt>Log</dt>
          <dd>
            <a href={logUrl(entry.log)}>
              <Visible text={entry.log} />
            </a>
          </dd>
          <dt>Leaf hash</dt>
          <dd>
            <Whole value={entry.leaf_hash} label="leaf hash" />
          </dd>
          <dt>Proof</dt>
          <dd>
            <span className="num">{entry.proof.length}</span> hashes from the leaf to the root
          </dd>
        </dl>
        <ProofSection entry={entry} />
        <details>
          <summary>The offline proof (C2SP tlog-proof), for other programs</summary>
          <VisibleLines text={entry.tlog_proof} />
        </details>
      </article>
      <RawBytes base64={entry.entry} />
      {others !== undefined && summary.issuer !== undefined && (
        <>
          <h2>Of the same issuer</h2>
          <EntryTable
            caption="The issuer's latest entries in this log"
            entries={others.entries}
            showsLog={false}
            empty="There are none."
          />
          <p>
            <a href={searchUrl({ issuer: summary.issuer })}>All entries of this issuer</a>
          </p>
        </>
      )}
    </>
  );
}

function Member({
  name,
  label,
  value,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
}) {
  if (value === undefined) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <Whole value={value} label={label} />{' '}
        <a href={searchUrl({ [name]: value })} aria-label={`others with this: ${label}`}>
          others
        </a>
      </dd>
    </>
  );
}

function ReceiptWords({ summary }: { readonly summary: EntryData['entry']['summary'] }) {
  const count = summary.policies?.length ?? 0;
  return (
    <div className="grid">
      <section className="card">
        <h2>What this receipt says</h2>
        <p>
          Whoever holds the issuer's key has signed that the code below ran on an input with this
          hash and gave an output with this hash
          {count > 0 ? ', and that the run follows the policies that are named' : ''}.
        </p>
        <p>
          That it stands in the log says that it was there when the witnesses cosigned, that
          everybody sees the same one, and that it cannot be changed or taken back unnoticed.
        </p>
      </section>
      <section className="card">
        <h2>What it does not prove</h2>
        <ul>
          <li>That the output is right, or that this code made it: the issuer says so.</li>
          <li>
            That the policies were kept. They are claims; whoever audits the issuer judges them.
          </li>
          <li>Who the issuer is: anybody can make a key. Compare it over another channel.</li>
          <li>
            That it was made at the time it states. That it existed when it was logged is shown.
          </li>
          <li>That the issuer logged every run, or that no other receipt says the opposite.</li>
        </ul>
      </section>
    </div>
  );
}

function BytesWords({ type }: { readonly type: string }) {
  return (
    <section className="card">
      <h2>What this entry says</h2>
      <p>
        It is of type{' '}
        <code>
          <Visible text={type} />
        </code>
        , of which this page knows no more than its bytes. That it stands in the log says that it
        was there when the witnesses cosigned, and that everybody sees the same one. It does not say
        that what it holds is true.
      </p>
    </section>
  );
}

function RawBytes({ base64 }: { readonly base64: string }) {
  const bytes = bytesOf(base64);
  const shown = bytes === undefined ? undefined : shownBytes(bytes);
  return (
    <>
      <h2>Its exact bytes</h2>
      <article className="card">
        {bytes === undefined || shown === undefined ? (
          <p>They did not come as base64.</p>
        ) : (
          <>
            <p className="dim">
              {bytesText(bytes.length)}, as {shown.form}
              {shown.isWhole ? '' : ', the beginning'}.
            </p>
            <VisibleLines text={shown.text} />
          </>
        )}
        <details>
          <summary>The same in base64</summary>
          <pre>{base64}</pre>
        </details>
      </article>
    </>
  );
}

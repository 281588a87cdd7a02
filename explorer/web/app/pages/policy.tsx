/** Whom the visitor's browser believes: the explorer's policies, or the visitor's own. */
import type { PageData, PlainData } from '../data/page-data.ts';
import { TITLES } from '../parts/frame.tsx';
import { OwnPoliciesPart } from '../parts/own-policies.tsx';
import { PolicyView } from '../parts/policy-view.tsx';
import { Remembered } from '../parts/remembered.tsx';
import { Visible } from '../parts/text.tsx';

export default function PolicyPage({ data }: { data: PageData; content: PlainData }) {
  return (
    <>
      <h1>{TITLES.policy}</h1>
      <p>
        A policy says which key speaks for a log, which witnesses count, and how many of them have
        to cosign. The policies below are those that the explorer offers. Who lies to you would
        offer its own: get one from somebody whom you trust, and your browser believes that one
        instead.
      </p>
      <h2>Your own</h2>
      <OwnPoliciesPart />
      <h2>What this browser remembers</h2>
      <p>
        Whatever an explorer shows you of a log has to go on from what you have seen of it before.
        Nothing of this leaves your browser.
      </p>
      <Remembered />
      <h2>What the explorer offers</h2>
      {data.logs.logs.map(({ log, policy }) => (
        <article className="card" key={log}>
          <h3>
            <Visible text={log} />
          </h3>
          <PolicyView text={policy} file="policy.txt" />
        </article>
      ))}
    </>
  );
}

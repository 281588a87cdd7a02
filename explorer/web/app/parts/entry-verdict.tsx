/** What the visitor's browser has found of one entry, in words. */
import { useContext } from 'react';
import { ChecksContext } from '../checks/state.ts';
import { Tag } from './status.tsx';
import { Time, Visible } from './text.tsx';

export function EntryVerdictCard() {
  const checks = useContext(ChecksContext);
  if (checks.state !== 'checked' || checks.page.entry === undefined) return null;
  const { isIncluded, decoded, receipt } = checks.page.entry;
  const checkpoint = checks.page.entryCheckpoint;
  return (
    <section className="card">
      <h2>What your browser found</h2>
      <ul>
        <li>
          <Tag tone={isIncluded ? 'good' : 'bad'}>{isIncluded ? 'in the tree' : 'NOT SHOWN'}</Tag>{' '}
          {isIncluded
            ? 'Its exact bytes hash to a leaf that leads to the root of the checkpoint.'
            : 'Its bytes do not lead to the root of the checkpoint.'}
        </li>
        {checkpoint !== undefined && (
          <li>
            <Tag tone={checkpoint.isVerified ? 'good' : 'bad'}>
              {checkpoint.isVerified ? 'signed' : 'NOT VERIFIED'}
            </Tag>{' '}
            <Visible text={checkpoint.words} />
          </li>
        )}
        {decoded?.fault !== undefined && (
          <li>
            <Tag tone="bad">must not stand in a log</Tag> <Visible text={decoded.fault.code} />:{' '}
            <Visible text={decoded.fault.message} />
          </li>
        )}
        {receipt !== undefined && (
          <li>
            <Tag tone={receipt.verdict.valid ? 'good' : 'bad'}>
              {receipt.verdict.valid ? 'valid receipt' : 'INVALID receipt'}
            </Tag>{' '}
            {receipt.verdict.valid && "The issuer's signature verifies, and nothing else is wrong."}
            {receipt.verdict.logged_at !== undefined && (
              <>
                {' '}
                A quorum of witnesses had cosigned it by <Time ms={receipt.verdict.logged_at} />.
              </>
            )}
          </li>
        )}
        {[...(receipt?.verdict.errors ?? []), ...(receipt?.verdict.warnings ?? [])].map((one) => (
          <li key={`${one.code} ${one.message}`}>
            <code>{one.code}</code> <Visible text={one.message} />
          </li>
        ))}
        {receipt?.isOldByThisProof === true && (
          <li>
            By this proof, of today's checkpoint, it is older than the profile allows: an earlier
            proof may show that it was logged in time.
          </li>
        )}
      </ul>
    </section>
  );
}

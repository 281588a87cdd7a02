/** The verdict on a receipt in a log, in the words of `tecp verify`, once the browser has made it. */
import { useContext } from 'react';
import { describeEntryError, VERDICT_WORDS } from '#protocol/verdict/words.ts';
import { ChecksContext } from '../checks/state.ts';
import { Tag } from './status.tsx';
import { Visible } from './text.tsx';

export function ReceiptVerdict() {
  const checks = useContext(ChecksContext);
  const entry = checks.state === 'checked' ? checks.page.entry : undefined;
  if (entry?.receipt === undefined) return null;
  const { verdict, isOldByThisProof } = entry.receipt;
  const { text, tone } = VERDICT_WORDS[verdict.valid ? 'VALID' : 'INVALID'];
  return (
    <section aria-label="Verdict">
      <p>
        <Tag tone={tone === 'warning' ? 'warn' : tone}>{text}</Tag> by its signature, its proof and
        profile <code>{verdict.profile}</code>
      </p>
      {[...verdict.errors, ...verdict.warnings].map((found) => (
        <p key={`${found.code} ${found.field} ${found.message}`} className="dim">
          <Visible text={describeEntryError(found)} />
        </p>
      ))}
      {isOldByThisProof && (
        <p className="dim">
          Whether it was logged in time is not shown here: the proof on this page is of today, and
          shows that it was logged by now. A receipt with the proof that it was given then does.
        </p>
      )}
    </section>
  );
}

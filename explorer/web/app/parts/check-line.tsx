/** What the visitor's browser has found of what the page shows: at the same place on every page. */
import { useContext } from 'react';
import type { FindingCode } from '../../verify/findings.ts';
import { type CheckedPage, ChecksContext } from '../checks/state.ts';
import type { Content, PageData } from '../data/page-data.ts';
import { SaveEvidence } from './save-evidence.tsx';
import { Banner } from './status.tsx';
import { visibleLine } from './visible-text.ts';

/** A lie is told once in full; of a thousand the beginning says enough. */
const MAX_FINDINGS = 20;

/** What is wrong only with what was seen at another visit. */
const OF_BEFORE: ReadonlySet<FindingCode> = new Set([
  'log-contradiction',
  'log-rolled-back',
  'log-not-compared',
  'log-not-kept',
  'log-not-listed',
]);

export function CheckLine({ data }: { readonly data: PageData }) {
  const checks = useContext(ChecksContext);
  if (data.content.page === 'problem') return null;
  if (checks.state === 'unchecked') {
    return (
      <Banner tone="busy" title="Not checked.">
        {' '}
        Verification needs JavaScript: without it, this page is what the server says.
      </Banner>
    );
  }
  if (checks.state === 'checking') {
    return <Banner tone="busy" title="Your browser is checking what this page shows …" />;
  }
  if (checks.state === 'broken') {
    return (
      <Banner tone="bad" title="Your browser could not check this page.">
        <p>{visibleLine(checks.reason)}</p>
      </Banner>
    );
  }
  const { findings, evidence, claims } = checks.page;
  const alarms = findings.filter(({ gravity }) => gravity === 'alarm');
  const doubts = findings.filter(({ gravity }) => gravity === 'doubt');
  const shown = [...alarms, ...doubts].slice(0, MAX_FINDINGS);
  const tone = alarms.length > 0 ? 'bad' : findings.length > 0 ? 'warn' : 'good';
  const title =
    alarms.length > 0
      ? 'FAILED: what this page shows cannot all be true.'
      : findings.length > 0
        ? 'Checked, with doubts.'
        : 'Checked by your browser.';
  return (
    <Banner tone={tone} title={title}>
      {' '}
      {alarms.length === 0 && <CheckedWords page={checks.page} />}
      {shown.length > 0 && (
        <ul className="findings">
          {shown.map((finding, i) => (
            <li key={i}>
              {finding.title}
              {finding.index !== undefined && `, entry ${finding.index}`}
              {finding.log !== undefined && `, log ${visibleLine(finding.log)}`}: expected{' '}
              <code>{visibleLine(finding.expected)}</code>, got{' '}
              <code>{visibleLine(finding.got)}</code>
            </li>
          ))}
          {findings.length > shown.length && <li>and {findings.length - shown.length} more</li>}
        </ul>
      )}
      {findings.some(({ code }) => OF_BEFORE.has(code)) && (
        <p>
          Your browser compares each log with what it saw of it before:{' '}
          <a href="/policy">what it remembers, and how to have it forget</a>.
        </p>
      )}
      <SaveEvidence evidence={evidence} />
      {claims.length > 0 && (
        <details>
          <summary>What this does not show</summary>
          <ul>
            {claims.map((claim) => (
              <li key={claim}>{visibleLine(claim)}</li>
            ))}
          </ul>
        </details>
      )}
    </Banner>
  );
}

/** Pages on which nothing else is that could be verified. */
const UNSIGNED: ReadonlySet<Content['page']> = new Set(['check', 'policy', 'alerts', 'about']);

function CheckedWords({ page: { checked, trust, data } }: { readonly page: CheckedPage }) {
  if (checked.length === 0) return 'Nothing on this page is signed.';
  const rest = UNSIGNED.has(data.content.page) ? ' Nothing else on this page is signed.' : '';
  const judges = trust.map((words) => visibleLine(words)).join(', or ');
  return `Verified here, ${judges}: ${checked.join(', ')}.${rest}`;
}

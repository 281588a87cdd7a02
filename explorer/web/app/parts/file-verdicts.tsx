/** Verdicts on files, as the visitor's browser gives them: nothing of a file has left it. */
import { useContext } from 'react';
import type { FileVerdict } from '../../verify/files/judge-files.ts';
import { CheckActionsContext, ChecksContext } from '../checks/state.ts';
import { searchUrl } from '../data/route.ts';
import { Tag } from './status.tsx';
import { Visible } from './text.tsx';

const TONES = { good: 'good', warning: 'warn', bad: 'bad', neutral: 'busy' } as const;

export function FileVerdicts({ verdicts }: { readonly verdicts: readonly FileVerdict[] }) {
  return verdicts.map((verdict, i) => (
    <article className="card" key={i} data-verdict={verdict.tone}>
      <h3>
        <Visible text={verdict.name} />
      </h3>
      <p>
        <Tag tone={TONES[verdict.tone]}>
          <Visible text={verdict.headline} />
        </Tag>{' '}
        {verdict.trust !== undefined && (
          <span className="dim">
            <Visible text={verdict.trust.words} />
          </span>
        )}
      </p>
      <Lines lines={verdict.reasons} className="bad" />
      <dl>
        {verdict.facts.map(([name, value], k) => (
          <Fact key={k} name={name} value={value} />
        ))}
      </dl>
      <Lines lines={verdict.warnings} className="warn" />
      {verdict.leafHash !== undefined && (
        <p>
          <a href={searchUrl({ leaf: verdict.leafHash })}>Look for it in the logs</a>{' '}
          <span className="dim">(this asks the explorer for its leaf hash)</span>
        </p>
      )}
      {verdict.policyText !== undefined && (
        <TakePolicy name={verdict.name} text={verdict.policyText} />
      )}
    </article>
  ));
}

function Lines({ lines, className }: { readonly lines: readonly string[]; className: string }) {
  if (lines.length === 0) return null;
  return (
    <ul className={className}>
      {lines.map((line) => (
        <li key={line}>
          <Visible text={line} />
        </li>
      ))}
    </ul>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>
        <Visible text={name} />
      </dt>
      <dd>
        <code>
          <Visible text={value} />
        </code>
      </dd>
    </>
  );
}

function TakePolicy({ name, text }: { readonly name: string; readonly text: string }) {
  const checks = useContext(ChecksContext);
  const { again } = useContext(CheckActionsContext);
  if (checks.state !== 'checked') return null;
  const { policies } = checks.page.verifier;
  const take = () => {
    policies.add(name, text);
    again();
  };
  if (policies.all.some((own) => own.text === text)) return <p>It is one of your own.</p>;
  return (
    <p>
      <button type="button" onClick={take}>
        Trust by this policy from now on
      </button>
    </p>
  );
}

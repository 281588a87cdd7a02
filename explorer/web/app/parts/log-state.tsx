/** How the explorer stands to a log, in a word and in a sentence. */
import { useContext } from 'react';
import type { LogAnswer, LogState } from '#explorer/search/answers.ts';
import { ChecksContext } from '../checks/state.ts';
import { Banner, Tag, type Tone } from './status.tsx';
import { Visible } from './text.tsx';

const STATES: Readonly<Record<LogState, readonly [Tone, string]>> = {
  current: ['good', 'read to its end'],
  reading: ['busy', 'being read'],
  trouble: ['warn', 'in trouble'],
  frozen: ['bad', 'FROZEN: nothing is added'],
};

export function LogStateTag({ log }: { readonly log: LogAnswer }) {
  const [tone, words] = STATES[log.state];
  return <Tag tone={tone}>{words}</Tag>;
}

/** On every page, of each log of which the explorer says that it has contradicted itself. */
export function FrozenBanners({ logs }: { readonly logs: readonly LogAnswer[] }) {
  const checks = useContext(ChecksContext);
  const convicted = checks.state === 'checked' ? checks.page.convicted : new Set();
  return logs
    .filter(({ state }) => state === 'frozen')
    .map((log) => <FrozenBanner key={log.log} log={log} isProven={convicted.has(log.log)} />);
}

/** The explorer's word, until the browser has verified the evidence. */
function FrozenBanner({
  log: { log, evidence },
  isProven,
}: {
  readonly log: LogAnswer;
  readonly isProven: boolean;
}) {
  const name = <Visible text={log} />;
  return (
    <Banner
      tone={isProven ? 'bad' : 'warn'}
      title={
        isProven ? (
          <>The log {name} has contradicted itself: your browser has verified the proof.</>
        ) : (
          <>The explorer says that the log {name} has contradicted itself.</>
        )
      }
    >
      <p>
        What was verified before stays here, and nothing is added.{' '}
        {isProven ? 'The evidence proves it to anybody, offline:' : 'Its evidence:'}{' '}
        {evidence.map((id, i) => (
          <span key={id}>
            {i > 0 && ', '}
            <a href={`/v1/evidence/${encodeURIComponent(id)}`} download>
              evidence {id.slice(0, 12)}
            </a>
          </span>
        ))}
        . <code>tecp evidence verify FILE</code> checks it.
      </p>
    </Banner>
  );
}
